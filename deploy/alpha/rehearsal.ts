import { parseEther, toQuantity } from "ethers";
import type { Provider, Signer } from "ethers";
import { readInterface } from "../artifacts.ts";
import type { ArtifactName } from "../artifacts.ts";
import { openSender } from "../sender.ts";
import type { SenderOptions } from "../sender.ts";
import { deployAlpha } from "./network.ts";
import type { AlphaNetwork, AlphaParameters } from "./network.ts";

export const REHEARSAL_PARAMETERS: AlphaParameters = {
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
/** {wei ETH / segment} */
const PRICE = parseEther("0.001");
const SEGMENTS = 10n;

export interface RehearsalOptions extends SenderOptions {
  /** A chain of this machine, on which blocks can be mined at will. */
  readonly provider: Provider & { send(method: string, params: unknown[]): Promise<unknown> };
  /** Two transcoders, a delegator and a broadcaster; each needs ETH. */
  readonly actors: readonly [Signer, Signer, Signer, Signer];
  /** More transcoders, with half of the stake. */
  readonly crowd?: readonly Signer[];
  /** Of the alpha; a round needs a block for each action. */
  readonly parameters?: AlphaParameters;
}

/**
 * An alpha with something of each kind that its upgrade has to carry. The signer owns it.
 *
 * The delegator has stake behind the first transcoder, with its part of a reward that it has not claimed, lock 0 that can be withdrawn, lock 1 that cannot yet, and a deposit. Job 0 of the
 * broadcaster has a claim 0 that was paid, so the first transcoder has fees, and a claim 1 whose time has come. The second transcoder has not called `reward` in this round.
 */
export async function deployRehearsal(options: RehearsalOptions): Promise<AlphaNetwork> {
  const { provider, crowd = [], parameters = REHEARSAL_PARAMETERS } = options;
  const { roundLength, unbondingPeriod, verificationPeriod } = parameters;
  const [first, second, delegator, broadcaster] = options.actors;
  const alpha = await deployAlpha(options, parameters);
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
  const jobs = (who: Signer, method: string, args: readonly unknown[], value = 0n) =>
    act(who, "AlphaJobsManager", alpha.jobsManager, method, args, value);
  const mine = (blocks: bigint) => provider.send("hardhat_mine", [toQuantity(blocks)]);
  /** To the first block of a round, which is not the first round; and begins it, as somebody has to. */
  const beginRound = async (rounds = 1n): Promise<void> => {
    const next = BigInt(await provider.getBlockNumber()) + 1n;
    await mine(roundLength * rounds - (next % roundLength));
    await act(options.signer, "AlphaRoundsManager", alpha.roundsManager, "initializeRound", []);
  };

  for (const who of [first, second, delegator, broadcaster, ...crowd]) {
    await act(options.signer, "AlphaToken", alpha.token, "transfer", [await who.getAddress(), 3n * SELF_STAKE]);
    await act(who, "AlphaToken", alpha.token, "approve", [alpha.bondingManager, 3n * SELF_STAKE]);
  }
  await beginRound();
  for (const [n, who] of [...crowd, first, second].entries()) {
    await stake(who, "bond", n < crowd.length ? SELF_STAKE / 2n + BigInt(n) : SELF_STAKE, await who.getAddress());
    await stake(who, "transcoder", 100_000n, 500_000n);
  }
  await stake(delegator, "bond", STAKE, await first.getAddress());
  await stake(delegator, "unbond", LOCKED);
  // Nobody begins the rounds between.
  await beginRound(unbondingPeriod);
  await stake(delegator, "unbond", LOCKED);

  // A reward that nobody has claimed: who stands in the pool when a round begins is paid in it.
  await beginRound();
  await stake(first, "reward");
  for (const who of [broadcaster, delegator]) await jobs(who, "deposit", [], DEPOSIT);
  const end = BigInt(await provider.getBlockNumber()) + 10n ** 6n;
  await jobs(broadcaster, "job", ["stream", await first.getAddress(), PRICE, end]);
  for (let n = 0; n < 2; ++n) await jobs(first, "claimWork", [0n, SEGMENTS]);
  await mine(verificationPeriod);
  await jobs(first, "distributeFees", [0n, 0n]);
  return alpha;
}
