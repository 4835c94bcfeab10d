import { expect } from "chai";
import { MaxUint256, parseEther, ZeroAddress } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import {
  bondAs,
  fundDeposit,
  passRounds,
  redeemAs,
  redemptionOf,
  registerAs,
  ticketOf,
  toRound,
} from "../../../fixtures/protocol.ts";
import { CPU } from "../../../fixtures/registry.ts";
import {
  afterSlash,
  expectNear,
  FIRST,
  inTwin,
  loadStage,
  LPT,
  MINIMUM_POSITION,
  ONE,
  passWindow,
  punish,
  STAKE,
  stakeOf,
  wealthOf,
  WINDOW,
} from "../../../fixtures/staking.ts";
import type { Stage } from "../../../fixtures/staking.ts";

/** {wei LPT} What a few steps may round down, of one claim. */
const DUST = 10n;
const FEES = parseEther("8");

describe("who attacks the stake", function () {
  let p: Stage;
  let bonding: Stage["bonding"];
  let attacker: HardhatEthersSigner;
  let honest: HardhatEthersSigner;

  beforeEach(async function () {
    p = await loadStage();
    bonding = p.bonding;
    [, attacker, honest] = p.others as [HardhatEthersSigner, HardhatEthersSigner, HardhatEthersSigner];
  });

  const unbondAll = async (who: HardhatEthersSigner) => bonding.connect(who).unbond(await stakeOf(p, who));
  const wealth = (...whose: HardhatEthersSigner[]) => Promise.all(whose.map((who) => wealthOf(p, who)));
  /** What the stage's three have. */
  const others = () => wealth(p.orchestrator, p.delegator, p.rival);
  /** To the last seconds of the present round. */
  const toLastMoment = async () => {
    const next = (await p.rounds.currentRound()) + 1n;
    await p.networkHelpers.time.increaseTo((await p.rounds.roundStart(next)) - 10n);
  };

  describe("for rewards", function () {
    it("S2: rewards are no larger for who hops between orchestrators than for who stays", async function () {
      await bondAs(p, attacker, STAKE, p.orchestrator);
      await bondAs(p, honest, STAKE, p.orchestrator);
      for (let hop = 0; hop < 8; hop++) {
        await passRounds(p, 1n);
        await passWindow(p);
        await unbondAll(attacker);
        await passRounds(p, 1n);
        await passWindow(p);
        await bonding.connect(attacker).rebond(hop, hop % 2 === 0 ? p.rival : p.orchestrator);
        expect(await wealthOf(p, attacker)).to.be.at.most((await wealthOf(p, honest)) + DUST);
      }
      await passRounds(p, 1n);
      // Half of the rounds were spent on the way.
      const [hopper, loyal] = await wealth(attacker, honest);
      expect(hopper! - STAKE).to.be.lessThan(((loyal! - STAKE) * 2n) / 3n);
    });

    it("S2: rewards of a round are none of who bonds just before it ends, and no less for who was there", async function () {
      const [alone, joined] = [
        await inTwin(p, async () => {
          await toRound(p, FIRST + 1n);
          return others();
        }),
        await inTwin(p, async () => {
          await toLastMoment();
          await bondAs(p, attacker, 1_000_000n * LPT, p.orchestrator);
          await toRound(p, FIRST + 1n);
          expectNear(await wealthOf(p, attacker), 1_000_000n * LPT, DUST);
          return others();
        }),
      ];
      for (const [i, one] of joined.entries()) expectNear(one, alone[i]!, DUST);
    });

    it("S2: rewards that have accrued are none of who bonds before somebody calls for them", async function () {
      await toRound(p, FIRST + 20n);
      const before = await others();
      await bondAs(p, attacker, 1_000_000n * LPT, p.orchestrator);
      await bonding.reward(p.orchestrator);
      await bonding.connect(attacker).unbond((await bonding.getDelegator(attacker)).waiting);
      expect(await p.token.balanceOf(attacker)).to.be.at.most(1_000_000n * LPT);
      expect(await others()).to.deep.equal(before);
    });

    it("S2: rewards are not moved by the least position before each reward", async function () {
      const alone = await inTwin(p, async () => {
        await toRound(p, FIRST + 6n);
        return others();
      });
      await bondAs(p, attacker, MINIMUM_POSITION, p.orchestrator);
      for (let n = 0; n < 6; n++) {
        await passRounds(p, 1n);
        await bondAs(p, attacker, MINIMUM_POSITION, p.orchestrator);
        await bonding.reward(p.orchestrator);
      }
      // What the attacker gets of it, six rounds and 0.07 LPT at most, the others get less; and a wei a touch.
      const lost = (await wealthOf(p, attacker)) - 7n * MINIMUM_POSITION;
      expect(lost).to.be.lessThan(7n * MINIMUM_POSITION);
      for (const [i, one] of (await others()).entries()) expectNear(one, alone[i]!, 7n * MINIMUM_POSITION);
    });

    it("S2: rewards are not earned between falling below the minimum and coming back, and none before is lost", async function () {
      const orchestrator = bonding.connect(p.orchestrator);
      const stays = await inTwin(p, async () => {
        await toRound(p, FIRST + 1n);
        return wealthOf(p, p.orchestrator);
      });
      await orchestrator.unbond(STAKE);
      await toRound(p, FIRST + 1n);
      expectNear(await wealthOf(p, p.orchestrator), stays, DUST);
      expect(await bonding.isActive(p.orchestrator)).to.equal(false);

      await passWindow(p);
      await bonding.reward(p.rival);
      const [, next] = await bonding.totalActiveStake();
      const fixed = await others();
      await bondAs(p, p.orchestrator, STAKE, p.orchestrator);
      expect((await bonding.totalActiveStake()).next).to.be.greaterThan(next + STAKE);
      await toRound(p, FIRST + 2n);
      const after = await others();
      expectNear(after[0]!, fixed[0]! + STAKE, DUST);
      expectNear(after[1]!, fixed[1]!, DUST);
      await toRound(p, FIRST + 3n);
      expect(await wealthOf(p, p.delegator)).to.be.greaterThan(after[1]! + LPT);
    });

    it("S2: rewards of an orchestrator that works for nobody and keeps all: its delegators have exactly their stake", async function () {
      await registerAs(p, attacker, { selfStake: STAKE, rewardCut: ONE });
      await bondAs(p, honest, STAKE, attacker);
      await toRound(p, FIRST + 50n);
      expect(await stakeOf(p, honest)).to.equal(STAKE);
      expect((await bonding.getOrchestrator(attacker)).commission).to.be.greaterThan(STAKE);
      await unbondAll(honest);
      expect((await bonding.getUnbondingLock(honest, 0)).amount).to.equal(STAKE);
    });
  });

  describe("to escape a slash", function () {
    it("S5: a slash takes as much of who unbonds before it as of who stays", async function () {
      await bondAs(p, attacker, STAKE, p.orchestrator);
      await bondAs(p, honest, STAKE, p.orchestrator);
      await toRound(p, FIRST + 1n);
      const fault = FIRST + 1n;
      await toLastMoment();
      await unbondAll(attacker);
      await toRound(p, fault + 1n);
      const before = await wealth(attacker, honest);
      await punish(p, { fault });
      const [left, stayed] = await wealth(attacker, honest);
      expectNear(left!, afterSlash(before[0]!), DUST);
      expectNear(stayed!, afterSlash(before[1]!), DUST);
      expectNear(left!, stayed!, DUST);
    });

    it("S5: a slash is not escaped by bonding again, here or elsewhere, while the fault can be challenged or is under dispute", async function () {
      const delegator = bonding.connect(p.delegator);
      await delegator.unbond(STAKE);
      for (const to of [p.orchestrator, p.rival]) {
        await expect(delegator.rebond(0, to)).to.be.revertedWithCustomError(bonding, "BondingManagerStillLiable");
      }
      await toRound(p, FIRST + 1n);
      await p.networkHelpers.time.increase(WINDOW - 20n);
      for (const to of [p.orchestrator, p.rival]) {
        await expect(delegator.rebond(0, to)).to.be.revertedWithCustomError(bonding, "BondingManagerStillLiable");
      }
      await p.module.openDispute(CPU, p.orchestrator, FIRST);
      await passWindow(p);
      await expect(delegator.rebond(0, p.rival)).to.be.revertedWithCustomError(bonding, "BondingManagerDisputed");
      const before = await wealthOf(p, p.delegator);
      await p.module.slash(CPU, p.orchestrator, FIRST, ONE / 20n, p.stranger);
      expectNear(await wealthOf(p, p.delegator), afterSlash(before), DUST);
      await expect(delegator.rebond(0, p.rival)).to.be.revertedWithCustomError(bonding, "BondingManagerDisputed");
      await p.module.closeDispute(CPU, p.orchestrator, FIRST);
      await delegator.rebond(0, p.rival);
      expectNear(await wealthOf(p, p.delegator), afterSlash(before), DUST);
    });

    it("S5: a slash is not escaped by leaving and coming back to pose as young stake", async function () {
      await unbondAll(p.delegator);
      await bondAs(p, p.delegator, STAKE, p.orchestrator);
      await toRound(p, FIRST + 1n);
      const { stake } = await bonding.getDelegator(p.delegator);
      const { amount } = await bonding.getUnbondingLock(p.delegator, 0);
      await punish(p, { fault: FIRST });
      // The new stake came with new tokens and was not there; the old one pays on its way out.
      expectNear(await stakeOf(p, p.delegator), stake, DUST);
      expectNear((await bonding.getUnbondingLock(p.delegator, 0)).amount, afterSlash(amount), DUST);
    });

    it("S5: a slash costs more than its bounty brings to who challenges itself through another", async function () {
      await unbondAll(p.delegator);
      await toRound(p, FIRST + 2n);
      const sum = async () => (await wealthOf(p, p.orchestrator)) + (await p.token.balanceOf(attacker));
      for (const fraction of [1n, ONE / 20n, ONE / 2n]) {
        await inTwin(p, async () => {
          const before = await sum();
          const { loss, bounty } = await punish(p, { fault: FIRST + 2n, fraction, challenger: attacker });
          expect(bounty).to.be.at.most(loss / 2n);
          expectNear(await sum(), before - loss + bounty, DUST);
          if (fraction > 1n) expect(await sum()).to.be.lessThan(before);
        });
      }
    });

    it("S5: a slash gives its treasury's part to nobody who is behind the orchestrator, delegators' losses pay no bounty", async function () {
      const { loss, bounty } = await punish(p, { fault: FIRST, challenger: p.delegator });
      // Its own loss is as large as the orchestrator's, half of which is the bounty.
      expect(bounty).to.equal(loss / 4n);
      expect((await wealthOf(p, p.delegator)) + bounty).to.be.lessThan(STAKE);
    });
  });

  describe("for fees", function () {
    it("S3: fees are none of who bonds after the ticket was made, and before it is redeemed", async function () {
      await fundDeposit(p, parseEther("100"));
      const signed = await ticketOf(p, { faceValue: FEES });
      await bondAs(p, attacker, 1_000_000n * LPT, p.orchestrator);
      await toRound(p, FIRST + 1n);
      await p.broker.connect(p.orchestrator).redeem(...redemptionOf(signed));
      await toRound(p, FIRST + 3n);
      await bonding.pullFees(p.orchestrator, MaxUint256);
      expect(await bonding.claimableFees(attacker)).to.equal(0);
      const part = await bonding.claimableFees(p.delegator);
      expectNear(part, FEES / 4n, 1n);
    });

    it("S3: fees are not taken from who leaves by redeeming after it", async function () {
      await fundDeposit(p, parseEther("100"));
      const signed = await ticketOf(p, { faceValue: FEES });
      await unbondAll(p.delegator);
      await toRound(p, FIRST + 2n);
      await p.broker.connect(p.orchestrator).redeem(...redemptionOf(signed));
      await toRound(p, FIRST + 14n);
      await bonding.connect(p.delegator).withdrawStake(0);
      await bonding.pullFees(p.orchestrator, MaxUint256);
      expectNear(await bonding.claimableFees(p.delegator), FEES / 4n, 1n);
    });

    it("S3: fees do not depend on who pulls them, when, or how many at a time", async function () {
      await fundDeposit(p, parseEther("100"));
      for (let n = 0n; n < 4n; n++) {
        await redeemAs(p, { faceValue: FEES, commitmentIndex: n });
        await bondAs(p, attacker, LPT, p.orchestrator);
        await passRounds(p, 1n);
      }
      const everybody = [p.orchestrator, p.delegator, attacker];
      const claims = () => Promise.all(everybody.map((who) => bonding.claimableFees(who)));
      const atOnce = await inTwin(p, async () => {
        await toRound(p, FIRST + 40n);
        await bonding.pullFees(p.orchestrator, MaxUint256);
        return claims();
      });
      while (await bonding.pullFees.staticCall(p.orchestrator, 1)) await bonding.pullFees(p.orchestrator, 1);
      await bonding.connect(attacker).unbond((await bonding.getDelegator(attacker)).stake);
      await passRounds(p, 3n);
      while (await bonding.pullFees.staticCall(p.orchestrator, 1)) await bonding.pullFees(p.orchestrator, 1);
      expect(await claims()).to.deep.equal(atOnce);
    });

    it("S4: a commission that squeezes delegators finds those gone who have left within its notice, on the old terms", async function () {
      await fundDeposit(p, parseEther("100"));
      const leave = async () => {
        await toRound(p, FIRST + 2n);
        await redeemAs(p, { faceValue: FEES });
        await unbondAll(p.delegator);
        await toRound(p, FIRST + 16n);
        await bonding.connect(p.delegator).withdrawStake(0);
        await bonding.pullFees(p.orchestrator, MaxUint256);
        return [await p.token.balanceOf(p.delegator), await bonding.claimableFees(p.delegator)];
      };
      const untouched = await inTwin(p, leave);
      await bonding.connect(p.orchestrator).setCommission(ONE, 0);
      expect(await leave()).to.deep.equal(untouched);
      expect(untouched[0]).to.be.greaterThan(STAKE);
    });
  });

  describe("the price of a unit", function () {
    it("S7: rounding gives the first delegator no hold on it: who comes next has what was paid", async function () {
      await registerAs(p, attacker, { selfStake: MINIMUM_POSITION });
      await toRound(p, FIRST + 1n);
      await p.token.transfer(bonding, 100_000n * LPT);
      await bondAs(p, honest, 1_000n * LPT + 1n, attacker);
      await toRound(p, FIRST + 2n);
      expectNear(await stakeOf(p, honest), 1_000n * LPT + 1n, DUST);
      expectNear(await stakeOf(p, attacker), MINIMUM_POSITION, DUST);
    });

    it("S7: rounding gives the first delegator no hold on it after slashes of its own pool either", async function () {
      await registerAs(p, attacker, { selfStake: MINIMUM_POSITION });
      for (let round = FIRST + 1n; round < FIRST + 11n; round++) {
        await toRound(p, round);
        await punish(p, { orchestrator: attacker, fault: round, fraction: ONE / 2n });
      }
      await bondAs(p, honest, 1_000n * LPT, attacker);
      await toRound(p, FIRST + 12n);
      // One wei of the pool's ten million million is a ten million millionth of what enters.
      expectNear(await stakeOf(p, honest), 1_000n * LPT, (1_000n * LPT) / (MINIMUM_POSITION / 2n ** 10n) + DUST);
    });

    it("S7: rounding makes nobody richer in 300 bonds and unbonds (the model's test has 10,000), nor anybody poorer", async function () {
      await toRound(p, FIRST + 1n);
      const before = await others();
      const funds = 10n * LPT;
      await p.token.transfer(attacker, funds);
      await p.token.connect(attacker).approve(bonding, MaxUint256);
      const thief = bonding.connect(attacker);
      for (let n = 0n; n < 300n; n++) {
        await thief.bond(MINIMUM_POSITION + n * n, p.orchestrator);
        await thief.unbond((await bonding.getDelegator(attacker)).waiting);
      }
      expect(await p.token.balanceOf(attacker)).to.be.at.most(funds);
      const after = await others();
      for (const [i, one] of after.entries()) expect(one).to.be.at.least(before[i]!);
    });

    it("S7: rounding makes stake that leaves in 40 pieces no larger than what leaves at once", async function () {
      await passWindow(p);
      const once = await inTwin(p, async () => {
        await unbondAll(p.delegator);
        return wealthOf(p, p.delegator);
      });
      for (let n = 0n; n < 39n; n++) await bonding.connect(p.delegator).unbond(LPT + n * 7n);
      await unbondAll(p.delegator);
      const pieces = await wealthOf(p, p.delegator);
      expect(pieces).to.be.at.most(once);
      expectNear(pieces, once, 2n * 40n);
    });

    it("S7: LPT that is given away to the contract changes no claim, and is nobody's", async function () {
      const look = async () => [...(await others()), ...(await bonding.totalActiveStake())];
      const without = await inTwin(p, async () => {
        await toRound(p, FIRST + 3n);
        return look();
      });
      await p.token.connect(p.deployer).transfer(bonding, 1_000_000n * LPT);
      await toRound(p, FIRST + 3n);
      expect(await look()).to.deep.equal(without);
      await bonding.reward(p.orchestrator);
      await bonding.reward(p.rival);
      const claims = (await others()).reduce((sum, one) => sum + one, 0n);
      expectNear(await p.token.balanceOf(bonding), claims + 1_000_000n * LPT, 20n);
    });
  });

  describe("with odd arguments", function () {
    it("finds the zero address refused wherever one is named", async function () {
      await bonding.connect(p.delegator).unbond(LPT);
      await toRound(p, FIRST + 2n);
      const { module, delegator } = p;
      const unknown = [
        () => bonding.bond(LPT, ZeroAddress),
        () => bonding.connect(delegator).rebond(0, ZeroAddress),
        () => bonding.reward(ZeroAddress),
        () => bonding.pullFees(ZeroAddress, 1),
        () => module.openDispute(CPU, ZeroAddress, FIRST),
        () => module.closeDispute(CPU, ZeroAddress, FIRST),
        () => module.slash(CPU, ZeroAddress, FIRST, 1, p.stranger),
      ];
      for (const act of unknown) {
        await expect(act()).to.be.revertedWithCustomError(bonding, "BondingManagerNotRegistered").withArgs(ZeroAddress);
      }
      for (const act of [
        () => bonding.withdrawFees(ZeroAddress, 1),
        () => module.slash(CPU, p.orchestrator, FIRST, 1, ZeroAddress),
      ]) {
        await expect(act()).to.be.revertedWithCustomError(bonding, "BondingManagerZeroReceiver");
      }
    });

    it("finds zero amounts refused, or without effect where they are limits", async function () {
      await expect(bonding.bond(0, p.orchestrator)).to.be.revertedWithCustomError(
        bonding,
        "BondingManagerAmountTooSmall",
      );
      for (const act of [
        () => bonding.connect(p.delegator).unbond(0),
        () => bonding.connect(p.orchestrator).unbondCommission(0),
      ]) {
        await expect(act()).to.be.revertedWithCustomError(bonding, "BondingManagerZeroAmount");
      }
      await expect(p.module.slash(CPU, p.orchestrator, FIRST, 0, p.stranger)).to.be.revertedWithCustomError(
        bonding,
        "BondingManagerFractionOutOfBounds",
      );
      expect(await bonding.pullFees.staticCall(p.orchestrator, 0)).to.equal(0);
      expect(await bonding.connect(p.delegator).withdrawFees.staticCall(p.delegator, 0)).to.equal(0);
    });

    it("finds an orchestrator bound to itself: no stake of its own goes behind another, new or old", async function () {
      const orchestrator = bonding.connect(p.orchestrator);
      await orchestrator.unbond(STAKE);
      await toRound(p, FIRST + 2n);
      for (const act of [() => orchestrator.rebond(0, p.rival), () => orchestrator.bond(LPT, p.rival)]) {
        await expect(act())
          .to.be.revertedWithCustomError(bonding, "BondingManagerBondedElsewhere")
          .withArgs(p.orchestrator.address, p.rival.address);
      }
    });

    it("finds a delegator that registers while it is bonded refused, waiting stake included", async function () {
      await bondAs(p, attacker, LPT, p.orchestrator);
      await expect(bonding.connect(attacker).register(0, 0))
        .to.be.revertedWithCustomError(bonding, "BondingManagerBondedElsewhere")
        .withArgs(p.orchestrator.address, attacker.address);
      await bonding.connect(attacker).unbond(LPT);
      await bonding.connect(attacker).register(0, 0);
      await bonding.connect(p.delegator).unbond(LPT);
      expect((await bonding.getDelegator(attacker)).orchestrator).to.equal(attacker.address);
    });

    it("finds an orchestrator that takes everything out and comes back with its commission, its delegators and nothing more", async function () {
      await toRound(p, FIRST + 2n);
      const orchestrator = bonding.connect(p.orchestrator);
      const { commission } = await bonding.getOrchestrator(p.orchestrator);
      expect(commission).to.be.greaterThan(0);
      await unbondAll(p.orchestrator);
      const { orchestrator: behind, stake } = await bonding.getDelegator(p.orchestrator);
      expect([behind, stake]).to.deep.equal([p.orchestrator.address, 0n]);
      await toRound(p, FIRST + 4n);
      const before = await others();
      await orchestrator.rebond(0, p.orchestrator);
      const after = await others();
      expectNear(after[0]!, before[0]!, DUST);
      expect(after.slice(1)).to.deep.equal(before.slice(1));
      await toRound(p, FIRST + 5n);
      const { selfStake, commission: kept } = await bonding.getOrchestrator(p.orchestrator);
      expectNear(selfStake, (await stakeOf(p, p.orchestrator)) + kept, DUST);
      expect(kept).to.be.at.least(commission);
    });
  });

  describe("by calling back", function () {
    // LPT is our own token and calls nobody: what is paid in ETH is the only call into foreign code.
    it("S7: fees are paid once to a receiver that asks again while it is paid", async function () {
      const { ethers, token } = p;
      await fundDeposit(p, parseEther("100"));
      const greedy = await ethers.deployContract("ReentrantMockForBondingManager");
      const at = await greedy.getAddress();
      const target = await bonding.getAddress();
      const run = (data: string, callback = "0x", to = target) => greedy.getFunction("run").send(to, data, callback);
      const { interface: abi } = bonding;
      await token.transfer(at, 2n * STAKE);
      await run(token.interface.encodeFunctionData("approve", [target, MaxUint256]), "0x", await token.getAddress());
      await run(abi.encodeFunctionData("bond", [STAKE, p.orchestrator.address]));
      const withdraw = abi.encodeFunctionData("withdrawFees", [at, MaxUint256]);
      const callbacks = [
        withdraw,
        abi.encodeFunctionData("bond", [LPT, p.orchestrator.address]),
        abi.encodeFunctionData("unbond", [LPT]),
        abi.encodeFunctionData("withdrawStake", [0]),
      ];
      await toRound(p, FIRST + 1n);
      await redeemAs(p, { faceValue: FEES });
      await run(abi.encodeFunctionData("unbond", [LPT]));
      await toRound(p, FIRST + 20n);
      await bonding.pullFees(p.orchestrator, MaxUint256);
      const part = await bonding.claimableFees(at);
      const delegator = await bonding.claimableFees(p.delegator);
      expect(part).to.be.greaterThan(parseEther("1"));
      for (const callback of callbacks) {
        await inTwin(p, async () => {
          await expect(run(withdraw, callback)).to.changeEtherBalance(ethers, greedy, part);
          expect(await greedy.getFunction("calledBack").staticCall()).to.equal(true);
          // Everything is settled before the payment: other actions are as good then as after it.
          if (callback === withdraw) {
            expect(await greedy.getFunction("lastRevert").staticCall()).to.equal(
              abi.getError("ReentrancyGuardReentrantCall")!.selector,
            );
          }
          expect(await bonding.claimableFees(at)).to.equal(0);
          expect(await bonding.claimableFees(p.delegator)).to.equal(delegator);
        });
      }
    });

    it("S7: fees that come in while others are paid are divided as ever", async function () {
      const { ethers, token } = p;
      await fundDeposit(p, parseEther("100"));
      const greedy = await ethers.deployContract("ReentrantMockForBondingManager");
      const at = await greedy.getAddress();
      const target = await bonding.getAddress();
      const run = (data: string, callback = "0x", to = target) => greedy.getFunction("run").send(to, data, callback);
      const { interface: abi } = bonding;
      await token.transfer(at, STAKE);
      await run(token.interface.encodeFunctionData("approve", [target, MaxUint256]), "0x", await token.getAddress());
      await run(abi.encodeFunctionData("bond", [STAKE, p.orchestrator.address]));
      for (let n = 0n; n < 2n; n++) {
        await passRounds(p, 1n);
        await redeemAs(p, { faceValue: FEES, commitmentIndex: n });
      }
      await passRounds(p, 4n);
      const all = await inTwin(p, async () => {
        await bonding.pullFees(p.orchestrator, MaxUint256);
        return bonding.claimableFees(at);
      });
      await bonding.pullFees(p.orchestrator, 1);
      const first = await bonding.claimableFees(at);
      const pull = abi.encodeFunctionData("pullFees", [p.orchestrator.address, 1]);
      await expect(run(abi.encodeFunctionData("withdrawFees", [at, MaxUint256]), pull)).to.changeEtherBalance(
        ethers,
        greedy,
        first,
      );
      expect(await greedy.getFunction("calledBack").staticCall()).to.equal(true);
      expectNear(await bonding.claimableFees(at), all - first, 1n);
    });
  });
});
