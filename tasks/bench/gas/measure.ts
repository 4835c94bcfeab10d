import { MaxUint256 } from "ethers";
import type { Call } from "./chain.ts";
import { busyDisputes, disputes } from "./disputes.ts";
import { machineSteps } from "./machine.ts";
import { LPT, Scene } from "./scene.ts";
import { ticketGroups } from "./tickets.ts";
import { votes } from "./votes.ts";

/** {gas} By operation. */
export type Gas = Record<string, number>;

/** {round} Of the default parameters. */
const UNBONDING_PERIOD = 14;
const TICKET_VALIDITY = 2;
/** {1e18 = 1} What a slash takes. */
const FRACTION = 5n * 10n ** 16n;
/** {h} Within the window of challenge. */
const EARLY = 1;
/** 37 bytes. */
const URI = "https://orchestrator.example.org:8935";

/**
 * Whether the pools in question were touched in this round already; and whether stake has entered and left them in it, too; or last in the round before, in which
 * stake entered and left them.
 */
type Pools = "synced" | "synced.busy" | "syncing";

/** What each operation costs at noon of a round that somebody else's action has begun. */
export async function measure(scene: Scene): Promise<Gas> {
  const gas: Gas = {};
  const groups = [
    rewards,
    idleReward,
    (s: Scene) => bonds(s, "synced"),
    (s: Scene) => bonds(s, "synced.busy"),
    (s: Scene) => bonds(s, "syncing"),
    registration,
    (s: Scene) => unbonding(s, "synced"),
    (s: Scene) => unbonding(s, "syncing"),
    (s: Scene) => moving(s, "synced"),
    (s: Scene) => moving(s, "syncing"),
    (s: Scene) => fees(s, 1),
    (s: Scene) => fees(s, 30),
    withdrawal,
    slash,
    poke,
    offer,
    ...ticketGroups,
    machineSteps,
    disputes,
    busyDisputes,
    votes,
  ];
  for (const group of groups) Object.assign(gas, await scene.chain.aside(() => group(scene)));
  const { "fees.pull1": one, "fees.pull30": thirty, ...rest } = gas;
  return { ...rest, "fees.pullPerRound": Math.ceil((thirty! - one!) / 29) };
}

/** The next round, in which somebody has acted already. */
async function begin(scene: Scene, calls: readonly Call[] = []): Promise<void> {
  scene.chain.round++;
  await scene.chain.mine([scene.touch(scene.cast.other), ...calls]);
}

async function beginWith(scene: Scene, pools: Pools): Promise<void> {
  const { node, rival } = scene.cast;
  const touches = [scene.touch(node), scene.touch(rival)];
  await begin(scene, pools === "syncing" ? [] : pools === "synced" ? touches : [...touches, ...scene.traffic()]);
}

async function rewards(scene: Scene): Promise<Gas> {
  const { chain, cast } = scene;
  const first = await chain.aside(async () => {
    chain.round++;
    return chain.gasOf(scene.touch(cast.node));
  });
  await begin(scene);
  const reward = await chain.gasOf(scene.touch(cast.node));
  return { reward, "round.begin": first - reward };
}

async function idleReward(scene: Scene): Promise<Gas> {
  await beginWith(scene, "synced");
  await begin(scene);
  return { "reward.idle": await scene.chain.gasOf(scene.touch(scene.cast.node)) };
}

async function bonds(scene: Scene, pools: Pools): Promise<Gas> {
  const { chain, cast } = scene;
  await beginWith(scene, pools);
  const bond = (who: string) => chain.aside(() => chain.gasOf(scene.bonding(who, "bond", Scene.BOND, cast.node)));
  return {
    [`bond.first.${pools}`]: await bond(cast.newcomer),
    [`bond.more.${pools}`]: await bond(cast.delegator),
  };
}

async function registration(scene: Scene): Promise<Gas> {
  const { chain, cast } = scene;
  await begin(scene);
  const register = scene.bonding(cast.candidate, "register", LPT / 10n, LPT / 2n, Scene.SELF_STAKE);
  const gas = await chain.gasOf(register);
  const { activeNext } = await orchestratorOf(scene, cast.candidate);
  if (!activeNext) throw new Error("the new orchestrator will not be active");
  return { "register.all": gas };
}

async function unbonding(scene: Scene, pools: Pools): Promise<Gas> {
  await beginWith(scene, pools);
  return {
    [`unbond.partial.${pools}`]: await scene.chain.gasOf(scene.bonding(scene.cast.delegator, "unbond", 1_000n * LPT)),
  };
}

async function moving(scene: Scene, pools: Pools): Promise<Gas> {
  const { chain, cast } = scene;
  await beginWith(scene, pools);
  const { stake, lockCount } = await delegatorOf(scene);
  const unbond = await chain.gasOf(scene.bonding(cast.delegator, "unbond", stake));
  const after = await delegatorOf(scene);
  if (after.stake !== 0n || after.lockCount !== lockCount + 1n) throw new Error("not everything left in one lock");
  await chain.mine(scene.traffic());
  await beginWith(scene, pools);
  const rebond = await chain.gasOf(scene.bonding(cast.delegator, "rebond", lockCount, cast.rival));
  return {
    [`move.${pools}`]: unbond + rebond,
    [`move.${pools}.unbond`]: unbond,
    [`move.${pools}.rebond`]: rebond,
  };
}

/** Fees of `rounds` rounds in which the delegator did nothing, all older ones claimed before. */
async function fees(scene: Scene, rounds: number): Promise<Gas> {
  const { chain, cast } = scene;
  const pull = scene.bonding(cast.stranger, "pullFees", cast.node, MaxUint256);
  const idleFrom = chain.round + 1;
  const closedAfter = TICKET_VALIDITY + 1;
  for (let gone = 1; gone < rounds + closedAfter; gone++) {
    await begin(scene);
    if (gone <= rounds) await chain.mine([await scene.redeem()]);
    if (gone !== closedAfter) continue;
    await chain.mine([pull, scene.bonding(cast.delegator, "withdrawFees", cast.delegator, idleFrom)]);
  }
  await beginWith(scene, "synced");
  const pulled = await chain.gasOf(pull);
  const withdrawn = await chain.gasOf(scene.bonding(cast.delegator, "withdrawFees", cast.delegator, MaxUint256));
  const { claimedBefore } = await delegatorOf(scene);
  if (claimedBefore !== BigInt(idleFrom + rounds)) throw new Error(`claimed before round ${claimedBefore} only`);
  const gas = { [`withdrawFees.idle${rounds}`]: withdrawn, [`fees.pull${rounds}`]: pulled };
  return rounds === 1 ? { ...gas, "withdrawFees.pull1": pulled + withdrawn } : gas;
}

/** Others' stake that left in the same round stays in the cohort. */
async function withdrawal(scene: Scene): Promise<Gas> {
  const { chain, cast } = scene;
  const { lockCount } = await delegatorOf(scene);
  await begin(scene, [scene.bonding(cast.delegator, "unbond", 1_000n * LPT), ...scene.traffic()]);
  for (let gone = 1; gone < UNBONDING_PERIOD; gone++) await begin(scene, scene.traffic());
  await begin(scene);
  const withdraw = scene.bonding(cast.delegator, "withdrawStake", lockCount);
  const withdrawStake = await chain.aside(() => chain.gasOf(withdraw));
  const [balance] = await chain.read("LivepeerToken", "balanceOf", cast.delegator);
  await chain.mine([chain.call(cast.delegator, "LivepeerToken", "transfer", cast.deployer, balance)]);
  return { withdrawStake, "withdrawStake.emptyBalance": await chain.gasOf(withdraw) };
}

async function slash(scene: Scene): Promise<Gas> {
  const { chain, cast } = scene;
  const fault = chain.round;
  chain.round++;
  await chain.mine([scene.touch(cast.other), ...scene.traffic()], EARLY);
  await chain.mine([scene.judge("openDispute", cast.node, fault)], EARLY);
  return { slash: await chain.gasOf(scene.judge("slash", cast.node, fault, FRACTION, cast.stranger)) };
}

async function poke(scene: Scene): Promise<Gas> {
  await begin(scene);
  return {
    "rounds.poke": await scene.chain.gasOf(scene.chain.call(scene.cast.stranger, "RoundsManager", "initializeRound")),
  };
}

async function offer(scene: Scene): Promise<Gas> {
  await begin(scene);
  return {
    "registry.uri37": await scene.chain.gasOf(
      scene.chain.call(scene.cast.node, "ServiceRegistry", "setServiceURI", URI),
    ),
  };
}

async function delegatorOf({
  chain,
  cast,
}: Scene): Promise<{ stake: bigint; lockCount: bigint; claimedBefore: bigint }> {
  const [d] = await chain.read("BondingManager", "getDelegator", cast.delegator);
  return d as { stake: bigint; lockCount: bigint; claimedBefore: bigint };
}

async function orchestratorOf({ chain }: Scene, orchestrator: string): Promise<{ activeNext: boolean }> {
  const [o] = await chain.read("BondingManager", "getOrchestrator", orchestrator);
  return o as { activeNext: boolean };
}
