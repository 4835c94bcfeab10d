import { parseEther, toQuantity } from "ethers";
import type { Provider, Signer } from "ethers";
import { readInterface } from "../artifacts.ts";
import type { ArtifactName } from "../artifacts.ts";
import { openSender } from "../sender.ts";
import type { SenderOptions } from "../sender.ts";
import { deployAlpha } from "./network.ts";
import type { AlphaNetwork, AlphaParameters } from "./network.ts";

const PARAMETERS: AlphaParameters = {
  supply: parseEther("1000000"),
  inflation: 500n,
  inflationChange: 3n,
  targetBondingRate: 500_000n,
  roundLength: 60n,
  verificationPeriod: 20n,
  unbondingPeriod: 7n,
  transcoders: 25n,
  maxClaimRounds: 100n,
};
const SELF_STAKE = parseEther("10000");
const STAKE = parseEther("3000");
const LOCKED = parseEther("500");
const DEPOSIT = parseEther("2");

export interface RehearsalOptions extends SenderOptions {
  /** A chain of this machine, on which blocks can be mined at will. */
  readonly provider: Provider & { send(method: string, params: unknown[]): Promise<unknown> };
  /** Two transcoders, a delegator and a broadcaster; each needs ETH. */
  readonly actors: readonly [Signer, Signer, Signer, Signer];
}

/** An alpha with something of each kind that its upgrade has to carry: stake, a reward that nobody has claimed, a lock, a deposit. The signer owns it. */
export async function deployRehearsal(options: RehearsalOptions): Promise<AlphaNetwork> {
  const { provider } = options;
  const [first, second, delegator, broadcaster] = options.actors;
  const alpha = await deployAlpha(options, PARAMETERS);
  const act = async (
    who: Signer,
    on: ArtifactName,
    to: string,
    method: string,
    args: readonly unknown[],
    value = 0n,
  ) => {
    const sender = await openSender({ ...options, signer: who }, provider);
    await sender.send(method, to, readInterface(on).encodeFunctionData(method, args), value);
  };
  const stake = (who: Signer, method: string, ...args: readonly unknown[]) =>
    act(who, "AlphaBondingManager", alpha.bondingManager, method, args);

  for (const who of [first, second, delegator]) {
    await act(options.signer, "AlphaToken", alpha.token, "transfer", [await who.getAddress(), 2n * SELF_STAKE]);
    await act(who, "AlphaToken", alpha.token, "approve", [alpha.bondingManager, 2n * SELF_STAKE]);
  }
  await beginRound(options, alpha);
  for (const who of [first, second]) {
    await stake(who, "bond", SELF_STAKE, await who.getAddress());
    await stake(who, "transcoder", 100_000n, 500_000n);
  }
  await stake(delegator, "bond", STAKE, await first.getAddress());
  await stake(delegator, "unbond", LOCKED);
  // A reward that nobody has claimed: who stands in the pool when a round begins is paid in it.
  await beginRound(options, alpha);
  await stake(first, "reward");
  await act(broadcaster, "AlphaJobsManager", alpha.jobsManager, "deposit", [], DEPOSIT);
  return alpha;
}

/** To the first block of a round, which is not the first round; and begins it, as somebody has to. */
async function beginRound(options: RehearsalOptions, { roundsManager }: AlphaNetwork): Promise<void> {
  const { provider, signer } = options;
  const next = BigInt(await provider.getBlockNumber()) + 1n;
  await provider.send("hardhat_mine", [toQuantity(PARAMETERS.roundLength - (next % PARAMETERS.roundLength))]);
  const data = readInterface("AlphaRoundsManager").encodeFunctionData("initializeRound");
  await (await openSender({ ...options, signer }, provider)).send("begin a round", roundsManager, data);
}
