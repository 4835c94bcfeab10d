import type { ErrorCode } from "../../errors.ts";
import { countOf, noPaces, type PaceCounts, withPace } from "./pace.ts";
import { FIRST_PAUSE_MS, severityOf } from "./severity.ts";

/** Good segments in a row, one at a time, after which an orchestrator that had failed is trusted again. */
export const PROBATION = 3;
/** More doublings than any pause has. */
const MOST_STRIKES = 16;

/** What one broadcaster has seen of one orchestrator. Counts halve with time, so that the past fades. */
export interface Standing {
  readonly orchestrator: string;
  /** Good segments. */
  readonly good: number;
  /** Failed ones by code; of what says nothing against it, none. */
  readonly failures: Readonly<Partial<Record<ErrorCode, number>>>;
  readonly paces: PaceCounts;
  /** {ms} When the counts were last halved, by however little. */
  readonly at: number;
  /** Points of weight since it was last trusted. */
  readonly strikes: number;
  /** {ms} 0: it is not suspended. */
  readonly suspendedUntil: number;
  /** Good segments that it still has to deliver, one at a time; 0: it is trusted. */
  readonly probation: number;
}

/** Where the counts are when nothing is known. */
export function newStanding(orchestrator: string, now: number): Standing {
  const nothing = { good: 0, failures: {}, paces: noPaces(), strikes: 0, suspendedUntil: 0, probation: 0 };
  return { orchestrator, at: now, ...nothing };
}

/** The same with its counts as they are at `now` {ms}. */
export function decayed(standing: Standing, now: number, halfLifeMs: number): Standing {
  const elapsed = now - standing.at;
  if (elapsed <= 0) return standing;
  const factor = 0.5 ** (elapsed / halfLifeMs);
  const failures = Object.entries(standing.failures).map(([code, count]) => [code, count * factor] as const);
  return {
    ...standing,
    good: standing.good * factor,
    failures: Object.fromEntries(failures),
    paces: standing.paces.map((count) => count * factor),
    strikes: standing.strikes * factor,
    at: now,
  };
}

/** A good segment at this pace {1}. */
export function withSuccess(standing: Standing, pace: number): Standing {
  const probation = Math.max(0, standing.probation - 1);
  return {
    ...standing,
    good: standing.good + 1,
    paces: withPace(standing.paces, pace),
    probation,
    strikes: probation === 0 ? 0 : standing.strikes,
    suspendedUntil: 0,
  };
}

/** It had not delivered at this pace {1} yet when somebody else had. That is no failure, but known to be no faster. */
export function withLateness(standing: Standing, pace: number): Standing {
  return { ...standing, paces: withPace(standing.paces, pace) };
}

/** A failure of some weight at `now` {ms}: suspended for a while, and on probation after it. */
export function withFailure(standing: Standing, code: ErrorCode, now: number): Standing {
  const { weight, longestMs } = severityOf(code);
  if (weight === 0) return standing;
  const strikes = Math.min(MOST_STRIKES, standing.strikes + weight);
  const pause = Math.min(longestMs, FIRST_PAUSE_MS * 2 ** strikes);
  return {
    ...standing,
    failures: { ...standing.failures, [code]: (standing.failures[code] ?? 0) + 1 },
    strikes,
    // A timeout does not shorten what a fault has earned.
    suspendedUntil: Math.max(standing.suspendedUntil, now + Math.ceil(pause)),
    probation: PROBATION,
  };
}

/** How many segments the history is about. */
export function experienceOf({ good, failures }: Standing): number {
  return Object.values(failures).reduce((sum, count) => sum + count, good);
}

/** {1} The share of good segments, failures weighed, in (0, 1): one half for who has no history. */
export function goodShare({ good, failures }: Standing): number {
  let bad = 0;
  for (const [code, count] of Object.entries(failures)) bad += count * severityOf(code as ErrorCode).weight;
  return (good + 1) / (good + bad + 2);
}

/** {1} How many segments its quantiles are made of. */
export function pacesKnown({ paces }: Standing): number {
  return countOf(paces);
}
