import type { Logger } from "pino";
import type { WholeBondingManager } from "../../deploy/contracts.ts";
import { StreamflowError } from "../errors.ts";
import type { Clock } from "../pm/interface.ts";

export interface ActivityOptions {
  readonly address: string;
  /** How often the chain is asked. */
  readonly pollMs: number;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

export interface ActivityModules {
  readonly bonding: Pick<WholeBondingManager, "isActive" | "getOrchestrator">;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Waits until the orchestrator may take jobs. Stake counts from the round after its bond, so whoever has staked in this round has to wait for the
 * next one; that is said once, as StakeNotActive.
 * @throws StreamflowError NotRegistered when the next round will not change it: too little stake, or in jail; the signal's reason
 */
export async function untilActive(options: ActivityOptions, { bonding, clock, log }: ActivityModules): Promise<void> {
  const { address, pollMs, signal } = options;
  if (await isActive(bonding, address)) return;
  log.warn(
    { code: "StakeNotActive", address },
    "stake not active yet: it counts from the round after its bond, waiting for that",
  );
  do {
    // An aborted sleep may reject with an error of its own; what counts is the reason.
    await clock.sleep(pollMs, signal).catch(() => undefined);
    signal.throwIfAborted();
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
  { bonding, clock, log }: ActivityModules,
): Promise<void> {
  for (let known = isActive; ;) {
    await clock.sleep(pollMs, signal).catch(() => undefined);
    if (signal.aborted) return;
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
