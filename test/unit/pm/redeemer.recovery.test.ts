import { expect } from "chai";
import type { TicketRedeemer } from "../../../offchain/pm/redeemer.ts";
import { BLOCK, type Fate, GAS, ROUND } from "./Chain__FakeForRedeemer.ts";
import { FEES, POOR, RedeemerScene } from "./RedeemerScene.ts";
import { FACE, SENDER } from "./world.ts";

describe("TicketRedeemer, when something fails", () => {
  const scene = new RedeemerScene();
  const { addAll, create, claim, postpone, drain, pass, kinds, statusOf, expectPaidOnce } = scene;
  beforeEach(scene.reset);
  afterEach(scene.clear);

  describe("failures", () => {
    const hindrances: Fate[] = ["refuse", "lose-the-answer", "hang", "ignore", "revert"];
    for (const fate of hindrances) {
      it(`gets over "${fate}"`, async () => {
        addAll(10);
        scene.chain.fates.push(fate, fate, fate);
        const redeemer = create({ policy: { batchSize: 3 } });
        await drain(redeemer);
        expect(redeemer.counts()).to.deep.equal({ pending: 0, claimed: 0, redeemed: 10, expired: 0 });
        expectPaidOnce(10);
      });
    }

    it("pauses longer after each failure, with jitter, up to the limit", async () => {
      scene.chain.bad.add(0n);
      addAll(1);
      create({ backoff: 1_000, maxBackoff: 8_000, pollInterval: 100_000 }).start();
      const pauses: number[] = [];
      for (let i = 1; i <= 6; i += 1) {
        while (scene.store.winners.list("pending", 1)[0]!.attempts < i) await pass(10);
        pauses.push(scene.store.winners.list("pending", 1)[0]!.notBefore - scene.clock.now());
      }
      const full = [1_000, 2_000, 4_000, 8_000, 8_000, 8_000];
      for (const [i, pause] of pauses.entries()) expect(pause).to.be.within(full[i]! / 2 - 10, full[i]!);
      expect(new Set(pauses).size).to.be.greaterThan(4);
    });

    for (const kind of ["redeem", "settle"] as const) {
      it(`pauses before it tries again what failed in the chain, when that was to ${kind}`, async () => {
        addAll(1);
        const item = scene.store.winners.list("pending", 1)[0]!;
        if (kind === "settle") claim(item);
        scene.chain.fates.push("revert");
        create({ confirmations: 1, backoff: 20 * BLOCK }).start();
        await pass(9 * BLOCK);
        expect(scene.chain.broadcasts).to.have.length(1);
        expect(kinds("claimed")).to.be.empty;
        expect(kinds("postponed")).to.deep.equal([
          { kind: "postponed", digest: item.digest, detail: "transaction hash-1 left it out" },
        ]);
        await pass(20 * BLOCK);
        expect(scene.chain.broadcasts).to.have.length(2);
        expect(statusOf(0n)).to.equal("redeemed");
      });
    }

    it("tries again when the pause is over, however rarely it looks", async () => {
      scene.chain.bad.add(0n);
      addAll(1);
      create({ backoff: 1_000, pollInterval: 10 * ROUND }).start();
      await pass(1);
      expect(scene.store.winners.list("pending", 1)[0]!.attempts).to.equal(1);
      await pass(1_000);
      expect(scene.store.winners.list("pending", 1)[0]!.attempts).to.equal(2);
    });

    it("pauses a winner of which it cannot be read whether it was paid in its last round", async () => {
      addAll(1);
      const { digest } = scene.store.winners.list("pending", 1)[0]!;
      await pass(3 * ROUND);
      const state = scene.chain.state.bind(scene.chain);
      scene.chain.state = () => Promise.reject(new Error("the node is behind"));
      const redeemer = create();
      redeemer.start();
      await pass(1);
      expect(kinds("postponed")).to.deep.equal([{ kind: "postponed", digest, detail: "the node is behind" }]);
      expect(scene.store.winners.list("pending", 1)[0]!.notBefore).to.be.above(scene.clock.now());
      scene.chain.state = state;
      await drain(redeemer);
      expect(redeemer.counts().expired).to.equal(1);
    });

    it("leaves it to the chain's blocks, not to a simulation, that it is too late", async () => {
      addAll(1);
      scene.chain.refusal = async () => ({ kind: "expired", detail: "expired" });
      create({ pollInterval: ROUND }).start();
      await pass(3 * ROUND - 1);
      expect(scene.events).to.deep.equal([]);
      await pass(ROUND);
      expect(scene.store.winners.list("expired", 1)[0]?.reason).to.equal("its last round is over");
    });

    it("tries to settle again what would fail now, and takes it for no new default", async () => {
      addAll(1);
      claim(scene.store.winners.list("pending", 1)[0]!);
      const estimate = scene.chain.estimateGas.bind(scene.chain);
      scene.chain.estimateGas = async () => null;
      const redeemer = create({ maxBackoff: BLOCK });
      redeemer.start();
      await pass(6 * BLOCK);
      expect(new Set(scene.events.map(({ kind, detail }) => `${kind}: ${detail}`))).to.deep.equal(
        new Set(["postponed: it would revert as a settle"]),
      );
      scene.chain.estimateGas = estimate;
      await pass(6 * BLOCK);
      expect(redeemer.counts()).to.include({ claimed: 0, redeemed: 1 });
    });

    it("waits for the pause after a failure also when it is drained", async () => {
      addAll(1);
      const later = postpone();
      await drain(create());
      expect(scene.clock.now()).to.be.above(later);
    });

    it("waits while the chain cannot be read", async () => {
      addAll(3);
      scene.chain.isReadable = false;
      const redeemer = create();
      const drained = redeemer.drain(new AbortController().signal);
      await pass(60_000);
      expect(redeemer.counts().pending).to.equal(3);
      expect(new Set(kinds("failed").map(({ digest, detail }) => `${digest}: ${detail}`))).to.deep.equal(
        new Set(["null: the node is down"]),
      );
      scene.chain.isReadable = true;
      await scene.clock.runUntil(drained);
      expect(redeemer.counts().redeemed).to.equal(3);
    });

    it("says what expired and why, with the last failure, and sends nothing for it", async () => {
      scene.chain.fund(SENDER, 2n * FACE);
      scene.chain.bad.add(0n);
      addAll(1);
      addAll(2, { sender: POOR }, 1);
      const [, , claimed] = scene.store.winners.list("pending", 3);
      claim(claimed!);
      scene.store.winners.postpone(claimed!.digest, 0, "the node was down");
      const redeemer = create({ pollInterval: ROUND });
      redeemer.start();
      await pass(3 * ROUND + BLOCK);
      expect(redeemer.counts()).to.include({ expired: 3 });
      const expired = scene.store.winners.list("expired", 3);
      expect(expired.map(({ ticket, reason }) => [ticket.commitmentIndex, reason])).to.deep.equal([
        [0n, "its last round is over; last failure: bad signature"],
        [1n, "its last round is over"],
        [2n, "its sender did not settle it; last failure: the node was down"],
      ]);
      expect(kinds("expired")).to.have.deep.members(
        expired.map(({ digest, reason }) => ({ kind: "expired", digest, detail: reason })),
      );
      expect(scene.chain.history).to.have.length(0);
    });

    it("tries often enough to redeem in the last moment what was bad until then", async () => {
      scene.chain.bad.add(0n);
      addAll(1);
      const redeemer = create({ maxBackoff: 100 * ROUND });
      redeemer.start();
      await pass(2.9 * ROUND);
      scene.chain.bad.clear();
      await drain(redeemer);
      expect(redeemer.counts()).to.include({ redeemed: 1 });
    });
  });

  describe("stuck transactions", () => {
    it("replaces one that the pool does not include, by at least 12.5 % more, until it is", async () => {
      let fee = 100n;
      scene.chain.baseFee = () => fee;
      addAll(2);
      const redeemer = create({ replaceAfter: 2, policy: { batchSize: 1 } });
      redeemer.start();
      await pass(1);
      expect(scene.chain.pool.size).to.equal(2);
      fee = 1_000n;
      await drain(redeemer);
      expect(kinds("replaced").length).to.be.at.least(2);
      for (const nonce of [0, 1]) {
        const offers = scene.chain.broadcasts.filter((each) => each.nonce === nonce).map(({ fees }) => fees.maxFee);
        expect(offers.length).to.be.at.least(2);
        for (const [i, offer] of offers.slice(1).entries())
          expect(Number(offer)).to.be.at.least(Number(offers[i]) * 1.125);
      }
      expectPaidOnce(2);
    });

    it("does not follow the price beyond what the winner is worth, and takes the next chance", async () => {
      let fee = 100n;
      scene.chain.tip = 0n;
      scene.chain.baseFee = () => fee;
      addAll(1);
      const redeemer = create({ replaceAfter: 2 });
      redeemer.start();
      await pass(1);
      fee = 2n * (FACE / GAS.single);
      await pass(50 * BLOCK);
      expect(scene.chain.history).to.have.length(0);
      for (const { fees } of scene.chain.broadcasts) expect(fees.maxFee <= FACE / GAS.single).to.equal(true);
      fee = 1_000n;
      await drain(redeemer);
      expectPaidOnce(1);
    });

    it("gives up the nonce of one that nothing is left to do for, and those behind it pass", async () => {
      let fee = 100n;
      scene.chain.baseFee = () => fee;
      addAll(2);
      const redeemer = create({ replaceAfter: 2, policy: { batchSize: 1 } });
      redeemer.start();
      await pass(1);
      fee = 250n;
      scene.chain.bad.add(0n);
      await pass(10 * BLOCK);
      expect(scene.chain.history.map(({ call }) => call === null)).to.deep.equal([true, false]);
      expect(statusOf(0n)).to.equal("pending");
      expect(statusOf(1n)).to.equal("redeemed");
    });

    it("fills the gap that a lost nonce leaves after a restart", async () => {
      addAll(2);
      const item = scene.store.winners.list("pending", 1)[0]!;
      const version = await scene.chain.sign({ kind: "redeem", winners: [item] }, { nonce: 1, gas: 1n, fees: FEES });
      scene.store.winners.record({ nonce: 1, kind: "redeem", gas: 1n, fees: FEES, versions: [version], sentAt: 0 }, [
        item.digest,
      ]);
      const redeemer = create();
      await drain(redeemer);
      expect(scene.chain.ledger.nonce).to.equal(2);
      expectPaidOnce(2);
    });

    it("frees the winners of a transaction whose nonce another one used", async () => {
      scene.chain.fates.push("ignore");
      addAll(2);
      const redeemer = create({ replaceAfter: 2 });
      redeemer.start();
      await pass(1);
      scene.chain.useNonce();
      await drain(redeemer);
      expect(kinds("dropped").map(({ detail }) => detail)).to.deep.equal([
        "transaction 0: another transaction used nonce 0",
      ]);
      expectPaidOnce(2);
    });

    it("does not take the nonce of a transaction that somebody else has in the pool", async () => {
      const foreign = await scene.chain.sign(null, { nonce: 0, gas: 1n, fees: FEES });
      await scene.chain.broadcast(foreign.raw);
      addAll(1);
      await drain(create());
      expect(scene.chain.history.map(({ call }) => call === null)).to.deep.equal([true, false]);
    });
  });

  describe("restarts", () => {
    it("finds what was signed but never sent", async () => {
      addAll(1);
      const item = scene.store.winners.list("pending", 1)[0]!;
      const version = await scene.chain.sign({ kind: "redeem", winners: [item] }, { nonce: 0, gas: 1n, fees: FEES });
      const fresh = { nonce: 0, kind: "redeem" as const, gas: 1n, fees: FEES, versions: [version], sentAt: 0 };
      scene.store.winners.record(fresh, [item.digest]);
      await drain(create());
      expect(scene.store.winners.list("redeemed", 1)[0]?.transaction).to.equal(version.hash);
      expectPaidOnce(1);
    });

    for (const late of [0, BLOCK]) {
      it(`finds a redemption of an earlier store once it is deep enough, ${late} ms after the last round`, async () => {
        addAll(1);
        const item = scene.store.winners.list("pending", 1)[0]!;
        await scene.chain.broadcast(
          (await scene.chain.sign({ kind: "redeem", winners: [item] }, { nonce: 0, gas: 1n, fees: FEES })).raw,
        );
        await pass(3 * ROUND + late);
        const redeemer = create();
        redeemer.start();
        await pass(1);
        expect(scene.store.winners.list("pending", 1)[0]!.notBefore).to.be.above(scene.clock.now());
        await pass(2 * BLOCK);
        expect(redeemer.counts()).to.include({ pending: 1, expired: 0 });
        await drain(redeemer);
        expect(redeemer.counts()).to.include({ redeemed: 1, expired: 0 });
        expect(scene.chain.history).to.have.length(1);
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
          const { digest } = scene.store.winners.list("pending", 1)[0]!;
          scene.chain.ledger.closed.set("10/0", state);
          redeemer.start();
          await pass(3 * BLOCK - 1);
          expect(statusOf(0n)).to.equal("pending");
          await pass(1_001);
          expect(statusOf(0n)).to.equal(status);
          expect(kinds(status)).to.deep.equal([{ kind: status, digest, detail: "found closed on the chain" }]);
        });
      }

      it("and count again when a reorganisation opened it in between", async () => {
        scene.chain.ledger.closed.set("10/0", "owed");
        redeemer.start();
        await pass(BLOCK);
        scene.chain.ledger.closed.clear();
        scene.chain.bad.add(0n);
        await pass(BLOCK);
        scene.chain.ledger.closed.set("10/0", "owed");
        await pass(3 * BLOCK - 1);
        expect(statusOf(0n)).to.equal("pending");
        await pass(1_001);
        expect(statusOf(0n)).to.equal("claimed");
      });

      it("and count again when a default was settled in between", async () => {
        scene.chain.ledger.closed.set("10/0", "owed");
        redeemer.start();
        await pass(BLOCK);
        scene.chain.ledger.closed.set("10/0", "paid");
        await pass(3 * BLOCK - 1);
        expect(statusOf(0n)).to.equal("pending");
        await pass(1_001);
        expect(statusOf(0n)).to.equal("redeemed");
      });
    });

    it("closes in the middle of everything and loses nothing", async () => {
      addAll(20);
      scene.chain.fates.push("take", "ignore", "revert");
      const first = create({ maxInFlight: 4, policy: { batchSize: 4 } });
      const drained = first.drain(new AbortController().signal).catch((error: Error) => error.message);
      await pass(BLOCK + 1);
      await scene.clock.runUntil(first.close());
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
        expect(scene.store.winners.count("included")).to.equal(6);
        expect(scene.store.recipient.unredeemed(SENDER)).to.equal(0n);
        scene.chain.reorganise(4, isForgetful);
        expect(scene.chain.ledger.closed.size).to.equal(0);
        await pass(5_000);
        expect(kinds("removed")).to.have.length(3);
        expect(scene.store.recipient.unredeemed(SENDER)).to.equal(6n * FACE);
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
});
