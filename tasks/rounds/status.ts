import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { CommonArguments } from "../common/context.ts";
import { openContracts } from "../common/context.ts";
import { duration, lpt, moment, percent, printFacts, printJson, roughPercent } from "../common/output.ts";
import { readOrchestrators } from "../orchestrators/read.ts";
import type { RoundMint } from "./emission.ts";
import { mintOf } from "./emission.ts";

const ONE = 10n ** 18n;

export interface RoundsStatus {
  readonly round: bigint;
  /** {s, Unix} */
  readonly begins: bigint;
  readonly ends: bigint;
  readonly now: bigint;
  /** {s} */
  readonly roundLength: bigint;
  /** A length that is decided and holds later. */
  readonly nextLength: { readonly roundLength: bigint; readonly fromRound: bigint; readonly fromTime: bigint } | null;
  /** {round} The last one with an event of its own; null: none. */
  readonly lastAnnounced: bigint | null;
  readonly mint: RoundMint;
  /** {wei LPT} */
  readonly activeStake: bigint;
  readonly nextActiveStake: bigint;
  /** {1e18 = 1} */
  readonly bondingRate: bigint;
  readonly targetBondingRate: bigint;
  readonly orchestrators: { readonly registered: number; readonly active: number; readonly jailed: number };
}

/** `npx hardhat rounds status` */
export default async function status(
  { dir, json }: CommonArguments,
  hre: HardhatRuntimeEnvironment,
): Promise<RoundsStatus> {
  const contracts = await openContracts(hre, dir);
  const { rounds, bonding, minter } = contracts;
  const round = await rounds.currentRound();
  const [begins, ends, now, schedule, announced, mint, stake, { targetBondingRate }, all] = await Promise.all([
    rounds.roundStart(round),
    rounds.roundStart(round + 1n),
    contracts.now(),
    rounds.schedule(),
    rounds.lastAnnouncedRound(),
    mintOf(contracts, round),
    bonding.totalActiveStake(),
    minter.parameters(),
    readOrchestrators(contracts),
  ]);
  const { pending } = schedule;
  const result: RoundsStatus = {
    round,
    begins,
    ends,
    now,
    roundLength: await rounds.roundLength(),
    nextLength:
      pending.roundLength === 0n
        ? null
        : { roundLength: pending.roundLength, fromRound: pending.startRound, fromTime: pending.startTime },
    lastAnnounced: announced.exists ? announced.round : null,
    mint,
    activeStake: stake.active,
    nextActiveStake: stake.next,
    bondingRate: mint.supply === 0n ? 0n : (stake.active * ONE) / mint.supply,
    targetBondingRate,
    orchestrators: {
      registered: all.length,
      active: all.filter(({ active }) => active).length,
      jailed: all.filter(({ jailed }) => jailed).length,
    },
  };
  if (json) printJson(result);
  else show(result);
  return result;
}

function show(status: RoundsStatus): void {
  const { round, begins, ends, now, roundLength, nextLength, lastAnnounced, mint, orchestrators } = status;
  const change =
    nextLength === null
      ? "no change"
      : `${duration(nextLength.roundLength)} from round ${nextLength.fromRound} on (${moment(nextLength.fromTime)})`;
  printFacts(`round ${round}`, [
    ["began", begins > now ? `begins ${moment(begins)}` : moment(begins)],
    ["ends", `${moment(ends)}, in ${duration(ends > now ? ends - now : 0n)}`],
    ["length", duration(roundLength)],
    ["announced length", change],
    ["last NewRound event", lastAnnounced === null ? "none (nothing depends on it)" : `of round ${lastAnnounced}`],
    ["inflation", `${percent(mint.inflation)} of the supply, per round`],
    ["minted at its end", `${lpt(mint.stakers)} for the stake`],
    ["", `${lpt(mint.treasury)} for the treasury`],
    ["supply", lpt(mint.supply)],
    ["at stake", lpt(status.activeStake)],
    ["at stake in the next", `${lpt(status.nextActiveStake)}, so far`],
    ["bonding rate", `${roughPercent(status.bondingRate)}, the target is ${percent(status.targetBondingRate)}`],
    [
      "orchestrators",
      `${orchestrators.registered} registered, ${orchestrators.active} active, ${orchestrators.jailed} in jail`,
    ],
  ]);
}
