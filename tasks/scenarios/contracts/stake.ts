import type { Scenario } from "../interface.ts";
import { requireAtLeast, requireEqual, requireThat } from "../world.ts";
import { register, setStage, untilActive } from "./stage.ts";

export const stake: Scenario = {
  name: "stake is bonded, earns, moves and leaves",
  async run(world, step) {
    const { orchestrator, delegator, stake: bonded } = await setStage(world, step);
    const bonding = world.at("BondingManager");
    const own = world.at("BondingManager", delegator);
    const stakeNow = async (): Promise<bigint> => (await bonding.getDelegator(delegator)).stake;

    await step("stake earns what the Minter mints", async () => {
      const before = await stakeNow();
      await world.passRounds(1n);
      const anyone = await world.account();
      await world.mined(world.at("BondingManager", anyone).reward(orchestrator));
      const after = await stakeNow();
      const inflation = await world.at("Minter").inflation();
      requireThat(after > before || (after === before && inflation === 0n), `it went from ${before} to ${after}`);
    });

    await step("the delegator moves to another orchestrator, with all it has", async () => {
      const other = await register(world, bonded);
      const before = await stakeNow();
      await world.mined(own.unbond(before));
      const { round } = await bonding.getUnbondingLock(delegator, 0n);
      const { challengeWindow } = await bonding.parameters();
      await world.toTime((await world.at("RoundsManager").roundStart(round + 1n)) + challengeWindow);
      await world.mined(own.rebond(0n, other));
      await untilActive(world, other, delegator);
      const moved = await bonding.getDelegator(delegator);
      requireThat(moved.orchestrator === other.address, `it stands behind ${moved.orchestrator}`);
      requireAtLeast("its stake {wei LPT}", moved.stake, before);
    });

    const { unbondingPeriod } = await bonding.parameters();
    await step("the delegator unbonds, waits, and has at least what it bonded", async () => {
      const lock = (await bonding.getDelegator(delegator)).lockCount;
      await world.mined(own.unbond(await stakeNow()));
      await world.passRounds(unbondingPeriod + 1n);
      await world.mined(own.withdrawStake(lock));
      const have = await world.at("LivepeerToken").balanceOf(delegator);
      requireAtLeast("its balance {wei LPT}", have, bonded);
    });

    await step("the orchestrator resigns, waits, and has at least what it bonded", async () => {
      const asOrchestrator = world.at("BondingManager", orchestrator);
      const { lockCount: first } = await bonding.getDelegator(orchestrator);
      await world.mined(asOrchestrator.resign());
      await world.passRounds(unbondingPeriod + 1n);
      const { lockCount } = await bonding.getDelegator(orchestrator);
      for (let lock = first; lock < lockCount; ++lock) await world.mined(asOrchestrator.withdrawStake(lock));
      const have = await world.at("LivepeerToken").balanceOf(orchestrator);
      requireAtLeast("its balance {wei LPT}", have, bonded);
      requireEqual("its stake {wei LPT}", (await bonding.getOrchestrator(orchestrator)).selfStake, 0n);
    });
  },
};
