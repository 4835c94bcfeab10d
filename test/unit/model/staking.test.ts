import { expect } from "chai";
import { MAX_SCAR } from "../../../sim/model/staking/scars.ts";
import { MINIMUM_POSITION } from "../../../sim/model/staking/staking.ts";
import { ONE, PARAMETERS } from "../../properties/staking/twins.ts";
import { afterSlash, expectNear, FRACTION, LPT, refusal, Scene, WINDOW } from "./scene.ts";

describe("staking, as it is modelled", () => {
  describe("rewards", () => {
    it("S2: rewards go to what was active when the round began: a late bond gets none of it, and takes none away", () => {
      const alone = new Scene();
      const joined = new Scene();
      joined.rounds.now = joined.rounds.startOf(joined.round + 1n) - 1n;
      joined.staking.bond("D", 1_000_000n * LPT, "O");
      alone.nextRound();
      joined.nextRound();
      expectNear(joined.staking.stakeOf("D"), 1_000_000n * LPT);
      expectNear(joined.staking.stakeOf("O"), alone.staking.stakeOf("O"));
      expectNear(joined.staking.commissionOf("O"), alone.staking.commissionOf("O"));
    });

    it("S2: rewards stay with who leaves during the round", () => {
      const stays = new Scene();
      stays.staking.bond("D", 1_000n * LPT, "O");
      stays.nextRound();
      stays.nextRound();

      const leaves = new Scene();
      leaves.staking.bond("D", 1_000n * LPT, "O");
      leaves.nextRound();
      leaves.staking.unbond("D", leaves.staking.stakeOf("D"));
      leaves.nextRound();
      expect(leaves.wealth("D") > 1_000n * LPT).to.equal(true);
      expectNear(leaves.wealth("D"), stays.wealth("D"));
    });

    it("S2: rewards are not larger for who hops between orchestrators", () => {
      const scene = new Scene("P");
      scene.staking.bond("hopper", 1_000n * LPT, "O");
      scene.staking.bond("loyal", 1_000n * LPT, "O");
      for (let hop = 0; hop < 10; hop++) {
        scene.nextRound(WINDOW);
        const from = scene.staking.account("hopper").orchestrator;
        if (from === null) continue;
        scene.staking.unbond("hopper", scene.staking.stakeOf("hopper"));
        scene.nextRound(WINDOW);
        const [lock] = [...scene.staking.account("hopper").locks.keys()];
        scene.staking.rebond("hopper", lock!, from === "O" ? "P" : "O");
      }
      scene.nextRound();
      expect(scene.wealth("hopper") < scene.wealth("loyal")).to.equal(true);
    });

    it("S2: rewards do not change with who touches a pool, or how often, in 2,000 rounds", () => {
      const lazy = new Scene();
      const eager = new Scene();
      for (const scene of [lazy, eager]) scene.staking.bond("D", 1_000n * LPT, "O");
      for (let n = 0; n < 2_000; n++) eager.nextRound();
      lazy.passRounds(2_000n);
      for (const who of ["O", "D"]) {
        // Each of 2,000 touches rounds down a wei, which then grows as all stake does: 300-fold here.
        expectNear(eager.wealth(who), lazy.wealth(who), 2_000n * 2n * 400n);
      }
    });

    it("S2: rewards leave the delegators of an orchestrator that keeps everything exactly their stake", () => {
      const scene = new Scene();
      scene.staking.setCommission("O", { rewardCut: ONE, feeShare: 0n });
      scene.passRounds(PARAMETERS.commissionNotice);
      scene.staking.bond("D", 1_000n * LPT, "O");
      scene.passRounds(50n);
      expectNear(scene.staking.stakeOf("D"), 1_000n * LPT);
    });
  });

  describe("a commission", () => {
    it("S4: a commission binds only from its announced round on, however late anybody looks", () => {
      const scenes = [new Scene(), new Scene()] as const;
      for (const { staking } of scenes) {
        staking.bond("D", 1_000n * LPT, "O");
        staking.setCommission("O", { rewardCut: ONE, feeShare: 0n });
      }
      const [punctual, late] = scenes;
      punctual.passRounds(PARAMETERS.commissionNotice);
      const fixed = punctual.staking.stakeOf("D");
      expect(fixed > 1_000n * LPT).to.equal(true);
      punctual.passRounds(30n);
      expectNear(punctual.staking.stakeOf("D"), fixed);
      late.passRounds(PARAMETERS.commissionNotice + 30n);
      expectNear(late.staking.stakeOf("D"), fixed);
    });
  });

  describe("slashing", () => {
    it("S5: a slash takes its fraction of the orchestrator's stake, commission and delegators alike", () => {
      const scene = new Scene();
      scene.staking.bond("D", 1_000n * LPT, "O");
      scene.passRounds(5n);
      const before = { O: scene.wealth("O"), D: scene.wealth("D"), held: scene.staking.held };
      const { loss, bounty } = scene.punish("O", scene.round);
      expectNear(scene.wealth("O"), afterSlash(before.O));
      expectNear(scene.wealth("D"), afterSlash(before.D));
      expectNear(loss, ((before.O + before.D) * FRACTION) / ONE);
      expectNear(bounty, (before.O * FRACTION) / ONE / 2n);
      expect(scene.staking.held).to.equal(before.held - loss);
    });

    it("S5: a slash reaches stake that is on its way out, and only what left after the fault", () => {
      const scene = new Scene();
      for (const who of ["early", "late"]) scene.staking.bond(who, 1_000n * LPT, "O");
      scene.nextRound();
      scene.staking.unbond("early", scene.staking.stakeOf("early"));
      scene.nextRound();
      const fault = scene.round;
      scene.staking.unbond("late", scene.staking.stakeOf("late"));
      scene.nextRound();
      const before = { early: scene.wealth("early"), late: scene.wealth("late") };
      scene.punish("O", fault);
      expect(scene.wealth("early")).to.equal(before.early);
      expectNear(scene.wealth("late"), afterSlash(before.late));
    });

    it("S5: a slash spares stake that became active after the fault, whenever it was bonded", () => {
      const scene = new Scene();
      scene.staking.bond("before", 1_000n * LPT, "O");
      scene.nextRound();
      const fault = scene.round;
      scene.staking.bond("during", 1_000n * LPT, "O");
      scene.nextRound(WINDOW - 1n);
      scene.staking.bond("after", 1_000n * LPT, "O");
      const before = Object.fromEntries(["before", "during", "after"].map((who) => [who, scene.wealth(who)]));
      scene.punish("O", fault);
      expectNear(scene.wealth("before"), afterSlash(before["before"]!));
      expectNear(scene.wealth("during"), before["during"]!);
      expectNear(scene.wealth("after"), before["after"]!);
    });

    it("S5: a slash lets young stake leave at once and still pay for the faults of its own time alone", () => {
      const scene = new Scene();
      scene.staking.bond("young", 1_000n * LPT, "O");
      const earlier = scene.round;
      scene.nextRound(1n);
      const own = scene.round;
      scene.staking.openDispute("O", earlier);
      scene.staking.unbond("young", scene.staking.stakeOf("young"));
      scene.nextRound();
      const before = scene.wealth("young");
      scene.staking.slash("O", earlier, FRACTION);
      expectNear(scene.wealth("young"), before);
      scene.punish("O", own);
      expectNear(scene.wealth("young"), afterSlash(before));
    });

    it("S5: a slash takes of stake that left at once for each kind what that answers for, and of own stake as well", () => {
      const scene = new Scene();
      scene.staking.bond("D", 1_000n * LPT, "O");
      scene.nextRound();
      const fault = scene.round;
      scene.staking.bond("D", 2_000n * LPT, "O");
      scene.staking.bond("O", 3_000n * LPT, "O");
      scene.nextRound(1n);
      scene.staking.openDispute("O", fault);
      // Of both, the first bond is old by now and the second is not.
      const leave = (who: string) => scene.staking.unbond(who, scene.staking.stakeOf(who)).locks.map(({ id }) => id);
      expect(leave("D")).to.deep.equal([0, 1]);
      expect(leave("O")).to.deep.equal([0, 1]);
      scene.nextRound();
      const value = (who: string) => [0, 1].map((id) => scene.staking.lockValue(who, id));
      const before = { D: value("D"), O: value("O") };
      const commission = scene.staking.commissionOf("O");
      const { bounty } = scene.staking.slash("O", fault, FRACTION);
      for (const who of ["D", "O"] as const) {
        expectNear(value(who)[0]!, afterSlash(before[who][0]!));
        expect(value(who)[1]).to.equal(before[who][1]);
      }
      expectNear(bounty, ((before.O[0]! + commission) * FRACTION) / ONE / 2n);
    });

    it("S5: a slash cannot be escaped by bonding again, here or elsewhere, while the fault can be challenged", () => {
      const scene = new Scene("P");
      scene.staking.bond("D", 1_000n * LPT, "O");
      scene.nextRound();
      scene.staking.unbond("D", scene.staking.stakeOf("D"));
      const again = (to: string) => refusal(() => scene.staking.rebond("D", 0, to));
      expect(again("O")).to.equal("BondingManagerStillLiable");
      scene.nextRound(WINDOW - 1n);
      expect(again("P")).to.equal("BondingManagerStillLiable");
      scene.staking.openDispute("O", scene.round - 1n);
      scene.rounds.now += 1n;
      expect(again("P")).to.equal("BondingManagerDisputed");
      scene.staking.closeDispute("O", scene.round - 1n);
      expect(again("P")).to.equal("none");
    });

    it("S5: a slash is no reason to withdraw later: a dispute changes what a lock is worth, never its date", () => {
      const scene = new Scene();
      scene.staking.bond("D", 1_000n * LPT, "O");
      scene.nextRound();
      scene.staking.unbond("D", scene.staking.stakeOf("D"));
      const { withdrawRound } = scene.staking.account("D").locks.get(0)!;
      expect(withdrawRound).to.equal(scene.round + PARAMETERS.unbondingPeriod);
      scene.passRounds(PARAMETERS.unbondingPeriod - 1n);
      scene.staking.openDispute("O", scene.round);
      expect(refusal(() => scene.staking.withdrawStake("D", 0))).to.equal("BondingManagerWithdrawTooEarly");
      scene.nextRound();
      expect(refusal(() => scene.staking.withdrawStake("D", 0))).to.equal("none");
    });

    it("S5: a slash happens once for a round, and only for a fault under dispute", () => {
      const scene = new Scene();
      const fault = scene.round;
      const slash = () => refusal(() => scene.staking.slash("O", fault, FRACTION));
      expect(slash()).to.equal("BondingManagerNotDisputed");
      scene.staking.openDispute("O", fault);
      expect(slash()).to.equal("none");
      expect(slash()).to.equal("BondingManagerSlashed");
      scene.nextRound(WINDOW);
      expect(refusal(() => scene.staking.openDispute("O", fault))).to.equal("BondingManagerFaultTooOld");
    });

    it("comes too late when the round after the fault is over, however long the window", () => {
      const scene = new Scene();
      scene.rounds.setLength(WINDOW / 2n);
      scene.nextRound();
      const fault = scene.round;
      scene.staking.bond("D", 1_000n * LPT, "O");
      scene.nextRound();
      const open = () => refusal(() => scene.staking.openDispute("O", fault));
      scene.rounds.now = scene.rounds.startOf(fault + 2n) - 1n;
      scene.touch();
      expect([...scene.staking.pools.get("O")!.units.young.keys()]).to.deep.equal([fault + 1n]);
      expect(open()).to.equal("none");
      scene.staking.closeDispute("O", fault);
      scene.rounds.now += 1n;
      scene.touch();
      expect(open()).to.equal("BondingManagerFaultTooOld");
      expect(scene.staking.pools.get("O")!.units.young.size).to.equal(0);
    });

    it("forgives as many faults within a period as are allowed, and jails nobody for them", () => {
      const scene = new Scene();
      scene.staking.parameters = { ...PARAMETERS, faultAllowance: 2n, faultPeriod: 3n };
      const first = scene.round;
      const outcomes = [];
      for (let n = 0n; n < 4n; n++) {
        const before = scene.wealth("O");
        outcomes.push(scene.punish("O", scene.round).loss > 0n);
        expect(scene.wealth("O") < before).to.equal(outcomes.at(-1));
        expect(scene.staking.pool("O").jailed).to.equal(n >= 2n);
        scene.nextRound();
      }
      // The fourth lies three rounds after the first, which counts no more.
      expect(outcomes).to.deep.equal([false, false, true, false]);
      expect([...scene.staking.pool("O").forgiven]).to.deep.equal([first, first + 1n, first + 3n]);
    });

    it("forgives once for a round, and counts what was forgiven for a later fault that was settled before", () => {
      const scene = new Scene();
      scene.staking.parameters = { ...PARAMETERS, faultAllowance: 1n };
      const fault = scene.round;
      scene.staking.openDispute("O", fault);
      scene.nextRound();
      expect(scene.punish("O", fault + 1n).loss).to.equal(0n);
      expect(scene.staking.slash("O", fault, FRACTION).loss > 0n).to.equal(true);
      scene.staking.openDispute("O", fault + 1n);
      expect(refusal(() => scene.staking.slash("O", fault + 1n, FRACTION))).to.equal("BondingManagerSlashed");
    });

    it("forgives an old fault that was settled late, if what was forgiven since lies a period after it", () => {
      for (const [later, forgiven] of [
        [2n, false],
        [3n, true],
      ] as const) {
        const scene = new Scene();
        scene.staking.parameters = { ...PARAMETERS, faultAllowance: 1n, faultPeriod: 3n };
        const fault = scene.round;
        scene.staking.openDispute("O", fault);
        scene.passRounds(later);
        expect(scene.punish("O", fault + later).loss).to.equal(0n);
        expect(scene.staking.slash("O", fault, FRACTION).loss === 0n).to.equal(forgiven);
      }
    });

    it("gives a scar only to young units that there are, and none deeper than to 2^3", () => {
      const scene = new Scene();
      const { staking } = scene;
      const fault = scene.round;
      staking.bond("entering", 1_000n * LPT, "O");
      staking.openDispute("O", fault);
      const { scars } = staking.pool("O");
      staking.slash("O", fault, (ONE * 999n) / 1_000n);
      expect(scars.of(fault + 1n)).to.equal(MAX_SCAR);
      expect(scars.changes(fault + 1n)).to.deep.equal([fault + 1n]);
      scene.nextRound();
      staking.openDispute("O", fault + 1n);
      staking.slash("O", fault + 1n, FRACTION);
      // Neither who became active before the fault nor who did not come after it.
      expect(scars.changes(fault + 1n)).to.deep.equal([fault + 1n]);
      expect(scars.changes(fault + 2n)).to.deep.equal([]);
    });

    it("gives no scar to stake that was taken back before it entered", () => {
      const scene = new Scene();
      const fault = scene.round;
      scene.staking.bond("D", 1_000n * LPT, "O");
      scene.staking.unbond("D", 1_000n * LPT);
      scene.punish("O", fault);
      expect(scene.staking.pool("O").scars.changes(fault + 1n)).to.deep.equal([]);
      scene.staking.bond("D", 1_000n * LPT, "O");
      scene.nextRound();
      expectNear(scene.staking.stakeOf("D"), 1_000n * LPT);
    });

    it("S5: a slash costs an orchestrator that challenges itself through a stranger", () => {
      const scene = new Scene();
      const before = scene.wealth("O");
      const { bounty } = scene.punish("O", scene.round);
      expect(scene.wealth("O") + bounty < before - (before * FRACTION) / ONE / 3n).to.equal(true);
    });

    it("S5: a slash pays the bounty from the orchestrator's own exits as well", () => {
      const scene = new Scene();
      const fault = scene.round;
      scene.staking.unbond("O", scene.staking.stakeOf("O"));
      scene.nextRound();
      const before = scene.wealth("O");
      expectNear(scene.punish("O", fault).bounty, (before * FRACTION) / ONE / 2n);
    });

    it("S5: a slash stops the rewards until the orchestrator is let out of jail and asks for it", () => {
      const scene = new Scene();
      scene.punish("O", scene.round);
      expect(refusal(() => scene.staking.unjail("O"))).to.equal("BondingManagerJailed");
      scene.nextRound();
      const wealth = scene.wealth("O");
      scene.passRounds(PARAMETERS.jailPeriod);
      expect(scene.wealth("O")).to.equal(wealth);
      scene.staking.unjail("O");
      scene.passRounds(2n);
      expect(scene.wealth("O") > wealth).to.equal(true);
    });
  });

  describe("rounding", () => {
    it("S7: rounding makes nobody richer in 10,000 bonds and unbonds, and holds what is claimed", () => {
      const scene = new Scene();
      scene.staking.bond("D", 1_000n * LPT, "O");
      scene.passRounds(3n);
      const before = { O: scene.wealth("O"), D: scene.wealth("D") };
      let inside = 0n;
      for (let n = 0; n < 10_000; n++) {
        const amount = MINIMUM_POSITION + BigInt(n);
        scene.staking.bond("thief", amount, "O");
        inside += amount;
        inside -= scene.staking.unbond("thief", scene.staking.waitingOf("thief")).paid;
      }
      expect(inside >= 0n, "the thief's gain").to.equal(true);
      expect(scene.wealth("O") >= before.O && scene.wealth("D") >= before.D).to.equal(true);
      scene.nextRound();
      expect(scene.staking.held >= scene.wealth("O") + scene.wealth("D") + scene.wealth("thief")).to.equal(true);
    });

    it("S7: rounding gives the first delegator no hold on the price: the second gets what was paid", () => {
      const scene = new Scene();
      scene.staking.unbond("O", scene.staking.stakeOf("O"));
      scene.nextRound(WINDOW);
      scene.staking.bond("first", MINIMUM_POSITION, "O");
      scene.passRounds(3n);
      scene.staking.bond("second", 100_000n * LPT, "O");
      expectNear(scene.staking.waitingOf("second"), 100_000n * LPT, (100_000n * LPT) / MINIMUM_POSITION);
    });

    it("comes to an end where a pool has lost so much that a bond would make too many units", () => {
      const scene = new Scene();
      const { staking } = scene;
      // 100,000 units a wei: 2^92 of them are worth some 50,000 LPT.
      for (let n = 0; n < 5; n++) {
        staking.openDispute("O", scene.round);
        staking.slash("O", scene.round, (ONE * 9n) / 10n);
        staking.closeDispute("O", scene.round);
        scene.nextRound();
      }
      const bond = (amount: bigint) => refusal(() => staking.bond("D", amount, "O"));
      const { stake } = staking.pool("O");
      const most = (2n ** 92n * stake) / staking.pool("O").units.old - stake;
      expect(bond(most + LPT)).to.equal("BondingManagerPoolWorthless");
      expect(bond(most / 2n)).to.equal("none");
      expect(bond(most / 2n + LPT)).to.equal("BondingManagerPoolWorthless");
      expect(bond(most / 2n - LPT)).to.equal("none");
    });

    it("S7: rounding has a bound: positions are refused that are so small that a price in wei could not follow a slash", () => {
      const scene = new Scene();
      expect(refusal(() => scene.staking.bond("D", MINIMUM_POSITION - 1n, "O"))).to.equal(
        "BondingManagerAmountTooSmall",
      );
      scene.staking.bond("D", MINIMUM_POSITION, "O");
      expect(refusal(() => scene.staking.unbond("D", 1n))).to.equal("BondingManagerRemainderTooSmall");
      expect(scene.staking.unbond("D", MINIMUM_POSITION).paid).to.equal(MINIMUM_POSITION);
    });
  });

  describe("the active set", () => {
    it("holds who has enough, from the next round on, and nobody's joining drops another", () => {
      const scene = new Scene();
      for (let n = 0; n < 50; n++) {
        scene.staking.register(`N${n}`, { rewardCut: 0n, feeShare: 0n }, 5_000n * LPT);
      }
      expect(scene.staking.pools.get("N7")!.earns).to.equal(false);
      scene.nextRound();
      expect([...scene.staking.pools.values()].every(({ earns }) => earns)).to.equal(true);
    });

    it("loses who falls below, and gives a node that comes back in the same round neither more nor less", () => {
      const scene = new Scene("P");
      scene.staking.unbond("O", 6_000n * LPT);
      expect(scene.staking.pools.get("O")!.willEarn).to.equal(false);
      scene.staking.bond("O", 6_000n * LPT, "O");
      expect(scene.staking.pools.get("O")!.willEarn).to.equal(true);
      scene.nextRound();
      // The round's reward on all that was active when it began, whatever left meanwhile.
      expectNear(scene.wealth("O"), scene.wealth("P") + 6_000n * LPT);
    });

    it("loses who resigns, and takes it back with enough stake; its delegators stay", () => {
      const scene = new Scene();
      const { staking } = scene;
      staking.bond("D", 6_000n * LPT, "O");
      scene.passRounds(2n);
      staking.bond("O", 3n * LPT, "O");
      const wealth = scene.wealth("O");
      const { paid, locks, commission } = staking.resign("O");
      expect(paid > 2n * LPT && paid <= 3n * LPT).to.equal(true);
      expect([locks.length, commission > 0n, staking.account("O").lockCount]).to.deep.equal([1, true, 2]);
      expect(refusal(() => staking.resign("O"))).to.equal("BondingManagerInsufficientStake");
      scene.nextRound();
      expect([staking.pool("O").earns, staking.stakeOf("O"), staking.commissionOf("O")]).to.deep.equal([false, 0n, 0n]);
      expect(scene.wealth("O") >= wealth - paid).to.equal(true);
      expect(staking.stakeOf("D") > 6_000n * LPT).to.equal(true);
      staking.bond("O", 500n * LPT, "O");
      scene.nextRound();
      expect(staking.pool("O").earns).to.equal(true);
    });

    it("follows a raised minimum when somebody pokes, and not before", () => {
      const scene = new Scene();
      scene.staking.parameters = { ...PARAMETERS, minimumStake: 20_000n * LPT };
      expect(scene.staking.pools.get("O")!.willEarn).to.equal(true);
      scene.staking.reward("O");
      expect(scene.staking.pools.get("O")!.willEarn).to.equal(false);
    });

    it("loses nobody for a raised minimum when stake is added, and for its own stake only when itself or anyone else pokes", () => {
      const scene = new Scene();
      const { staking } = scene;
      staking.bond("D", 10_000n * LPT, "O");
      scene.nextRound(WINDOW);
      staking.unbond("D", 1_000n * LPT);
      scene.nextRound(WINDOW);
      const willEarn = () => staking.pool("O").willEarn;
      staking.parameters = { ...PARAMETERS, minimumStake: 1_000_000n * LPT, minimumSelfStake: 50_000n * LPT };
      staking.bond("D", 1_000n * LPT, "O");
      staking.rebond("D", 0, "O");
      expect(willEarn()).to.equal(true);
      staking.parameters = { ...PARAMETERS, minimumSelfStake: 50_000n * LPT };
      staking.unbond("D", 500n * LPT);
      expect(willEarn()).to.equal(true);
      staking.unbond("O", LPT);
      expect(willEarn()).to.equal(false);
      // What does not earn is looked at whole, whoever adds.
      staking.bond("D", 1_000n * LPT, "O");
      expect(willEarn()).to.equal(false);
      staking.parameters = PARAMETERS;
      staking.bond("D", 1_000n * LPT, "O");
      expect(willEarn()).to.equal(true);
      staking.parameters = { ...PARAMETERS, minimumStake: 1_000_000n * LPT };
      staking.unbond("D", 500n * LPT);
      expect(willEarn()).to.equal(false);
    });

    it("holds a new orchestrator only once somebody acts on its pool, even if nothing is asked of it", () => {
      const scene = new Scene();
      scene.staking.parameters = { ...PARAMETERS, minimumStake: 0n, minimumSelfStake: 0n };
      scene.staking.register("N", { rewardCut: 0n, feeShare: 0n }, 0n);
      expect(scene.staking.pool("N").willEarn).to.equal(false);
      scene.staking.reward("N");
      expect(scene.staking.pool("N").willEarn).to.equal(true);
    });

    it("follows a raised minimum when fees come only if the pool is brought up to date for them", () => {
      const scene = new Scene();
      scene.nextRound();
      const { round, staking } = scene;
      staking.parameters = { ...PARAMETERS, minimumStake: 1_000_000n * LPT };
      staking.addFees("O", round - 2n, 1n);
      expect(staking.pool("O").willEarn).to.equal(true);
      scene.rounds.now = scene.rounds.startOf(round + 1n);
      staking.addFees("O", round - 1n, 1n);
      expect(staking.pool("O").round).to.equal(round + 1n);
      expect(staking.pool("O").willEarn).to.equal(false);
    });
  });

  it("leaves nothing of an action that is refused, not even the growth of its round", () => {
    const scene = new Scene("P");
    scene.staking.unbond("O", 1_000n * LPT);
    const start = scene.round;
    scene.rounds.now = scene.rounds.startOf(start + 20n);
    const { held } = scene.staking;
    expect(refusal(() => scene.staking.bond("D", 1n, "O"))).to.equal("BondingManagerAmountTooSmall");
    expect(refusal(() => scene.staking.rebond("O", 0, "P"))).to.equal("BondingManagerBondedElsewhere");
    expect(scene.staking.held).to.equal(held);
    expect(scene.staking.pool("O").round).to.equal(start);
    expect(scene.staking.emission.keeps(start + 20n)).to.equal(false);
  });

  it("brings the whole up to date when a lock is paid, though its pool has long left it behind", () => {
    const scene = new Scene();
    scene.staking.unbond("O", 1_000n * LPT);
    scene.nextRound();
    const due = scene.round + PARAMETERS.unbondingPeriod;
    scene.rounds.now = scene.rounds.startOf(due - 2n);
    expect(refusal(() => scene.staking.withdrawStake("O", 0))).to.equal("BondingManagerWithdrawTooEarly");
    expect(scene.staking.emission.keeps(due - 2n)).to.equal(false);
    scene.rounds.now = scene.rounds.startOf(due);
    scene.staking.withdrawStake("O", 0);
    expect(scene.staking.emission.round).to.equal(due);
  });

  it("S6: staking goes on after 10,000 rounds in which nobody did anything", () => {
    const scene = new Scene();
    scene.staking.bond("D", 1_000n * LPT, "O");
    scene.rounds.now = scene.rounds.startOf(scene.round + 10_000n);
    scene.staking.unbond("D", 500n * LPT);
    expect(scene.wealth("D") > 1_000n * LPT).to.equal(true);
    scene.touch();
    expect(scene.staking.held >= scene.wealth("D") + scene.wealth("O")).to.equal(true);
  });
});
