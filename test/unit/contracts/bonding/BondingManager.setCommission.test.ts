import { expect } from "chai";
import { parseEther } from "ethers";
import { fundDeposit, passRounds, redeemAs, toRound } from "../../../fixtures/protocol.ts";
import {
  changesBy,
  expectNear,
  FEE_SHARE,
  FIRST,
  inTwin,
  loadStage,
  ONE,
  REWARD_CUT,
  STAKE,
  stakeOf,
} from "../../../fixtures/staking.ts";
import type { Stage } from "../../../fixtures/staking.ts";

/** {round} Of the test parameters. */
const NOTICE = 3n;
const BINDS = FIRST + NOTICE;

describe("BondingManager.setCommission", function () {
  let p: Stage;
  let bonding: Stage["bonding"];

  beforeEach(async function () {
    p = await loadStage();
    bonding = p.bonding.connect(p.orchestrator);
  });

  const ratios = async () => {
    const { rewardCut, feeShare } = await bonding.getOrchestrator(p.orchestrator);
    return [rewardCut, feeShare];
  };

  it("reverts for a reward cut, then for a fee share, above one whole", async function () {
    for (const wrong of [
      [ONE + 1n, ONE + 2n],
      [ONE, ONE + 1n],
    ] as const) {
      await expect(bonding.connect(p.stranger).setCommission(...wrong))
        .to.be.revertedWithCustomError(bonding, "BondingManagerRatioOutOfBounds")
        .withArgs(ONE + 1n, ONE);
    }
  });

  it("reverts for who is not registered, delegators included", async function () {
    for (const who of [p.stranger, p.delegator]) {
      await expect(bonding.connect(who).setCommission(0, 0))
        .to.be.revertedWithCustomError(bonding, "BondingManagerNotRegistered")
        .withArgs(who.address);
    }
  });

  it("announces the ratios, even when paused", async function () {
    await p.bonding.pause();
    const announce = () => bonding.setCommission(ONE, 0);
    await inTwin(p, () =>
      expect(announce()).to.emit(bonding, "CommissionAnnounced").withArgs(p.orchestrator.address, ONE, 0, BINDS),
    );
    expect(await changesBy(p, announce)).to.deep.equal({
      "orchestrator.nextRewardCut": ONE,
      "orchestrator.nextFeeShare": 0n,
      "orchestrator.commissionRound": BINDS,
    });
  });

  it("binds from the announced round on, without anybody's call, and is announced no more", async function () {
    await bonding.setCommission(ONE, 0);
    await toRound(p, BINDS - 1n);
    expect(await ratios()).to.deep.equal([REWARD_CUT, FEE_SHARE]);
    await toRound(p, BINDS);
    const { nextRewardCut, nextFeeShare, commissionRound } = await bonding.getOrchestrator(p.orchestrator);
    expect([...(await ratios()), nextRewardCut, nextFeeShare, commissionRound]).to.deep.equal([ONE, 0n, ONE, 0n, 0n]);
  });

  it("replaces an announcement that has not begun, with a notice of its own", async function () {
    await bonding.setCommission(ONE, 0);
    await toRound(p, BINDS - 1n);
    await bonding.setCommission(0, ONE);
    await toRound(p, BINDS);
    expect(await ratios()).to.deep.equal([REWARD_CUT, FEE_SHARE]);
    expect((await bonding.getOrchestrator(p.orchestrator)).commissionRound).to.equal(BINDS - 1n + NOTICE);
    await toRound(p, BINDS - 1n + NOTICE);
    expect(await ratios()).to.deep.equal([0n, ONE]);
  });

  it("keeps the notice of the announcement when the parameter changes", async function () {
    await bonding.setCommission(ONE, 0);
    await p.bonding.setParameters({ ...p.parameters.bonding, commissionNotice: 30 });
    await bonding.connect(p.rival).setCommission(ONE, 0);
    expect((await bonding.getOrchestrator(p.orchestrator)).commissionRound).to.equal(BINDS);
    expect((await bonding.getOrchestrator(p.rival)).commissionRound).to.equal(FIRST + 30n);
    await toRound(p, FIRST + 29n);
    expect((await bonding.getOrchestrator(p.rival)).rewardCut).to.equal(REWARD_CUT);
    await passRounds(p, 1n);
    expect((await bonding.getOrchestrator(p.rival)).rewardCut).to.equal(ONE);
  });

  it("S4: rewards are split by the old terms until the announced round, whether somebody looks in it or later", async function () {
    await bonding.setCommission(ONE, 0);
    const before = await inTwin(p, async () => {
      await toRound(p, BINDS);
      return stakeOf(p, p.delegator);
    });
    expect(before).to.be.greaterThan(STAKE);
    const ahead = [30n, 31n, 32n, 33n, 70n];
    for (const rounds of ahead) {
      const late = await inTwin(p, async () => {
        await toRound(p, BINDS + rounds);
        await bonding.reward(p.orchestrator);
        return stakeOf(p, p.delegator);
      });
      expectNear(late, before, 2n);
    }
    const early = await inTwin(p, async () => {
      for (let n = 0n; n < NOTICE; n++) {
        await passRounds(p, 1n);
        await bonding.reward(p.orchestrator);
      }
      return stakeOf(p, p.delegator);
    });
    // Each touch rounds down a wei.
    expectNear(early, before, 8n);
  });

  it("S4: fees of a round are split by the fee share of that round, however late they come in", async function () {
    await fundDeposit(p, parseEther("100"));
    await bonding.setCommission(REWARD_CUT, ONE);
    await toRound(p, BINDS - 1n);
    await redeemAs(p, { faceValue: parseEther("8"), commitmentIndex: 0n });
    await toRound(p, BINDS);
    await redeemAs(p, { faceValue: parseEther("8"), commitmentIndex: 1n });
    await toRound(p, BINDS + 40n);
    await expect(bonding.pullFees(p.orchestrator, 9))
      .to.emit(bonding, "FeesAdded")
      .withArgs(p.orchestrator.address, BINDS - 1n, parseEther("8"), parseEther("4"))
      .and.to.emit(bonding, "FeesAdded")
      .withArgs(p.orchestrator.address, BINDS, parseEther("8"), parseEther("8"));
  });
});
