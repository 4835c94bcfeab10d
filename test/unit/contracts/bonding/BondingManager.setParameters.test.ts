import { expect } from "chai";
import { parseEther } from "ethers";
import { loadProtocol, passRounds, toRound } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";
import { FIRST, loadStage, LPT } from "../../../fixtures/staking.ts";

const MOST = parseEther("1000000");
const DAY = 86_400n;
/** {round} A ticket's, of the test parameters. */
const VALIDITY = 2n;

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
      const lowest = name === "commissionNotice" ? VALIDITY + 1n : least;
      for (const right of [lowest, most]) await set({ [name]: right });
    });
  }

  it("S4: a notice is above the validity of every ticket that lives or can be made", async function () {
    const notice = (rounds: bigint) => set({ commissionNotice: rounds });
    const refused = async (rounds: bigint, validity: bigint) => {
      await expect(notice(rounds))
        .to.be.revertedWithCustomError(p.bonding, "BondingManagerNoticeTooShort")
        .withArgs(rounds, validity);
    };
    const setValidity = (ticketValidity: bigint) =>
      p.broker.setParameters({ ticketValidity, unlockPeriod: 50, curingPeriod: 1 });
    await refused(VALIDITY, VALIDITY);
    await notice(10n);
    const round = await passRounds(p, 5n);
    await p.broker.setParameters({ ...p.parameters.broker, unlockPeriod: 50 });
    await setValidity(5n);
    // Decided, though tickets are made by the old one until the round ends.
    await refused(5n, 5n);
    await notice(6n);
    await toRound(p, round + 6n);
    await setValidity(1n);
    await toRound(p, round + 11n);
    // Those of the round of the change live on.
    await refused(5n, 5n);
    await toRound(p, round + 12n);
    await refused(1n, 1n);
    await notice(VALIDITY);
  });

  it("remembers the shortest notice until no announcement can have it", async function () {
    const shortest = () => p.bonding.shortestNotice();
    const round = await passRounds(p, 5n);
    expect(await shortest()).to.equal(3);
    await set({ commissionNotice: 10n });
    await set({ commissionNotice: 10n, jailPeriod: 1n });
    expect(await shortest()).to.equal(3);
    await toRound(p, round + 2n);
    expect(await shortest()).to.equal(3);
    await toRound(p, round + 3n);
    expect(await shortest()).to.equal(10);
    // What was announced under 10 is ahead until round + 13, and what is announced now, under 4, until round + 8.
    await set({ commissionNotice: 4n });
    expect(await shortest()).to.equal(4);
    await toRound(p, round + 4n);
    await set({ commissionNotice: 30n });
    await toRound(p, round + 12n);
    expect(await shortest()).to.equal(4);
    await toRound(p, round + 13n);
    expect(await shortest()).to.equal(30);
  });

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
    await set({ minimumStake: MOST, unbondingPeriod: 1n, commissionNotice: 30n });
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
