import { MaxUint256 } from "ethers";
import type { Wallet } from "ethers";
import type { Step } from "../interface.ts";
import { requireAtLeast, requireEqual } from "../world.ts";
import type { World } from "../world.ts";

/** {1e18 = 1} */
export const HALF = 5n * 10n ** 17n;
export const ONE = 10n ** 18n;

/** An orchestrator at work and a delegator behind it. */
export interface Stage {
  readonly orchestrator: Wallet;
  readonly delegator: Wallet;
  /** {wei LPT} What each has bonded, the orchestrator at least. */
  readonly stake: bigint;
}

/** {round} After which stake that was bonded must be active. */
const SOON = 3;

/** {wei LPT} What an orchestrator needs, and some to lose. */
export async function enough(world: World): Promise<bigint> {
  const { minimumStake } = await world.at("BondingManager").parameters();
  return 2n * (minimumStake > ONE ? minimumStake : ONE);
}

/** Registers an orchestrator that keeps no reward and half of the fees. @param stake {wei LPT} Its own. */
export async function register(world: World, stake: bigint): Promise<Wallet> {
  const orchestrator = await world.account(stake);
  await world.mined(world.at("LivepeerToken", orchestrator).approve(world.at("BondingManager"), MaxUint256));
  await world.mined(world.at("BondingManager", orchestrator).register(0n, HALF, stake));
  return orchestrator;
}

/** Waits until all stake of an orchestrator is active, and of a delegator behind it. */
export async function untilActive(world: World, orchestrator: Wallet, delegator = orchestrator): Promise<void> {
  const bonding = world.at("BondingManager");
  for (let i = 0; i < SOON; ++i) {
    await world.passRounds(1n);
    const { waiting } = await bonding.getDelegator(delegator);
    if (waiting === 0n && (await bonding.isActive(orchestrator))) return;
  }
  throw new Error(`not after ${SOON} rounds`);
}

/** Registers, bonds, and waits until it counts. @param most {wei LPT} The orchestrator's own stake, if it has to be more than the delegator's. */
export async function setStage(world: World, step: Step, most?: bigint): Promise<Stage> {
  const amount = await enough(world);
  const token = world.at("LivepeerToken");
  const bonding = world.at("BondingManager");

  const orchestrator = await step("an orchestrator registers with its own stake", async () => {
    const registered = await register(world, most ?? amount);
    requireEqual("its balance {wei LPT}", await token.balanceOf(registered), 0n);
    return registered;
  });
  const delegator = await step("a delegator bonds behind it", async () => {
    const bonded = await world.account(amount);
    await world.mined(world.at("LivepeerToken", bonded).approve(bonding, MaxUint256));
    await world.mined(world.at("BondingManager", bonded).bond(amount, orchestrator));
    requireEqual("its balance {wei LPT}", await token.balanceOf(bonded), 0n);
    return bonded;
  });
  await step("both are active when the next rounds begin", async () => {
    await untilActive(world, orchestrator, delegator);
    const { stake: active } = await bonding.getDelegator(delegator);
    requireAtLeast("the delegator's stake {wei LPT}", active, amount);
  });
  return { orchestrator, delegator, stake: amount };
}
