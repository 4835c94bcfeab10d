import { expect } from "chai";
import fc from "fast-check";
import { GasPrice } from "../../../offchain/pm/gas-price.ts";
import type { StoredWinner, Winner } from "../../../offchain/pm/interface.ts";
import { TicketRedeemer, type RedeemerEvent, type RedeemerOptions } from "../../../offchain/pm/redeemer.ts";
import { commitmentKey } from "../../../offchain/pm/ticket.ts";
import type { NodeStore } from "../../../offchain/store/interface.ts";
import { openStore } from "../../../offchain/store/sqlite.ts";
import { BLOCK, Chain__FakeForRedeemer, type Fate, GAS, ROUND } from "./Chain__FakeForRedeemer.ts";
import { Clock__Fake } from "./Clock__Fake.ts";
import { accept, winner } from "./winners.ts";
import { DOMAIN, ETHER, FACE, RECIPIENT, SENDER, seededRandomness } from "./world.ts";

const FEES = { maxFee: 1_000n, priorityFee: 10n };
const POOR = "0x00000000000000000000000000000000000000Aa";

/** No waiting for company, nothing too cheap to wait for its price. */
const PROMPT = { gather: 0, negligible: 0n };

describe("TicketRedeemer", () => {
  let chain: Chain__FakeForRedeemer;
  let clock: Clock__Fake;
  let store: NodeStore;
  let events: RedeemerEvent[];
  let redeemers: TicketRedeemer[];

  function reset(): void {
    clock = new Clock__Fake();
    chain = new Chain__FakeForRedeemer(clock);
    chain.fund(SENDER, ETHER);
    store = openStore({
      path: ":memory:",
      identity: { address: RECIPIENT, chainId: DOMAIN.chainId, broker: DOMAIN.broker },
    });
    store.recipient.secret(() => new Uint8Array(32));
    events = [];
    redeemers = [];
  }
  beforeEach(reset);
  async function clear(): Promise<void> {
    chain.isReadable = true;
    for (const redeemer of redeemers) await clock.runUntil(redeemer.close());
    store.close();
  }
  afterEach(clear);

  const add = (item: Winner): void => accept(store, item);

  function addAll(count: number, change: Partial<Winner["ticket"]> = {}, from = 0): void {
    for (let index = from; index < from + count; index += 1) add(winner(BigInt(index), change));
  }

  function create(options: RedeemerOptions = {}): TicketRedeemer {
    const redeemer = new TicketRedeemer(
      { confirmations: 3, pollInterval: 4_000, timeout: 2_000, ...options, policy: { ...PROMPT, ...options.policy } },
      {
        store: store.winners,
        broker: chain,
        account: chain,
        gasPrice: new GasPrice({ window: 100 }, chain),
        clock,
        randomness: seededRandomness("jitter"),
        onEvent: (event) => events.push(event),
      },
    );
    redeemers.push(redeemer);
    return redeemer;
  }

  /** Presented as a default, for good. */
  function claim({ digest, ticket }: StoredWinner): void {
    chain.ledger.closed.set(commitmentKey(ticket), "owed");
    store.winners.mark(digest, "claimed", "found closed on the chain");
  }

  /** A failure makes the first winner wait for a round. @returns {ms} until when */
  function postpone(): number {
    const later = clock.now() + ROUND;
    store.winners.postpone(store.winners.list("pending", 1)[0]!.digest, later, "the node was down");
    return later;
  }

  const drain = (redeemer: TicketRedeemer): Promise<void> =>
    clock.runUntil(redeemer.drain(new AbortController().signal));
  const pass = (ms: number): Promise<void> => clock.runUntil(clock.sleep(ms));
  const kinds = (kind: RedeemerEvent["kind"]): RedeemerEvent[] => events.filter((event) => event.kind === kind);
  const statusOf = (index: bigint): string | undefined =>
    (["pending", "included", "claimed", "redeemed", "expired"] as const).find((status) =>
      store.winners.list(status, 1_000).some(({ ticket }) => ticket.commitmentIndex === index),
    );
  /** Every paid commitment was paid by exactly one of the transactions that are in the chain. */
  function expectPaidOnce(count: number): void {
    expect([...chain.ledger.closed.values()].filter((state) => state === "paid")).to.have.length(count);
    expect(chain.ledger.deposits.get(SENDER)).to.equal(ETHER - FACE * BigInt(count));
  }

  it("drains an empty store at once", () => drain(create()));

  describe("sending", () => {
    it("shares transactions, several of them in flight", async () => {
      addAll(25);
      const redeemer = create({ policy: { batchSize: 10 } });
      redeemer.start();
      await pass(1);
      expect(chain.pool.size).to.equal(3);
      await drain(redeemer);
      expect(redeemer.counts()).to.deep.equal({ pending: 0, claimed: 0, redeemed: 25, expired: 0 });
      expect(chain.history.map(({ done }) => done.length)).to.deep.equal([10, 10, 5]);
      expect(kinds("redeemed")).to.have.length(25);
      expectPaidOnce(25);
    });

    it("has no more transactions in flight than it may", async () => {
      addAll(10);
      const redeemer = create({ maxInFlight: 3, policy: { batchSize: 1 } });
      redeemer.start();
      await pass(1);
      expect(chain.pool.size).to.equal(3);
      await drain(redeemer);
      expectPaidOnce(10);
    });

    it("leaves a bad ticket out of the batch and says so, and the others are paid", async () => {
      addAll(10);
      chain.bad.add(0n);
      const redeemer = create();
      redeemer.start();
      await pass(5 * BLOCK);
      expect(redeemer.counts()).to.include({ pending: 1, redeemed: 9 });
      expect(chain.history).to.have.length(1);
      const [bad] = store.winners.list("pending", 1);
      expect(bad?.reason).to.equal("bad signature");
      expect(kinds("postponed")[0]).to.deep.equal({
        kind: "postponed",
        digest: bad?.digest,
        detail: "bad signature",
      });
      chain.bad.clear();
      await drain(redeemer);
      expectPaidOnce(10);
    });

    it("asks once about a batch that is good", async () => {
      addAll(50);
      await drain(create());
      expect(chain.simulations).to.equal(1);
    });

    it("has eight transactions in flight unless told otherwise, each with gas to spare", async () => {
      addAll(10);
      const redeemer = create({ policy: { batchSize: 1 } });
      redeemer.start();
      await pass(BLOCK - 1);
      expect(chain.pool.size).to.equal(8);
      for (const { gas } of chain.broadcasts) expect(gas).to.equal((GAS.single * 5n) / 4n + 60_000n);
    });

    it("postpones what costs more than was planned, and what would revert, with the reason", async () => {
      addAll(1);
      const estimate = chain.estimateGas.bind(chain);
      const reasonOf = (): string | null | undefined => store.winners.list("pending", 1)[0]?.reason;
      const redeemer = create();
      chain.estimateGas = async () => FACE;
      redeemer.start();
      await pass(1);
      expect(reasonOf()).to.equal(`${FACE} gas at 110 wei cost more than it brings`);
      chain.estimateGas = async () => null;
      await pass(BLOCK);
      expect(reasonOf()).to.equal("it would revert as a redeem");
      expect(chain.broadcasts).to.be.empty;
      chain.estimateGas = estimate;
      await drain(redeemer);
      expectPaidOnce(1);
    });

    it("never offers more for gas than the winners bring", async () => {
      // One wei more per gas and it would be a loss.
      chain.tip = 0n;
      chain.baseFee = () => FACE / GAS.single - 1n;
      addAll(1);
      await drain(create());
      expect(chain.broadcasts.map(({ fees }) => fees.maxFee)).to.deep.equal([FACE / GAS.single]);
    });

    it("does not redeem at a loss, however late it is", async () => {
      chain.baseFee = () => FACE / GAS.single;
      addAll(1);
      const redeemer = create();
      const drained = redeemer.drain(new AbortController().signal);
      await clock.runUntil(drained);
      expect(redeemer.counts()).to.include({ redeemed: 0, expired: 1 });
      expect(chain.broadcasts).to.have.length(0);
    });

    it("keeps winners whose sender cannot pay until it can, and pays those for which there is enough", async () => {
      chain.fund(SENDER, 2n * FACE);
      addAll(3);
      const redeemer = create();
      redeemer.start();
      await pass(10 * BLOCK);
      expect(redeemer.counts()).to.include({ pending: 1, redeemed: 2 });
      chain.fund(SENDER, FACE);
      await drain(redeemer);
      expect(redeemer.counts().redeemed).to.equal(3);
    });

    it("lets no sender without money hold up another's tickets", async () => {
      addAll(30, { sender: POOR, creationRound: 9 });
      addAll(5, {}, 30);
      const redeemer = create();
      redeemer.start();
      await pass(6 * BLOCK);
      expect(redeemer.counts()).to.include({ pending: 30, redeemed: 5 });
    });

    it("presents a default before it is too late, and has it settled when the sender tops up", async () => {
      chain.escrows.set(POOR, ETHER);
      add(winner(0n, { sender: POOR }));
      const redeemer = create();
      redeemer.start();
      // A default of round 10 can be claimed until round 11 ends; a quarter of three rounds before that is the time.
      await pass(1.2 * ROUND);
      expect(chain.ledger.closed.size).to.equal(0);
      await pass(0.2 * ROUND);
      expect([...chain.ledger.closed.values()]).to.deep.equal(["owed"]);
      expect(redeemer.counts()).to.deep.equal({ pending: 0, claimed: 1, redeemed: 0, expired: 0 });
      const [{ digest }] = store.winners.list("claimed", 1) as [StoredWinner];
      expect(kinds("claimed")).to.deep.equal([{ kind: "claimed", digest, detail: "hash-1" }]);
      chain.fund(POOR, FACE);
      await pass(10 * BLOCK);
      expect([...chain.ledger.closed.values()]).to.deep.equal(["paid"]);
      expect(redeemer.counts()).to.deep.equal({ pending: 0, claimed: 0, redeemed: 1, expired: 0 });
      expect(kinds("redeemed")).to.deep.equal([{ kind: "redeemed", digest, detail: "hash-2" }]);
      expect(kinds("postponed")).to.be.empty;
    });

    it("presents no default that costs nobody anything, nor when it is told not to", async () => {
      add(winner(0n, { sender: POOR }));
      const redeemer = create();
      redeemer.start();
      await pass(1.9 * ROUND);
      expect(chain.history).to.have.length(0);
      await clock.runUntil(redeemer.close());
      chain.escrows.set(POOR, ETHER);
      create({ policy: { claimDefaults: false } }).start();
      await pass(BLOCK);
      expect(chain.history).to.have.length(0);
    });
  });

  describe("by hand", () => {
    const now = (redeemer: TicketRedeemer): Promise<void> =>
      clock.runUntil(redeemer.redeemNow(new AbortController().signal));

    it("proposes what it would do and what it would not, and why, without doing any of it", async () => {
      addAll(3);
      chain.bad.add(1n);
      addAll(1, { sender: POOR }, 10);
      const proposal = await clock.runUntil(create().propose());
      const indices = (winners: readonly Winner[]): bigint[] => winners.map(({ ticket }) => ticket.commitmentIndex);
      expect(proposal.gasPrice).to.equal(110n);
      expect(proposal.transactions.map(({ winners }) => indices(winners))).to.deep.equal([[0n, 2n]]);
      expect(proposal.transactions[0]).to.include({ kind: "redeem", gas: GAS.batch + GAS.payer + 2n * GAS.ticket });
      expect(proposal.skipped.map(({ winner: { ticket }, reason }) => [ticket.commitmentIndex, reason])).to.deep.equal([
        [1n, "bad signature"],
        [10n, `its sender has 0 wei for it, ${FACE} wei are needed`],
      ]);
      expect(proposal.expired).to.deep.equal([]);
      expect(chain.broadcasts).to.deep.equal([]);
      expect(store.winners.waiting(0)).to.have.length(4);

      await pass(3 * ROUND);
      const late = await clock.runUntil(create().propose());
      expect([late.transactions, late.skipped, indices(late.expired)]).to.deep.equal([[], [], [0n, 1n, 2n, 10n]]);
      expect(store.winners.waiting(0)).to.have.length(4);
    });

    it("proposes no loss", async () => {
      addAll(1);
      chain.baseFee = () => FACE;
      const { transactions, skipped } = await clock.runUntil(create({ policy: { patience: 1 } }).propose());
      expect(transactions).to.deep.equal([]);
      expect(skipped[0]?.reason).to.include("costs more than it brings");
    });

    it("says which winners their sender's money does not reach for", async () => {
      chain.fund(SENDER, 2n * FACE);
      addAll(3);
      const { transactions, skipped } = await clock.runUntil(create().propose());
      expect(transactions.map(({ winners }) => winners.length)).to.deep.equal([2]);
      expect(skipped.map(({ reason }) => reason)).to.deep.equal([
        `its sender has ${2n * FACE} wei for all its winners, ${3n * FACE} wei are needed`,
      ]);
    });

    it("redeems what can be redeemed now, and rests when that is final, whatever is left", async () => {
      addAll(3);
      addAll(1, { sender: POOR }, 10);
      const redeemer = create();
      await now(redeemer);
      expect(redeemer.counts()).to.deep.equal({ pending: 1, claimed: 0, redeemed: 3, expired: 0 });
      expect(store.winners.transactions()).to.deep.equal([]);
      expectPaidOnce(3);
    });

    it("does not wait for the pause after a failure", async () => {
      addAll(1);
      const later = postpone();
      const redeemer = create();
      redeemer.start();
      await pass(2 * BLOCK);
      expect(chain.broadcasts).to.be.empty;
      await now(redeemer);
      expect(redeemer.counts().redeemed).to.equal(1);
      expect(clock.now()).to.be.below(later);
    });

    it("tries each winner once, and no further while others become final", async () => {
      addAll(2);
      chain.bad.add(0n);
      await now(create({ backoff: ROUND }));
      expect(statusOf(1n)).to.equal("redeemed");
      expect(store.winners.list("pending", 1)[0]).to.include({ attempts: 1, reason: "bad signature" });
    });

    it("looks again when a look under way still waits for the pauses", async () => {
      addAll(1);
      postpone();
      const redeemer = create();
      const waiting = store.winners.waiting.bind(store.winners);
      const called = new Promise<void>((resolve, reject) => {
        store.winners.waiting = (due) => {
          store.winners.waiting = waiting;
          redeemer.redeemNow(new AbortController().signal).then(resolve, reject);
          return waiting(due);
        };
      });
      redeemer.start();
      await clock.runUntil(called);
      expect(redeemer.counts().redeemed).to.equal(1);
    });

    it("sends nothing for one that was called off", async () => {
      addAll(1);
      postpone();
      chain.isReadable = false;
      const controller = new AbortController();
      const called = create().redeemNow(controller.signal);
      controller.abort(new Error("never mind"));
      await clock.runUntil(called).then(
        () => expect.fail(),
        (error: Error) => expect(error.message).to.equal("never mind"),
      );
      chain.isReadable = true;
      await pass(2 * BLOCK);
      expect(chain.broadcasts).to.be.empty;
    });
  });

  describe("failures", () => {
    const hindrances: Fate[] = ["refuse", "lose-the-answer", "hang", "ignore", "revert"];
    for (const fate of hindrances) {
      it(`gets over "${fate}"`, async () => {
        addAll(10);
        chain.fates.push(fate, fate, fate);
        const redeemer = create({ policy: { batchSize: 3 } });
        await drain(redeemer);
        expect(redeemer.counts()).to.deep.equal({ pending: 0, claimed: 0, redeemed: 10, expired: 0 });
        expectPaidOnce(10);
      });
    }

    it("pauses longer after each failure, with jitter, up to the limit", async () => {
      chain.bad.add(0n);
      addAll(1);
      create({ backoff: 1_000, maxBackoff: 8_000, pollInterval: 100_000 }).start();
      const pauses: number[] = [];
      for (let i = 1; i <= 6; i += 1) {
        while (store.winners.list("pending", 1)[0]!.attempts < i) await pass(10);
        pauses.push(store.winners.list("pending", 1)[0]!.notBefore - clock.now());
      }
      const full = [1_000, 2_000, 4_000, 8_000, 8_000, 8_000];
      for (const [i, pause] of pauses.entries()) expect(pause).to.be.within(full[i]! / 2 - 10, full[i]!);
      expect(new Set(pauses).size).to.be.greaterThan(4);
    });

    for (const kind of ["redeem", "settle"] as const) {
      it(`pauses before it tries again what failed in the chain, when that was to ${kind}`, async () => {
        addAll(1);
        const item = store.winners.list("pending", 1)[0]!;
        if (kind === "settle") claim(item);
        chain.fates.push("revert");
        create({ confirmations: 1, backoff: 20 * BLOCK }).start();
        await pass(9 * BLOCK);
        expect(chain.broadcasts).to.have.length(1);
        expect(kinds("claimed")).to.be.empty;
        expect(kinds("postponed")).to.deep.equal([
          { kind: "postponed", digest: item.digest, detail: "transaction hash-1 left it out" },
        ]);
        await pass(20 * BLOCK);
        expect(chain.broadcasts).to.have.length(2);
        expect(statusOf(0n)).to.equal("redeemed");
      });
    }

    it("tries again when the pause is over, however rarely it looks", async () => {
      chain.bad.add(0n);
      addAll(1);
      create({ backoff: 1_000, pollInterval: 10 * ROUND }).start();
      await pass(1);
      expect(store.winners.list("pending", 1)[0]!.attempts).to.equal(1);
      await pass(1_000);
      expect(store.winners.list("pending", 1)[0]!.attempts).to.equal(2);
    });

    it("pauses a winner of which it cannot be read whether it was paid in its last round", async () => {
      addAll(1);
      const { digest } = store.winners.list("pending", 1)[0]!;
      await pass(3 * ROUND);
      const state = chain.state.bind(chain);
      chain.state = () => Promise.reject(new Error("the node is behind"));
      const redeemer = create();
      redeemer.start();
      await pass(1);
      expect(kinds("postponed")).to.deep.equal([{ kind: "postponed", digest, detail: "the node is behind" }]);
      expect(store.winners.list("pending", 1)[0]!.notBefore).to.be.above(clock.now());
      chain.state = state;
      await drain(redeemer);
      expect(redeemer.counts().expired).to.equal(1);
    });

    it("leaves it to the chain's blocks, not to a simulation, that it is too late", async () => {
      addAll(1);
      chain.refusal = async () => ({ kind: "expired", detail: "expired" });
      create({ pollInterval: ROUND }).start();
      await pass(3 * ROUND - 1);
      expect(events).to.deep.equal([]);
      await pass(ROUND);
      expect(store.winners.list("expired", 1)[0]?.reason).to.equal("its last round is over");
    });

    it("tries to settle again what would fail now, and takes it for no new default", async () => {
      addAll(1);
      claim(store.winners.list("pending", 1)[0]!);
      const estimate = chain.estimateGas.bind(chain);
      chain.estimateGas = async () => null;
      const redeemer = create({ maxBackoff: BLOCK });
      redeemer.start();
      await pass(6 * BLOCK);
      expect(new Set(events.map(({ kind, detail }) => `${kind}: ${detail}`))).to.deep.equal(
        new Set(["postponed: it would revert as a settle"]),
      );
      chain.estimateGas = estimate;
      await pass(6 * BLOCK);
      expect(redeemer.counts()).to.include({ claimed: 0, redeemed: 1 });
    });

    it("waits for the pause after a failure also when it is drained", async () => {
      addAll(1);
      const later = postpone();
      await drain(create());
      expect(clock.now()).to.be.above(later);
    });

    it("waits while the chain cannot be read", async () => {
      addAll(3);
      chain.isReadable = false;
      const redeemer = create();
      const drained = redeemer.drain(new AbortController().signal);
      await pass(60_000);
      expect(redeemer.counts().pending).to.equal(3);
      expect(new Set(kinds("failed").map(({ digest, detail }) => `${digest}: ${detail}`))).to.deep.equal(
        new Set(["null: the node is down"]),
      );
      chain.isReadable = true;
      await clock.runUntil(drained);
      expect(redeemer.counts().redeemed).to.equal(3);
    });

    it("says what expired and why, with the last failure, and sends nothing for it", async () => {
      chain.fund(SENDER, 2n * FACE);
      chain.bad.add(0n);
      addAll(1);
      addAll(2, { sender: POOR }, 1);
      const [, , claimed] = store.winners.list("pending", 3);
      claim(claimed!);
      store.winners.postpone(claimed!.digest, 0, "the node was down");
      const redeemer = create({ pollInterval: ROUND });
      redeemer.start();
      await pass(3 * ROUND + BLOCK);
      expect(redeemer.counts()).to.include({ expired: 3 });
      const expired = store.winners.list("expired", 3);
      expect(expired.map(({ ticket, reason }) => [ticket.commitmentIndex, reason])).to.deep.equal([
        [0n, "its last round is over; last failure: bad signature"],
        [1n, "its last round is over"],
        [2n, "its sender did not settle it; last failure: the node was down"],
      ]);
      expect(kinds("expired")).to.have.deep.members(
        expired.map(({ digest, reason }) => ({ kind: "expired", digest, detail: reason })),
      );
      expect(chain.history).to.have.length(0);
    });

    it("tries often enough to redeem in the last moment what was bad until then", async () => {
      chain.bad.add(0n);
      addAll(1);
      const redeemer = create({ maxBackoff: 100 * ROUND });
      redeemer.start();
      await pass(2.9 * ROUND);
      chain.bad.clear();
      await drain(redeemer);
      expect(redeemer.counts()).to.include({ redeemed: 1 });
    });
  });

  describe("stuck transactions", () => {
    it("replaces one that the pool does not include, by at least 12.5 % more, until it is", async () => {
      let fee = 100n;
      chain.baseFee = () => fee;
      addAll(2);
      const redeemer = create({ replaceAfter: 2, policy: { batchSize: 1 } });
      redeemer.start();
      await pass(1);
      expect(chain.pool.size).to.equal(2);
      fee = 1_000n;
      await drain(redeemer);
      expect(kinds("replaced").length).to.be.at.least(2);
      for (const nonce of [0, 1]) {
        const offers = chain.broadcasts.filter((each) => each.nonce === nonce).map(({ fees }) => fees.maxFee);
        expect(offers.length).to.be.at.least(2);
        for (const [i, offer] of offers.slice(1).entries())
          expect(Number(offer)).to.be.at.least(Number(offers[i]) * 1.125);
      }
      expectPaidOnce(2);
    });

    it("does not follow the price beyond what the winner is worth, and takes the next chance", async () => {
      let fee = 100n;
      chain.tip = 0n;
      chain.baseFee = () => fee;
      addAll(1);
      const redeemer = create({ replaceAfter: 2 });
      redeemer.start();
      await pass(1);
      fee = 2n * (FACE / GAS.single);
      await pass(50 * BLOCK);
      expect(chain.history).to.have.length(0);
      for (const { fees } of chain.broadcasts) expect(fees.maxFee <= FACE / GAS.single).to.equal(true);
      fee = 1_000n;
      await drain(redeemer);
      expectPaidOnce(1);
    });

    it("gives up the nonce of one that nothing is left to do for, and those behind it pass", async () => {
      let fee = 100n;
      chain.baseFee = () => fee;
      addAll(2);
      const redeemer = create({ replaceAfter: 2, policy: { batchSize: 1 } });
      redeemer.start();
      await pass(1);
      fee = 250n;
      chain.bad.add(0n);
      await pass(10 * BLOCK);
      expect(chain.history.map(({ call }) => call === null)).to.deep.equal([true, false]);
      expect(statusOf(0n)).to.equal("pending");
      expect(statusOf(1n)).to.equal("redeemed");
    });

    it("fills the gap that a lost nonce leaves after a restart", async () => {
      addAll(2);
      const item = store.winners.list("pending", 1)[0]!;
      const version = await chain.sign({ kind: "redeem", winners: [item] }, { nonce: 1, gas: 1n, fees: FEES });
      store.winners.record({ nonce: 1, kind: "redeem", gas: 1n, fees: FEES, versions: [version], sentAt: 0 }, [
        item.digest,
      ]);
      const redeemer = create();
      await drain(redeemer);
      expect(chain.ledger.nonce).to.equal(2);
      expectPaidOnce(2);
    });

    it("frees the winners of a transaction whose nonce another one used", async () => {
      chain.fates.push("ignore");
      addAll(2);
      const redeemer = create({ replaceAfter: 2 });
      redeemer.start();
      await pass(1);
      chain.useNonce();
      await drain(redeemer);
      expect(kinds("dropped").map(({ detail }) => detail)).to.deep.equal([
        "transaction 0: another transaction used nonce 0",
      ]);
      expectPaidOnce(2);
    });

    it("does not take the nonce of a transaction that somebody else has in the pool", async () => {
      const foreign = await chain.sign(null, { nonce: 0, gas: 1n, fees: FEES });
      await chain.broadcast(foreign.raw);
      addAll(1);
      await drain(create());
      expect(chain.history.map(({ call }) => call === null)).to.deep.equal([true, false]);
    });
  });

  describe("restarts", () => {
    it("finds what was signed but never sent", async () => {
      addAll(1);
      const item = store.winners.list("pending", 1)[0]!;
      const version = await chain.sign({ kind: "redeem", winners: [item] }, { nonce: 0, gas: 1n, fees: FEES });
      const fresh = { nonce: 0, kind: "redeem" as const, gas: 1n, fees: FEES, versions: [version], sentAt: 0 };
      store.winners.record(fresh, [item.digest]);
      await drain(create());
      expect(store.winners.list("redeemed", 1)[0]?.transaction).to.equal(version.hash);
      expectPaidOnce(1);
    });

    for (const late of [0, BLOCK]) {
      it(`finds a redemption of an earlier store once it is deep enough, ${late} ms after the last round`, async () => {
        addAll(1);
        const item = store.winners.list("pending", 1)[0]!;
        await chain.broadcast(
          (await chain.sign({ kind: "redeem", winners: [item] }, { nonce: 0, gas: 1n, fees: FEES })).raw,
        );
        await pass(3 * ROUND + late);
        const redeemer = create();
        redeemer.start();
        await pass(1);
        expect(store.winners.list("pending", 1)[0]!.notBefore).to.be.above(clock.now());
        await pass(2 * BLOCK);
        expect(redeemer.counts()).to.include({ pending: 1, expired: 0 });
        await drain(redeemer);
        expect(redeemer.counts()).to.include({ redeemed: 1, expired: 0 });
        expect(chain.history).to.have.length(1);
      });
    }

    describe("find what an earlier store's transactions closed", () => {
      let redeemer: TicketRedeemer;
      beforeEach(() => {
        addAll(1);
        redeemer = create({ maxBackoff: 1_000 });
      });

      for (const [state, status] of [
        ["owed", "claimed"],
        ["paid", "redeemed"],
      ] as const) {
        it(`as ${state}, when that has its confirmations`, async () => {
          const { digest } = store.winners.list("pending", 1)[0]!;
          chain.ledger.closed.set("10/0", state);
          redeemer.start();
          await pass(3 * BLOCK - 1);
          expect(statusOf(0n)).to.equal("pending");
          await pass(1_001);
          expect(statusOf(0n)).to.equal(status);
          expect(kinds(status)).to.deep.equal([{ kind: status, digest, detail: "found closed on the chain" }]);
        });
      }

      it("and count again when a reorganisation opened it in between", async () => {
        chain.ledger.closed.set("10/0", "owed");
        redeemer.start();
        await pass(BLOCK);
        chain.ledger.closed.clear();
        chain.bad.add(0n);
        await pass(BLOCK);
        chain.ledger.closed.set("10/0", "owed");
        await pass(3 * BLOCK - 1);
        expect(statusOf(0n)).to.equal("pending");
        await pass(1_001);
        expect(statusOf(0n)).to.equal("claimed");
      });

      it("and count again when a default was settled in between", async () => {
        chain.ledger.closed.set("10/0", "owed");
        redeemer.start();
        await pass(BLOCK);
        chain.ledger.closed.set("10/0", "paid");
        await pass(3 * BLOCK - 1);
        expect(statusOf(0n)).to.equal("pending");
        await pass(1_001);
        expect(statusOf(0n)).to.equal("redeemed");
      });
    });

    it("closes in the middle of everything and loses nothing", async () => {
      addAll(20);
      chain.fates.push("take", "ignore", "revert");
      const first = create({ maxInFlight: 4, policy: { batchSize: 4 } });
      const drained = first.drain(new AbortController().signal).catch((error: Error) => error.message);
      await pass(BLOCK + 1);
      await clock.runUntil(first.close());
      expect(await drained).to.equal("the redeemer was closed");
      expect(() => first.start()).to.throw("closed");
      await drain(create());
      expectPaidOnce(20);
    });
  });

  describe("reorganisations", () => {
    for (const isForgetful of [false, true]) {
      it(`puts back what one removes, when the pool ${isForgetful ? "forgets" : "remembers"}`, async () => {
        addAll(6);
        const redeemer = create({ confirmations: 10, policy: { batchSize: 2 } });
        redeemer.start();
        await pass(4 * BLOCK);
        expect(store.winners.count("included")).to.equal(6);
        expect(store.recipient.unredeemed(SENDER)).to.equal(0n);
        chain.reorganise(4, isForgetful);
        expect(chain.ledger.closed.size).to.equal(0);
        await pass(5_000);
        expect(kinds("removed")).to.have.length(3);
        expect(store.recipient.unredeemed(SENDER)).to.equal(6n * FACE);
        await drain(redeemer);
        expect(redeemer.counts().redeemed).to.equal(6);
        expectPaidOnce(6);
      });
    }

    it("is sure of nothing before the confirmations", async () => {
      addAll(1);
      const redeemer = create({ confirmations: 10 });
      redeemer.start();
      await pass(10 * BLOCK + 5_000);
      expect(redeemer.counts()).to.include({ pending: 1, redeemed: 0 });
      await pass(BLOCK);
      expect(redeemer.counts()).to.include({ pending: 0, redeemed: 1 });
    });
  });

  it("looks at once when notified and by itself within the poll interval", async () => {
    chain.isInstant = true;
    const redeemer = create({ pollInterval: 5_000, confirmations: 0 });
    redeemer.start();
    await pass(1);
    add(winner(0n));
    redeemer.notify();
    await pass(1);
    expect(redeemer.counts().redeemed).to.equal(1);
    add(winner(1n));
    await pass(5_001);
    expect(redeemer.counts().redeemed).to.equal(2);
  });

  it("does not forget that it was notified while it looked", async () => {
    chain.isInstant = true;
    const redeemer = create({ pollInterval: 10 * BLOCK, confirmations: 0 });
    const nextDue = store.winners.nextDue.bind(store.winners);
    store.winners.nextDue = () => {
      // The look is nearly over.
      store.winners.nextDue = nextDue;
      add(winner(0n));
      redeemer.notify();
      return null;
    };
    redeemer.start();
    await pass(1);
    expect(redeemer.counts().redeemed).to.equal(1);
  });

  it("looks when more is to be sent though nothing changes, however rarely it looks", async () => {
    // Gas was cheaper in the first blocks; what waits for that stops to wait a quarter of its life before it dies.
    chain.baseFee = (block) => (block < 3 ? 1n : 100n);
    await pass(3 * BLOCK);
    addAll(1);
    create({ pollInterval: 10 * ROUND }).start();
    await pass(0.75 * 3 * ROUND - 4 * BLOCK);
    expect(chain.broadcasts).to.be.empty;
    await pass(2 * BLOCK);
    expect(chain.broadcasts).to.have.length(1);
  });

  for (const question of ["head", "refusal"] as const) {
    it(`takes it for no failure that it is closed before the node answers about the ${question}`, async () => {
      addAll(1);
      const asked = new Promise<void>((resolve) => {
        const silent = (): Promise<never> => {
          resolve();
          return new Promise(() => undefined);
        };
        Object.assign(chain, { [question]: silent });
      });
      const redeemer = create();
      redeemer.start();
      await asked;
      await redeemer.close();
      expect(events).to.deep.equal([]);
      expect(store.winners.list("pending", 1)[0]).to.include({ attempts: 0, reason: null });
    });
  }

  it("leaves nothing behind that would keep the process alive", async () => {
    const redeemer = create();
    redeemer.start();
    await pass(1);
    redeemer.notify();
    await pass(1);
    await redeemer.close();
    expect(clock.sleepers).to.equal(0);
  });

  it("waits for no poll when it is drained or closed", async () => {
    chain.isInstant = true;
    const redeemer = create({ pollInterval: 10 * BLOCK, confirmations: 0 });
    redeemer.start();
    await pass(1);
    add(winner(0n));
    const before = clock.now();
    await drain(redeemer);
    await redeemer.close();
    expect(clock.now()).to.equal(before);
  });

  it("does not begin a drain that is aborted already", async () => {
    addAll(1);
    const redeemer = create();
    const drained = redeemer.drain(AbortSignal.abort(new Error("too late")));
    await drained.then(
      () => expect.fail(),
      (error: Error) => expect(error.message).to.equal("too late"),
    );
    await pass(BLOCK);
    expect(chain.broadcasts).to.be.empty;
  });

  it("rejects a drain that is aborted, and goes on", async () => {
    chain.fund(SENDER, 0n);
    addAll(1);
    const redeemer = create();
    const controller = new AbortController();
    const drained = redeemer.drain(controller.signal);
    controller.abort(new Error("enough"));
    await clock.runUntil(drained).then(
      () => expect.fail(),
      (error: Error) => expect(error.message).to.equal("enough"),
    );
    chain.fund(SENDER, FACE);
    await drain(redeemer);
  });

  it("pays every winner exactly once whatever network, chain and process do, if it works in the end", async () => {
    const fate = fc.constantFrom<Fate>("refuse", "lose-the-answer", "hang", "ignore", "revert", "take");
    const action = fc.record({
      wait: fc.integer({ min: 0, max: 8 * BLOCK }),
      what: fc.constantFrom("reorganise", "forget", "restart", "win", "use", "nothing"),
      depth: fc.integer({ min: 1, max: 10 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fate, { maxLength: 12 }),
        fc.array(action, { maxLength: 10 }),
        fc.integer({ min: 1, max: 5 }),
        async (fates, actions, slots) => {
          await clear();
          reset();
          addAll(12);
          let total = 12;
          chain.fates.push(...fates);
          const options = { confirmations: 10, maxInFlight: slots, backoff: 100, policy: { batchSize: 4 } };
          let redeemer = create(options);
          redeemer.start();
          for (const { wait, what, depth } of actions) {
            await pass(wait);
            if (what === "reorganise" || what === "forget") chain.reorganise(depth, what === "forget");
            if (what === "use") chain.useNonce();
            if (what === "win") add(winner(BigInt(total++)));
            if (what === "restart") {
              await clock.runUntil(redeemer.close());
              redeemer = create(options);
              redeemer.start();
            }
          }
          await drain(redeemer);
          expect(redeemer.counts()).to.deep.equal({ pending: 0, claimed: 0, redeemed: total, expired: 0 });
          expectPaidOnce(total);
        },
      ),
      { numRuns: 30, seed: 5 },
    );
  });
});
