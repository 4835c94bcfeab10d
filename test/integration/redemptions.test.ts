import { expect } from "chai";
import { network } from "hardhat";
import { connect } from "../../deploy/contracts.ts";
import { AccountAdapter } from "../../offchain/eth/account.ts";
import { openChain, type Chain } from "../../offchain/eth/chain.ts";
import { developmentWallet } from "../../offchain/eth/keys.ts";
import { RedemptionAdapter } from "../../offchain/eth/redemptions.ts";
import { createSigner } from "../../offchain/pm/crypto.ts";
import type { Inclusion, RedemptionKind, StoredWinner } from "../../offchain/pm/interface.ts";
import type { NodeStore } from "../../offchain/store/interface.ts";
import { openStore } from "../../offchain/store/sqlite.ts";
import { startRedeemerScene, type RedeemerScene } from "../../tasks/devnet/redeemer.ts";
import { FACE, win } from "../../tasks/devnet/win.ts";

const FEES = { maxFee: 10n ** 10n, priorityFee: 10n ** 9n };

describe("what the redeemer reads and sends", () => {
  let scene: RedeemerScene;
  let chain: Chain;
  let store: NodeStore;
  let broker: RedemptionAdapter;
  let account: AccountAdapter;
  let round: number;
  let winners: readonly StoredWinner[];

  before(async () => {
    scene = await startRedeemerScene(network, { senders: 2, deposit: 3n * FACE });
    const { setting } = scene;
    chain = await openChain({ ...setting, timeoutMs: 10_000, pollMs: 100 }, setting.keyFile);
    const domain = { chainId: chain.chainId, broker: chain.deployment.contracts.TicketBroker.proxy };
    store = openStore({ path: ":memory:", identity: { address: chain.wallet.address, ...domain } });
    store.recipient.secret(() => new Uint8Array(32));
    broker = new RedemptionAdapter({ chain });
    account = new AccountAdapter({ chain });
    round = Number(await chain.rounds.currentRound());
    const signers = setting.senderKeys.map(createSigner);
    // Four tickets of each sender, whose deposits pay three.
    for (let i = 0; i < 8; i += 1) await win(store, { recipient: chain.wallet.address, signers, domain, round });
    winners = store.winners.list("pending", 8);
  });
  after(async () => {
    store.close();
    chain.close();
    await scene.close();
  });

  const ofSender = (sender: number): StoredWinner[] => winners.filter((_, i) => i % 2 === sender);

  async function send(kind: RedemptionKind, what: readonly StoredWinner[]): Promise<Inclusion> {
    const call = { kind, winners: what };
    const gas = await account.estimateGas(call);
    if (gas === null) throw new Error(`${kind} would revert`);
    const { latest, pending } = await account.nonces();
    expect(pending).to.equal(latest);
    const { raw, hash } = await account.sign(call, { nonce: latest, gas: gas * 2n, fees: FEES });
    expect(await account.inclusion(hash)).to.be.null;
    expect(await account.broadcast(raw)).to.equal(null);
    const inclusion = await account.inclusion(hash);
    if (inclusion === null) throw new Error("not included");
    const head = await account.head();
    expect(inclusion.block).to.be.at.most(head.number);
    return inclusion;
  }

  it("knows rounds and deposits", async () => {
    const head = await account.head();
    expect(await broker.roundStart(round)).to.be.at.most(head.time);
    expect(await broker.roundStart(round + 1)).to.be.above(head.time);
    expect(await broker.lastRound(round)).to.equal(round + 2);
    expect(await broker.curingPeriod()).to.equal(1);
    expect(await broker.funds(winners[0]!.ticket.sender)).to.deep.equal({
      ...{ deposit: 3n * FACE, allocation: 0n, escrow: 0n, withdrawRound: null },
    });
    expect(await account.baseFees(head.number, 3)).to.have.length(3);
    expect(await account.baseFees(1, 10)).to.have.length(2);
    expect(await account.priorityFee()).to.be.a("bigint");
  });

  it("redeems one ticket, and a batch without what cannot be paid", async () => {
    const [first, ...others] = ofSender(0);
    expect(await broker.refusal(first!)).to.equal(null);
    expect((await send("redeem", [first!])).done).to.deep.equal([`${round}/0`]);
    expect(await broker.state(first!.ticket)).to.equal("paid");
    expect(await broker.refusal(first!)).to.deep.include({ kind: "closed" });

    const batch = [...others, ...ofSender(1)];
    expect(await broker.payable(batch)).to.equal(5);
    const { done } = await send("redeem", batch);
    expect(done).to.have.members([2, 4, 1, 3, 5].map((index) => `${round}/${index}`));
    expect(await broker.state(others[2]!.ticket)).to.equal("open");
    expect(await broker.refusal(others[2]!)).to.deep.include({ kind: "unfunded" });
  });

  it("claims a default and settles it", async () => {
    const unpaid = ofSender(0)[3]!;
    expect((await send("claim", [unpaid])).done).to.deep.equal([`${round}/6`]);
    expect(await broker.state(unpaid.ticket)).to.equal("owed");
    expect(await account.estimateGas({ kind: "settle", winners: [unpaid] })).to.equal(null);
    const funder = connect(
      "TicketBroker",
      scene.deployment.contracts.TicketBroker.proxy,
      developmentWallet(0).connect(scene.provider),
    );
    await (await funder.fund(unpaid.ticket.sender, 0n, { value: FACE })).wait();
    expect((await send("settle", [unpaid])).done).to.deep.equal([`${round}/6`]);
    expect(await broker.state(unpaid.ticket)).to.equal("paid");
  });

  it("says why a transaction was refused, and takes one that is known for sent", async () => {
    const { latest } = await account.nonces();
    const sign = (nonce: number, maxFee = FEES.maxFee) =>
      account.sign(null, { nonce, gas: 21_000n, fees: { ...FEES, maxFee } });
    expect(await account.broadcast((await sign(latest - 1)).raw)).to.match(/nonce too low/i);
    await scene.provider.send("evm_setAutomine", [false]);
    // Behind a gap, it waits in the pool.
    const waiting = await sign(latest + 1);
    expect(await account.broadcast(waiting.raw)).to.equal(null);
    expect(await account.broadcast(waiting.raw)).to.equal(null);
    expect(await account.broadcast((await sign(latest + 1, FEES.maxFee + 1n)).raw)).to.match(
      /underpriced|replacement/i,
    );
    expect(await account.broadcast((await sign(latest + 2, 10n ** 18n)).raw)).to.match(/insufficient|enough funds/i);
  });

  it("knows an expired ticket", async () => {
    const end = await broker.roundStart(round + 3);
    await scene.provider.send("evm_setNextBlockTimestamp", [end / 1_000]);
    await scene.provider.send("evm_mine", []);
    expect(await broker.refusal(ofSender(1)[3]!)).to.deep.include({ kind: "expired" });
  });

  it("rejects when the chain is away, instead of taking that for an answer", async () => {
    const away = await openChain({ ...scene.setting, timeoutMs: 10_000, pollMs: 100 }, scene.setting.keyFile);
    const adapter = new RedemptionAdapter({ chain: away });
    away.close();
    for (const asked of [
      adapter.refusal(winners[0]!),
      adapter.payable(winners),
      new AccountAdapter({ chain: away }).estimateGas({ kind: "redeem", winners }),
      new AccountAdapter({ chain: away }).broadcast("0x00"),
    ]) {
      await asked.then(
        () => expect.fail("answered"),
        (error: Error) => expect(error.message).to.match(/destroyed/),
      );
    }
  });
});
