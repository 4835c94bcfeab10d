import type { Logger } from "pino";
import type { WholeBondingManager } from "../../deploy/contracts.ts";
import { StreamflowError } from "../errors.ts";
import type { Clock } from "../pm/interface.ts";
import type { RoundClock } from "./rounds.ts";

export interface ActivityOptions {
  readonly address: string;
  /** {ms} How often it is looked whether a round has begun; without that the chain is asked at every fifth look. */
  readonly pollMs: number;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

export interface ActivityModules {
  readonly bonding: Pick<WholeBondingManager, "isActive" | "getOrchestrator">;
  readonly rounds: Pick<RoundClock, "current">;
  readonly clock: Clock;
  readonly log: Logger;
}

/** {1} Looks between two questions within a round, in which only a transaction changes anything: it resigns, is jailed, or loses its stake. */
const LOOKS = 5;

/**
 * Waits until the orchestrator may take jobs. Stake counts from the round after its bond, so whoever has staked in this round has to wait for the
 * next one; that is said once, as StakeNotActive.
 * @throws StreamflowError NotRegistered when the next round will not change it: too little stake, or in jail; the signal's reason
 */
export async function untilActive(options: ActivityOptions, modules: ActivityModules): Promise<void> {
  const { bonding, rounds, log } = modules;
  const { address, signal } = options;
  let round = rounds.current();
  if (await isActive(bonding, address)) return;
  log.warn(
    { code: "StakeNotActive", address },
    "stake not active yet: it counts from the round after its bond, waiting for that",
  );
  do {
    await pause(round, options, modules);
    signal.throwIfAborted();
    round = rounds.current();
  } while (!(await hasCome(bonding, address, log)));
  log.info({ address }, "stake active");
}

/**
 * Tells of each change, until the signal: an orchestrator may not take jobs while it is in jail, has resigned or has too little stake, and may when it is back. While the
 * chain is away nothing changes.
 * @param isActive what is known
 */
export async function watchActivity(
  isActive: boolean,
  onChange: (isActive: boolean) => void,
  { address, pollMs, signal }: ActivityOptions,
  { bonding, rounds, clock, log }: ActivityModules,
): Promise<void> {
  for (let known = isActive, round = rounds.current(); ;) {
    await pause(round, { pollMs, signal }, { rounds, clock });
    if (signal.aborted) return;
    round = rounds.current();
    const found = await bonding.isActive(address).catch((error: unknown) => {
      log.warn({ err: error }, "activity not read");
      return known;
    });
    if (found === known || signal.aborted) continue;
    known = found;
    if (known) log.info({ address }, "stake active");
    else log.warn({ code: "SellingOff", address }, "stake not active any more: nothing is sold until it is again");
    onChange(known);
  }
}

/** Until a round has begun since this one, or it is time to ask all the same. */
async function pause(
  round: number,
  { pollMs, signal }: Pick<ActivityOptions, "pollMs" | "signal">,
  { rounds, clock }: Pick<ActivityModules, "rounds" | "clock">,
): Promise<void> {
  for (let looks = 0; looks < LOOKS && !signal.aborted; looks += 1) {
    // An aborted sleep may reject with an error of its own; what counts is the signal's reason.
    await clock.sleep(pollMs, signal).catch(() => undefined);
    if (rounds.current() !== round) return;
  }
}

/** @throws StreamflowError NotRegistered when it is not and will not be in the next round */
async function isActive(bonding: ActivityModules["bonding"], address: string): Promise<boolean> {
  if (await bonding.isActive(address)) return true;
  const { active, activeNext } = await bonding.getOrchestrator(address);
  if (!activeNext) throw new StreamflowError("NotRegistered", `${address} is not an active orchestrator`);
  // Read later than the first answer: the round may have begun in between.
  return active;
}

/** A wait can last a whole round; a chain that is away for a while does not end it. */
async function hasCome(bonding: ActivityModules["bonding"], address: string, log: Logger): Promise<boolean> {
  try {
    return await isActive(bonding, address);
  } catch (error) {
    if (error instanceof StreamflowError) throw error;
    log.warn({ err: error }, "activity not read");
    return false;
  }
}
