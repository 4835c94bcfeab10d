import { expect } from "chai";
import { parseEther } from "ethers";
import { loadProtocol, toRound } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";
import { FIRST, loadStage, LPT } from "../../../fixtures/staking.ts";

const MOST = parseEther("1000000");
const DAY = 86_400n;

describe("BondingManager.setParameters", function () {
  let p: Protocol;
  let parameters: Record<string, bigint>;

  beforeEach(async function () {
    p = await loadProtocol();
    parameters = {
      minimumStake: parseEther("5000"),
      minimumSelfStake: parseEther("500"),
      unbondingPeriod: 14n,
      commissionNotice: 3n,
      challengeWindow: 10_800n,
      jailPeriod: 7n,
      faultAllowance: 0n,
      faultPeriod: 30n,
    };
  });

  const set = (changes: Record<string, bigint>) =>
    p.bonding.setParameters(Object.values({ ...parameters, ...changes }) as never);

  it("reverts for anybody but governance", async function () {
    await expect(p.bonding.connect(p.stranger).setParameters(p.parameters.bonding))
      .to.be.revertedWithCustomError(p.bonding, "AccessManagedUnauthorized")
      .withArgs(p.stranger.address);
  });

  it("reverts for a minimum above its bound", async function () {
    await expect(set({ minimumStake: MOST + 1n, minimumSelfStake: MOST + 2n }))
      .to.be.revertedWithCustomError(p.bonding, "BondingManagerMinimumOutOfBounds")
      .withArgs(MOST + 1n, MOST);
    await expect(set({ minimumStake: 5n, minimumSelfStake: 6n, unbondingPeriod: 0n }))
      .to.be.revertedWithCustomError(p.bonding, "BondingManagerMinimumOutOfBounds")
      .withArgs(6, 5);
  });

  const BOUNDS: Record<string, readonly [bigint, bigint]> = {
    unbondingPeriod: [1n, 365n],
    commissionNotice: [1n, 30n],
    challengeWindow: [600n, DAY],
    jailPeriod: [1n, 100n],
    faultAllowance: [0n, 3n],
    faultPeriod: [1n, 365n],
  };

  for (const [name, [least, most]] of Object.entries(BOUNDS)) {
    it(`reverts for a ${name} outside its bounds, in the order of the fields, and takes both of them`, async function () {
      const names = Object.keys(BOUNDS);
      const later = Object.fromEntries(names.slice(names.indexOf(name) + 1).map((other) => [other, 255n]));
      for (const wrong of least === 0n ? [most + 1n] : [least - 1n, most + 1n]) {
        await expect(set({ ...later, [name]: wrong }))
          .to.be.revertedWithCustomError(p.bonding, "BondingManagerPeriodOutOfBounds")
          .withArgs(wrong, least, most);
      }
      for (const right of [least, most]) await set({ [name]: right });
    });
  }

  it("changes the parameters, and tells the old ones", async function () {
    const old = Object.values(parameters);
    const changed = [6n, 5n, 365n, 30n, DAY, 100n, 3n, 365n];
    expect(await p.bonding.parameters()).to.deep.equal(old);
    await expect(p.bonding.setParameters(changed as never))
      .to.emit(p.bonding, "ParametersChanged")
      .withArgs(old, changed);
    expect(await p.bonding.parameters()).to.deep.equal(changed);
    await set({ minimumStake: MOST, minimumSelfStake: MOST });
    await set({ minimumStake: 0n, minimumSelfStake: 0n });
  });

  it("leaves flags, locks and announcements as they are until somebody touches them", async function () {
    const stage = await loadStage();
    const bonding = stage.bonding.connect(stage.orchestrator);
    await bonding.unbond(LPT);
    await bonding.setCommission(0, 0);
    const before = [
      await bonding.getOrchestrator(stage.orchestrator),
      await bonding.getUnbondingLock(stage.orchestrator, 0),
    ];
    await set({ minimumStake: MOST, unbondingPeriod: 1n, commissionNotice: 1n });
    expect([
      await bonding.getOrchestrator(stage.orchestrator),
      await bonding.getUnbondingLock(stage.orchestrator, 0),
    ]).to.deep.equal(before);
    await toRound(p, FIRST + 1n);
    expect(await bonding.isActive(stage.orchestrator)).to.equal(true);
    await bonding.reward(stage.orchestrator);
    expect(await bonding.isActive(stage.orchestrator)).to.equal(false);
  });

  it("makes a minimum bind for one who touches its pool, and not for others", async function () {
    const stage = await loadStage();
    await set({ minimumStake: MOST });
    await stage.bonding.reward(stage.rival);
    const flags = [stage.orchestrator, stage.rival].map((who) => stage.bonding.isActive(who));
    expect(await Promise.all(flags)).to.deep.equal([true, false]);
  });
});
