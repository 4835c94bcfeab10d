import { expect } from "chai";
import type { Inclusion, StoredTransaction, StoredWinner } from "../../../offchain/pm/interface.ts";
import type { NodeStore } from "../../../offchain/store/interface.ts";
import { openStore } from "../../../offchain/store/sqlite.ts";
import { DOMAIN, FACE, RECIPIENT, SENDER } from "../pm/world.ts";

const FEES = { maxFee: 20n, priorityFee: 2n };

function transaction(nonce: number, kind: StoredTransaction["kind"] = "redeem"): Omit<StoredTransaction, "blockHash"> {
  return {
    nonce,
    kind,
    gas: 100_000n,
    fees: FEES,
    versions: [{ hash: `0x0${nonce}`, raw: `raw-${nonce}` }],
    sentAt: 7,
  };
}

function inclusion(...indices: number[]): Inclusion {
  return { block: 8, blockHash: "0xb8", done: indices.map((index) => `5/${index}`) };
}

describe("the store's winners", () => {
  let store: NodeStore;
  beforeEach(() => {
    store = openStore({
      path: ":memory:",
      identity: { address: RECIPIENT, chainId: DOMAIN.chainId, broker: DOMAIN.broker },
    });
    store.recipient.secret(() => new Uint8Array(32));
  });
  afterEach(() => store.close());

  function add(count: number): StoredWinner[] {
    for (let index = 0n; index < count; index += 1n) {
      store.recipient.hand(SENDER, index, 5);
      const ticket = {
        ...{ recipient: RECIPIENT, sender: SENDER, faceValue: FACE, winProb: 10n ** 18n, salt: 1n },
        ...{ commitment: `0x${"cd".repeat(32)}`, commitmentIndex: index, creationRound: 5 },
      };
      const payment = { ticket, signature: `0x${"ab".repeat(65)}` };
      const recipientRand = `0x${"ef".repeat(32)}`;
      store.recipient.accept({ payment, signer: null, credit: 0n, recipientRand, ticketsPerIndex: 10 });
    }
    return store.winners.list("pending", count);
  }

  const statuses = (): string[] =>
    (["pending", "included", "claimed", "redeemed", "expired"] as const).flatMap((status) =>
      store.winners.list(status, 100).map(({ ticket }) => `${ticket.commitmentIndex} ${status}`),
    );

  it("wait for their time, and no longer once they have left", () => {
    const [first, second] = add(2);
    const { winners } = store;
    winners.postpone(first!.digest, 500, "later");
    expect(winners.waiting(499)).to.deep.equal([second]);
    expect(winners.nextDue(0)).to.equal(500);
    expect(winners.waiting(500)[0]).to.deep.include({ attempts: 1, reason: "later", notBefore: 500 });
    winners.mark(first!.digest, "redeemed", "found");
    winners.mark(first!.digest, "expired", "too late");
    winners.postpone(first!.digest, 600, "again");
    expect(statuses()).to.deep.equal(["1 pending", "0 redeemed"]);
    expect(winners.nextDue(0)).to.equal(null);
    expect(store.recipient.unredeemed(SENDER)).to.equal(FACE);
  });

  it("are in at most one transaction, and then neither wait nor leave otherwise", () => {
    const [first, second] = add(2);
    const { winners } = store;
    winners.record(transaction(3), [first!.digest]);
    expect(() => winners.record(transaction(4), [second!.digest, first!.digest])).to.throw("in another transaction");
    expect(winners.transactions()).to.deep.equal([{ ...transaction(3), blockHash: null }]);
    expect(winners.waiting(0)).to.deep.equal([second]);
    winners.mark(first!.digest, "expired", "no");
    winners.postpone(first!.digest, 500, "no");
    expect(winners.carried(3)).to.deep.equal([{ ...first, transaction: "0x03" }]);
    expect([...winners.underway()]).to.deep.equal([[SENDER, FACE]]);
  });

  it("remember every version of their transaction, the last as theirs", () => {
    const [first] = add(1);
    const { winners } = store;
    winners.record(transaction(3), [first!.digest]);
    const fees = { maxFee: 30n, priorityFee: 3n };
    winners.replace(3, { hash: "0x33", raw: "raw-33" }, fees, 9);
    expect(winners.transactions()).to.deep.equal([
      {
        ...transaction(3),
        versions: [...transaction(3).versions, { hash: "0x33", raw: "raw-33" }],
        fees,
        sentAt: 9,
        blockHash: null,
      },
    ]);
    expect(winners.carried(3)[0]!.transaction).to.equal("0x33");
    winners.include(3, "0x03", inclusion(0));
    expect(winners.carried(3)[0]!.transaction).to.equal("0x03");
  });

  it("are included, put back, and redeemed for good; those that were left out are free again", () => {
    const all = add(3);
    const { winners } = store;
    winners.record(
      transaction(0),
      all.map(({ digest }) => digest),
    );
    winners.include(0, "0x00", inclusion(0, 2));
    expect(statuses()).to.deep.equal(["1 pending", "0 included", "2 included"]);
    expect(store.recipient.unredeemed(SENDER)).to.equal(FACE);
    expect(winners.underway().size).to.equal(0);
    winners.exclude(0, 12);
    expect(statuses()).to.deep.equal(["0 pending", "1 pending", "2 pending"]);
    expect(winners.transactions()[0]).to.deep.include({ blockHash: null, sentAt: 12 });
    // In another block it paid others.
    winners.include(0, "0x00", inclusion(0, 2));
    winners.include(0, "0x00", { ...inclusion(1), blockHash: "0xb9" });
    expect(statuses()).to.deep.equal(["0 pending", "2 pending", "1 included"]);
    const finished = winners.finish(0, inclusion(0, 1));
    expect(finished.map(({ status }) => status)).to.deep.equal(["redeemed", "redeemed", "pending"]);
    expect(winners.transactions()).to.be.empty;
    expect(winners.waiting(0).map(({ ticket }) => ticket.commitmentIndex)).to.deep.equal([2n]);
    winners.record(transaction(1), [all[2]!.digest]);
    expect(winners.finish(1, null)[0]).to.deep.include({ status: "pending", transaction: "0x01" });
    expect(winners.waiting(0)).to.have.length(1);
  });

  it("are claimed, owed until they are settled", () => {
    const [first] = add(1);
    const { winners } = store;
    winners.record(transaction(0, "claim"), [first!.digest]);
    expect(winners.underway().size).to.equal(0);
    winners.include(0, "0x00", inclusion(0));
    expect(statuses()).to.deep.equal(["0 pending"]);
    winners.finish(0, inclusion(0));
    expect(statuses()).to.deep.equal(["0 claimed"]);
    expect(store.recipient.unredeemed(SENDER)).to.equal(FACE);
    expect(store.recipient.hasDefaulted(SENDER)).to.equal(true);
    expect(winners.waiting(0)).to.have.length(1);
    winners.record(transaction(1, "settle"), [first!.digest]);
    expect(winners.underway().get(SENDER)).to.equal(FACE);
    winners.finish(1, inclusion(0));
    expect(statuses()).to.deep.equal(["0 redeemed"]);
  });
});
