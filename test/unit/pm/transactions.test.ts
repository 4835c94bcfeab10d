import { expect } from "chai";
import type { Fees, Head, RedemptionCall, StoredWinner } from "../../../offchain/pm/interface.ts";
import { commitmentKey } from "../../../offchain/pm/ticket.ts";
import {
  type Replacement,
  type TransactionEvent,
  TransactionRefused,
  Transactions,
} from "../../../offchain/pm/transactions.ts";
import type { NodeStore } from "../../../offchain/store/interface.ts";
import { openStore } from "../../../offchain/store/sqlite.ts";
import { AccountPort__Fake } from "./AccountPort__Fake.ts";
import { accept, winner } from "./winners.ts";
import { DOMAIN, RECIPIENT } from "./world.ts";

const CONFIRMATIONS = 3;
const REPLACE_AFTER = 4;
const GAS = 90_000n;
const FEES: Fees = { maxFee: 800n, priorityFee: 80n };

/** A block of the chain that nobody reorganises. */
const block = (number: number): Head => ({ number, hash: `block ${number}`, time: 0 });

describe("Transactions", () => {
  let account: AccountPort__Fake;
  let store: NodeStore;
  let events: TransactionEvent[];
  let transactions: Transactions;
  let replacement: Replacement;
  beforeEach(() => {
    account = new AccountPort__Fake();
    store = openStore({
      path: ":memory:",
      identity: { address: RECIPIENT, chainId: DOMAIN.chainId, broker: DOMAIN.broker },
    });
    store.recipient.secret(() => new Uint8Array(32));
    events = [];
    transactions = new Transactions(
      { confirmations: CONFIRMATIONS, replaceAfter: REPLACE_AFTER },
      {
        store: store.winners,
        account,
        replacement: async () => replacement,
        onEvent: (event) => events.push(event),
      },
    );
  });
  afterEach(() => store.close());

  /** Sends a redemption of one more winner in a block, 100 unless told otherwise. */
  async function send(at = 100, fees = FEES): Promise<{ call: RedemptionCall; item: StoredWinner }> {
    accept(store, winner(BigInt(account.signed.length)));
    const item = store.winners.list("pending", 100).find(({ transaction }) => transaction === null)!;
    const call: RedemptionCall = { kind: "redeem", winners: [item] };
    await transactions.send(call, [item.digest], { gas: GAS, fees, head: block(at) });
    replacement = { call, mostFee: 10n ** 9n };
    return { call, item };
  }
  const look = (at: number, fees = FEES, head = block(at)): Promise<void> => transactions.look(head, fees);
  /** Looks at each of these blocks. */
  async function lookAtAll(first: number, last: number, fees = FEES): Promise<void> {
    for (let at = first; at <= last; at += 1) await look(at, fees);
  }
  const include = (hash: string, at: number, items: readonly StoredWinner[], blockHash = `block ${at}`): void =>
    void account.inclusions.set(hash, {
      block: at,
      blockHash,
      done: items.map(({ ticket }) => commitmentKey(ticket)),
    });
  const told = (): string[] => events.splice(0).map(({ kind, nonce }) => `${kind} ${nonce}`);

  describe("send", () => {
    it("signs with the first free nonce and has it on disk before the network", async () => {
      account.latest = 7;
      account.pending = 7;
      account.answers.push(new Error("the connection broke"));
      const failed = await send().catch((error: Error) => error.message);
      expect(failed).to.equal("the connection broke");
      expect(account.signed.map(({ envelope }) => envelope)).to.deep.equal([{ nonce: 7, gas: GAS, fees: FEES }]);
      expect(store.winners.transactions()).to.deep.equal([
        {
          nonce: 7,
          kind: "redeem",
          gas: GAS,
          fees: FEES,
          versions: [{ hash: "tx 1", raw: "tx 1" }],
          sentAt: 100,
          blockHash: null,
        },
      ]);
      expect(events).to.deep.equal([{ kind: "sent", nonce: 7, hash: "tx 1" }]);
      expect(transactions.open).to.equal(1);
    });

    it("leaves out nonces of its own, also with a gap, and those of others in the pool", async () => {
      await send();
      await send();
      account.pending = 4;
      await send();
      account.pending = 0;
      await send();
      expect(account.signed.map(({ envelope }) => envelope.nonce)).to.deep.equal([0, 1, 4, 2]);
    });

    it("frees the winners when the network refuses, with the reason", async () => {
      account.answers.push("nonce too low");
      const error = await send().catch((thrown: Error) => thrown);
      expect(error).to.be.instanceOf(TransactionRefused);
      expect(error).to.have.property("message", "nonce too low");
      expect(store.winners.transactions()).to.be.empty;
      expect(store.winners.waiting(0)).to.have.length(1);
      expect(events.at(-1)).to.deep.equal({ kind: "dropped", nonce: 0, reason: "nonce too low" });
    });

    it("does not believe a refusal of what is in the chain already", async () => {
      account.answers.push("execution reverted");
      include("tx 1", 101, []);
      await send();
      expect(store.winners.transactions()).to.have.length(1);
      expect(told()).to.deep.equal(["sent 0"]);
    });
  });

  describe("look", () => {
    it("tells of inclusion once, counts what is included as closed, and is finished with enough blocks on top", async () => {
      const { item } = await send();
      include("tx 1", 101, [item]);
      await look(101);
      expect(transactions.open).to.equal(0);
      expect(store.winners.count("included")).to.equal(1);
      await lookAtAll(102, 103);
      expect(told()).to.deep.equal(["sent 0", "included 0"]);
      await look(104);
      expect(events).to.have.length(1);
      expect(events[0]).to.deep.include({ kind: "finished", nonce: 0, hash: "tx 1", done: "redeemed" });
      const winners = events.flatMap((event) => (event.kind === "finished" ? event.winners : []));
      expect(winners.map(({ status }) => status)).to.deep.equal(["redeemed"]);
      expect(store.winners.transactions()).to.be.empty;
    });

    it("asks once about each block", async () => {
      await send();
      await look(101);
      await look(101);
      expect(account.questions).to.equal(1);
      await look(101, FEES, { ...block(101), hash: "another block 101" });
      expect(account.questions).to.equal(2);
    });

    it("looks after the others when one cannot be read, and asks again about the same block", async () => {
      const [, second] = [await send(), await send()];
      account.unreadable.add("tx 1");
      include("tx 2", 101, [second.item]);
      await look(101);
      expect(events.slice(2)).to.deep.equal([
        { kind: "failed", nonce: 0, reason: "the node is down" },
        { kind: "included", nonce: 1, hash: "tx 2" },
      ]);
      account.unreadable.clear();
      account.broadcasts.length = 0;
      await look(101);
      expect(account.broadcasts).to.deep.equal(["tx 1"]);
    });

    it("finds any version of a transaction", async () => {
      const { item } = await send();
      await look(104);
      expect(told()).to.deep.equal(["sent 0", "replaced 0"]);
      include("tx 1", 105, [item]);
      await look(108);
      expect(events.map((event) => "hash" in event && event.hash)).to.deep.equal(["tx 1", "tx 1"]);
    });

    it("sends again what a reorganisation removed or what the pool may have lost", async () => {
      const { item } = await send();
      include("tx 1", 101, [item]);
      await look(101);
      account.inclusions.clear();
      account.broadcasts.length = 0;
      await look(102);
      expect(told()).to.deep.equal(["sent 0", "included 0", "removed 0"]);
      expect(store.winners.count("included")).to.equal(0);
      expect(store.winners.transactions()[0]).to.include({ sentAt: 102, blockHash: null });
      await look(103);
      expect(account.broadcasts).to.deep.equal(["tx 1", "tx 1"]);
      expect(told()).to.deep.equal([]);
    });

    it("tells of inclusion again when it is in another block", async () => {
      const { item } = await send();
      include("tx 1", 101, [item]);
      await look(101);
      include("tx 1", 102, [item]);
      await look(102);
      expect(told()).to.deep.equal(["sent 0", "included 0", "included 0"]);
    });
  });

  describe("a nonce that another transaction used", () => {
    it("frees the winners when it has been so for some blocks", async () => {
      await send();
      account.latest = 1;
      await lookAtAll(101, 104);
      expect(told()).to.deep.equal(["sent 0"]);
      await look(105);
      expect(events).to.deep.equal([{ kind: "dropped", nonce: 0, reason: "another transaction used nonce 0" }]);
      expect(store.winners.waiting(0)).to.have.length(1);
      // Sent again in vain all the while, it would only be refused.
      expect(account.broadcasts).to.deep.equal(["tx 1"]);
    });

    it("begins to count again when the nonce is free or the transaction found in between", async () => {
      const { item } = await send();
      account.latest = 1;
      await look(101);
      account.latest = 0;
      await look(102);
      account.latest = 1;
      await look(105);
      include("tx 1", 106, [item]);
      await look(106);
      account.inclusions.clear();
      await look(109);
      expect(told()).to.deep.equal(["sent 0", "included 0", "removed 0"]);
      await look(112);
      expect(told()).to.deep.equal([]);
      await look(113);
      expect(told()).to.deep.equal(["dropped 0"]);
    });

    it("counts from a lower block when the chain has become shorter", async () => {
      await send();
      account.latest = 1;
      await lookAtAll(101, 103);
      await look(95);
      await look(98);
      expect(told()).to.deep.equal(["sent 0"]);
      await look(99);
      expect(told()).to.deep.equal(["dropped 0"]);
    });

    it("counts from the start for the next one with the same nonce", async () => {
      await send();
      account.latest = 1;
      await look(101);
      await look(105);
      account.latest = 0;
      await send(105);
      account.latest = 1;
      await look(106);
      expect(told()).to.deep.equal(["sent 0", "dropped 0", "sent 0"]);
    });
  });

  describe("one that is stuck", () => {
    const offers = (): Fees[] => account.signed.map(({ envelope }) => envelope.fees);

    it("is replaced after some blocks, with the same nonce and gas, by what pays more than an eighth more", async () => {
      const { call } = await send();
      await lookAtAll(101, 103);
      expect(account.signed).to.have.length(1);
      await look(104);
      expect(account.signed[1]).to.deep.equal({
        call,
        envelope: { nonce: 0, gas: GAS, fees: { maxFee: 901n, priorityFee: 91n } },
      });
      expect(account.broadcasts.at(-1)).to.equal("tx 2");
      expect(events.at(-1)).to.deep.equal({ kind: "replaced", nonce: 0, hash: "tx 2" });
      expect(store.winners.transactions()[0]).to.deep.include({
        fees: { maxFee: 901n, priorityFee: 91n },
        sentAt: 104,
      });
      await lookAtAll(105, 107);
      expect(account.signed).to.have.length(2);
      await look(108);
      expect(account.signed).to.have.length(3);
    });

    it("offers what gas costs now when that is more", async () => {
      await send();
      await look(104, { maxFee: 5_000n, priorityFee: 85n });
      await look(108, { maxFee: 5_700n, priorityFee: 9_000n });
      expect(offers().slice(1)).to.deep.equal([
        { maxFee: 5_000n, priorityFee: 91n },
        { maxFee: 9_000n, priorityFee: 9_000n },
      ]);
    });

    it("is not replaced behind others, unless it pays less than what gas costs now", async () => {
      await send();
      await send(100, { maxFee: 900n, priorityFee: 80n });
      replacement = { call: null, mostFee: 0n };
      await look(104, { maxFee: 900n, priorityFee: 80n });
      expect(account.signed.slice(2).map(({ envelope }) => envelope.nonce)).to.deep.equal([0]);
      await look(105, { maxFee: 901n, priorityFee: 80n });
      expect(account.signed.slice(3).map(({ envelope }) => envelope.nonce)).to.deep.equal([1]);
    });

    it("is next when those before it are included", async () => {
      const { item } = await send();
      await send();
      include("tx 1", 101, [item]);
      await look(104);
      expect(account.signed.slice(2).map(({ envelope }) => envelope.nonce)).to.deep.equal([1]);
    });

    it("offers no more than it brings, and is sent again as it was when that is too little", async () => {
      const { call } = await send();
      account.broadcasts.length = 0;
      replacement = { call, mostFee: 900n };
      await look(104);
      expect(account.signed).to.have.length(1);
      expect(account.broadcasts).to.deep.equal(["tx 1"]);
      replacement = { call, mostFee: 1_000n };
      await look(105, { maxFee: 2_000n, priorityFee: 1_001n });
      expect(account.signed).to.have.length(1);
      await look(106, { maxFee: 2_000n, priorityFee: 1_000n });
      expect(offers().slice(1)).to.deep.equal([{ maxFee: 1_000n, priorityFee: 1_000n }]);
      // The least that a pool takes is enough.
      replacement = { call, mostFee: 1_126n };
      await look(110, { maxFee: 2_000n, priorityFee: 1_000n });
      expect(offers().slice(2)).to.deep.equal([{ maxFee: 1_126n, priorityFee: 1_126n }]);
    });

    it("gives up its nonce at any price when nothing is left to do", async () => {
      await send();
      replacement = { call: null, mostFee: 0n };
      await look(104);
      expect(account.signed[1]!.call).to.equal(null);
      expect(offers()[1]).to.deep.equal({ maxFee: 901n, priorityFee: 91n });
    });

    it("does not wait less because the chain has become shorter, nor when a reorganisation has just removed it", async () => {
      const { item } = await send();
      await look(97);
      include("tx 1", 101, [item]);
      await look(101);
      account.inclusions.clear();
      await look(120);
      expect(account.signed).to.have.length(1);
      await look(124);
      expect(account.signed).to.have.length(2);
    });
  });
});
