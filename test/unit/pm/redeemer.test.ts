import { expect } from "chai";
import fc from "fast-check";
import type { StoredWinner, Winner } from "../../../offchain/pm/interface.ts";
import type { TicketRedeemer } from "../../../offchain/pm/redeemer.ts";
import { BLOCK, type Fate, GAS, ROUND } from "./Chain__FakeForRedeemer.ts";
import { POOR, RedeemerScene } from "./RedeemerScene.ts";
import { winner } from "./winners.ts";
import { ETHER, FACE, SENDER } from "./world.ts";

describe("TicketRedeemer", () => {
  const scene = new RedeemerScene();
  const { add, addAll, create, postpone, drain, pass, kinds, statusOf, expectPaidOnce, clear, reset } = scene;
  beforeEach(scene.reset);
  afterEach(scene.clear);

  it("drains an empty store at once", () => drain(create()));

  describe("sending", () => {
    it("shares transactions, several of them in flight", async () => {
      addAll(25);
      const redeemer = create({ policy: { batchSize: 10 } });
      redeemer.start();
      await pass(1);
      expect(scene.chain.pool.size).to.equal(3);
      await drain(redeemer);
      expect(redeemer.counts()).to.deep.equal({ pending: 0, claimed: 0, redeemed: 25, expired: 0 });
      expect(scene.chain.history.map(({ done }) => done.length)).to.deep.equal([10, 10, 5]);
      expect(kinds("redeemed")).to.have.length(25);
      expectPaidOnce(25);
    });

    it("has no more transactions in flight than it may", async () => {
      addAll(10);
      const redeemer = create({ maxInFlight: 3, policy: { batchSize: 1 } });
      redeemer.start();
      await pass(1);
      expect(scene.chain.pool.size).to.equal(3);
      await drain(redeemer);
      expectPaidOnce(10);
    });

    it("leaves a bad ticket out of the batch and says so, and the others are paid", async () => {
      addAll(10);
      scene.chain.bad.add(0n);
      const redeemer = create();
      redeemer.start();
      await pass(5 * BLOCK);
      expect(redeemer.counts()).to.include({ pending: 1, redeemed: 9 });
      expect(scene.chain.history).to.have.length(1);
      const [bad] = scene.store.winners.list("pending", 1);
      expect(bad?.reason).to.equal("bad signature");
      expect(kinds("postponed")[0]).to.deep.equal({
        kind: "postponed",
        digest: bad?.digest,
        detail: "bad signature",
      });
      scene.chain.bad.clear();
      await drain(redeemer);
      expectPaidOnce(10);
    });

    it("asks once about a batch that is good", async () => {
      addAll(50);
      await drain(create());
      expect(scene.chain.simulations).to.equal(1);
    });

    it("has eight transactions in flight unless told otherwise, each with gas to spare", async () => {
      addAll(10);
      const redeemer = create({ policy: { batchSize: 1 } });
      redeemer.start();
      await pass(BLOCK - 1);
      expect(scene.chain.pool.size).to.equal(8);
      for (const { gas } of scene.chain.broadcasts) expect(gas).to.equal((GAS.single * 5n) / 4n + 60_000n);
    });

    it("postpones what costs more than was planned, and what would revert, with the reason", async () => {
      addAll(1);
      const estimate = scene.chain.estimateGas.bind(scene.chain);
      const reasonOf = (): string | null | undefined => scene.store.winners.list("pending", 1)[0]?.reason;
      const redeemer = create();
      scene.chain.estimateGas = async () => FACE;
      redeemer.start();
      await pass(1);
      expect(reasonOf()).to.equal(`${FACE} gas at 110 wei cost more than it brings`);
      scene.chain.estimateGas = async () => null;
      await pass(BLOCK);
      expect(reasonOf()).to.equal("it would revert as a redeem");
      expect(scene.chain.broadcasts).to.be.empty;
      scene.chain.estimateGas = estimate;
      await drain(redeemer);
      expectPaidOnce(1);
    });

    it("never offers more for gas than the winners bring", async () => {
      // One wei more per gas and it would be a loss.
      scene.chain.tip = 0n;
      scene.chain.baseFee = () => FACE / GAS.single - 1n;
      addAll(1);
      await drain(create());
      expect(scene.chain.broadcasts.map(({ fees }) => fees.maxFee)).to.deep.equal([FACE / GAS.single]);
    });

    it("does not redeem at a loss, however late it is", async () => {
      scene.chain.baseFee = () => FACE / GAS.single;
      addAll(1);
      const redeemer = create();
      const drained = redeemer.drain(new AbortController().signal);
      await scene.clock.runUntil(drained);
      expect(redeemer.counts()).to.include({ redeemed: 0, expired: 1 });
      expect(scene.chain.broadcasts).to.have.length(0);
    });

    it("keeps winners whose sender cannot pay until it can, and pays those for which there is enough", async () => {
      scene.chain.fund(SENDER, 2n * FACE);
      addAll(3);
      const redeemer = create();
      redeemer.start();
      await pass(10 * BLOCK);
      expect(redeemer.counts()).to.include({ pending: 1, redeemed: 2 });
      scene.chain.fund(SENDER, FACE);
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
      scene.chain.escrows.set(POOR, ETHER);
      add(winner(0n, { sender: POOR }));
      const redeemer = create();
      redeemer.start();
      // A default of round 10 can be claimed until round 11 ends; a quarter of three rounds before that is the time.
      await pass(1.2 * ROUND);
      expect(scene.chain.ledger.closed.size).to.equal(0);
      await pass(0.2 * ROUND);
      expect([...scene.chain.ledger.closed.values()]).to.deep.equal(["owed"]);
      expect(redeemer.counts()).to.deep.equal({ pending: 0, claimed: 1, redeemed: 0, expired: 0 });
      const [{ digest }] = scene.store.winners.list("claimed", 1) as [StoredWinner];
      expect(kinds("claimed")).to.deep.equal([{ kind: "claimed", digest, detail: "hash-1" }]);
      scene.chain.fund(POOR, FACE);
      await pass(10 * BLOCK);
      expect([...scene.chain.ledger.closed.values()]).to.deep.equal(["paid"]);
      expect(redeemer.counts()).to.deep.equal({ pending: 0, claimed: 0, redeemed: 1, expired: 0 });
      expect(kinds("redeemed")).to.deep.equal([{ kind: "redeemed", digest, detail: "hash-2" }]);
      expect(kinds("postponed")).to.be.empty;
    });

    it("presents no default that costs nobody anything, nor when it is told not to", async () => {
      add(winner(0n, { sender: POOR }));
      const redeemer = create();
      redeemer.start();
      await pass(1.9 * ROUND);
      expect(scene.chain.history).to.have.length(0);
      await scene.clock.runUntil(redeemer.close());
      scene.chain.escrows.set(POOR, ETHER);
      create({ policy: { claimDefaults: false } }).start();
      await pass(BLOCK);
      expect(scene.chain.history).to.have.length(0);
    });
  });

  describe("by hand", () => {
    const now = (redeemer: TicketRedeemer): Promise<void> =>
      scene.clock.runUntil(redeemer.redeemNow(new AbortController().signal));

    it("proposes what it would do and what it would not, and why, without doing any of it", async () => {
      addAll(3);
      scene.chain.bad.add(1n);
      addAll(1, { sender: POOR }, 10);
      const proposal = await scene.clock.runUntil(create().propose());
      const indices = (winners: readonly Winner[]): bigint[] => winners.map(({ ticket }) => ticket.commitmentIndex);
      expect(proposal.gasPrice).to.equal(110n);
      expect(proposal.transactions.map(({ winners }) => indices(winners))).to.deep.equal([[0n, 2n]]);
      expect(proposal.transactions[0]).to.include({ kind: "redeem", gas: GAS.batch + GAS.payer + 2n * GAS.ticket });
      expect(proposal.skipped.map(({ winner: { ticket }, reason }) => [ticket.commitmentIndex, reason])).to.deep.equal([
        [1n, "bad signature"],
        [10n, `its sender has 0 wei for it, ${FACE} wei are needed`],
      ]);
      expect(proposal.expired).to.deep.equal([]);
      expect(scene.chain.broadcasts).to.deep.equal([]);
      expect(scene.store.winners.waiting(0)).to.have.length(4);

      await pass(3 * ROUND);
      const late = await scene.clock.runUntil(create().propose());
      expect([late.transactions, late.skipped, indices(late.expired)]).to.deep.equal([[], [], [0n, 1n, 2n, 10n]]);
      expect(scene.store.winners.waiting(0)).to.have.length(4);
    });

    it("proposes no loss", async () => {
      addAll(1);
      scene.chain.baseFee = () => FACE;
      const { transactions, skipped } = await scene.clock.runUntil(create({ policy: { patience: 1 } }).propose());
      expect(transactions).to.deep.equal([]);
      expect(skipped[0]?.reason).to.include("costs more than it brings");
    });

    it("says which winners their sender's money does not reach for", async () => {
      scene.chain.fund(SENDER, 2n * FACE);
      addAll(3);
      const { transactions, skipped } = await scene.clock.runUntil(create().propose());
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
      expect(scene.store.winners.transactions()).to.deep.equal([]);
      expectPaidOnce(3);
    });

    it("does not wait for the pause after a failure", async () => {
      addAll(1);
      const later = postpone();
      const redeemer = create();
      redeemer.start();
      await pass(2 * BLOCK);
      expect(scene.chain.broadcasts).to.be.empty;
      await now(redeemer);
      expect(redeemer.counts().redeemed).to.equal(1);
      expect(scene.clock.now()).to.be.below(later);
    });

    it("tries each winner once, and no further while others become final", async () => {
      addAll(2);
      scene.chain.bad.add(0n);
      await now(create({ backoff: ROUND }));
      expect(statusOf(1n)).to.equal("redeemed");
      expect(scene.store.winners.list("pending", 1)[0]).to.include({ attempts: 1, reason: "bad signature" });
    });

    it("looks again when a look under way still waits for the pauses", async () => {
      addAll(1);
      postpone();
      const redeemer = create();
      const waiting = scene.store.winners.waiting.bind(scene.store.winners);
      const called = new Promise<void>((resolve, reject) => {
        scene.store.winners.waiting = (due) => {
          scene.store.winners.waiting = waiting;
          redeemer.redeemNow(new AbortController().signal).then(resolve, reject);
          return waiting(due);
        };
      });
      redeemer.start();
      await scene.clock.runUntil(called);
      expect(redeemer.counts().redeemed).to.equal(1);
    });

    it("sends nothing for one that was called off", async () => {
      addAll(1);
      postpone();
      scene.chain.isReadable = false;
      const controller = new AbortController();
      const called = create().redeemNow(controller.signal);
      controller.abort(new Error("never mind"));
      await scene.clock.runUntil(called).then(
        () => expect.fail(),
        (error: Error) => expect(error.message).to.equal("never mind"),
      );
      scene.chain.isReadable = true;
      await pass(2 * BLOCK);
      expect(scene.chain.broadcasts).to.be.empty;
    });
  });

  it("looks at once when notified and by itself within the poll interval", async () => {
    scene.chain.isInstant = true;
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
    scene.chain.isInstant = true;
    const redeemer = create({ pollInterval: 10 * BLOCK, confirmations: 0 });
    // Something to look for, which is not due.
    add(winner(1n));
    scene.postpone();
    const nextDue = scene.store.winners.nextDue.bind(scene.store.winners);
    scene.store.winners.nextDue = () => {
      // The look is nearly over.
      scene.store.winners.nextDue = nextDue;
      add(winner(0n));
      redeemer.notify();
      return null;
    };
    redeemer.start();
    await pass(1);
    expect(redeemer.counts().redeemed).to.equal(1);
  });

  it("asks the chain nothing while it has no winner, and looks when it has one", async () => {
    scene.chain.isInstant = true;
    let heads = 0;
    const head = scene.chain.head.bind(scene.chain);
    scene.chain.head = () => {
      heads += 1;
      return head();
    };
    const redeemer = create({ pollInterval: 1_000, confirmations: 0 });
    redeemer.start();
    await pass(10 * BLOCK);
    expect(heads).to.equal(0);
    await scene.clock.runUntil(redeemer.redeemNow(new AbortController().signal));
    add(winner(0n));
    await pass(1_001);
    expect(redeemer.counts().redeemed).to.equal(1);
    const asked = heads;
    expect(asked).to.be.greaterThan(0);
    await pass(10 * BLOCK);
    expect(heads).to.be.lessThan(asked + 2);
  });

  it("looks when more is to be sent though nothing changes, however rarely it looks", async () => {
    // Gas was cheaper in the first blocks; what waits for that stops to wait a quarter of its life before it dies.
    scene.chain.baseFee = (block) => (block < 3 ? 1n : 100n);
    await pass(3 * BLOCK);
    addAll(1);
    create({ pollInterval: 10 * ROUND }).start();
    await pass(0.75 * 3 * ROUND - 4 * BLOCK);
    expect(scene.chain.broadcasts).to.be.empty;
    await pass(2 * BLOCK);
    expect(scene.chain.broadcasts).to.have.length(1);
  });

  for (const question of ["head", "refusal"] as const) {
    it(`takes it for no failure that it is closed before the node answers about the ${question}`, async () => {
      addAll(1);
      const asked = new Promise<void>((resolve) => {
        const silent = (): Promise<never> => {
          resolve();
          return new Promise(() => undefined);
        };
        Object.assign(scene.chain, { [question]: silent });
      });
      const redeemer = create();
      redeemer.start();
      await asked;
      await redeemer.close();
      expect(scene.events).to.deep.equal([]);
      expect(scene.store.winners.list("pending", 1)[0]).to.include({ attempts: 0, reason: null });
    });
  }

  it("leaves nothing behind that would keep the process alive", async () => {
    const redeemer = create();
    redeemer.start();
    await pass(1);
    redeemer.notify();
    await pass(1);
    await redeemer.close();
    expect(scene.clock.sleepers).to.equal(0);
  });

  it("waits for no poll when it is drained or closed", async () => {
    scene.chain.isInstant = true;
    const redeemer = create({ pollInterval: 10 * BLOCK, confirmations: 0 });
    redeemer.start();
    await pass(1);
    add(winner(0n));
    const before = scene.clock.now();
    await drain(redeemer);
    await redeemer.close();
    expect(scene.clock.now()).to.equal(before);
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
    expect(scene.chain.broadcasts).to.be.empty;
  });

  it("rejects a drain that is aborted, and goes on", async () => {
    scene.chain.fund(SENDER, 0n);
    addAll(1);
    const redeemer = create();
    const controller = new AbortController();
    const drained = redeemer.drain(controller.signal);
    controller.abort(new Error("enough"));
    await scene.clock.runUntil(drained).then(
      () => expect.fail(),
      (error: Error) => expect(error.message).to.equal("enough"),
    );
    scene.chain.fund(SENDER, FACE);
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
          scene.chain.fates.push(...fates);
          const options = { confirmations: 10, maxInFlight: slots, backoff: 100, policy: { batchSize: 4 } };
          let redeemer = create(options);
          redeemer.start();
          for (const { wait, what, depth } of actions) {
            await pass(wait);
            if (what === "reorganise" || what === "forget") scene.chain.reorganise(depth, what === "forget");
            if (what === "use") scene.chain.useNonce();
            if (what === "win") add(winner(BigInt(total++)));
            if (what === "restart") {
              await scene.clock.runUntil(redeemer.close());
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
