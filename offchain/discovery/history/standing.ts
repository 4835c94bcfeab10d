import type { ErrorCode } from "../../errors.ts";
import { noPaces, type PaceCounts, type Pacing, quantileOf, withPace } from "./pace.ts";
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
  readonly paces: Readonly<Record<Pacing, PaceCounts>>;
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
  const paces = { live: noPaces(), file: noPaces() };
  const nothing = { good: 0, failures: {}, paces, strikes: 0, suspendedUntil: 0, probation: 0 };
  return { orchestrator, at: now, ...nothing };
}

/** The same with its counts as they are at `now` {ms}. */
export function decayed(standing: Standing, now: number, halfLifeMs: number): Standing {
  const elapsed = now - standing.at;
  if (elapsed <= 0) return standing;
  const factor = 0.5 ** (elapsed / halfLifeMs);
  const fade = (counts: PaceCounts) => counts.map((count) => count * factor);
  const failures: Partial<Record<ErrorCode, number>> = {};
  for (const [code, count] of Object.entries(standing.failures)) failures[code as ErrorCode] = count * factor;
  return {
    ...standing,
    good: standing.good * factor,
    failures,
    paces: { live: fade(standing.paces.live), file: fade(standing.paces.file) },
    strikes: standing.strikes * factor,
    at: now,
  };
}

/** What a choice is made by. */
export interface Reputation {
  /** {1} Share of good segments. */
  readonly goodShare: number;
  readonly experience: number;
  /** {1} Median of the kind that is asked for; null when there is none. */
  readonly pace: number | null;
  /** {ms} */
  readonly suspendedUntil: number;
}

/** Of many at a time: counts as they are at `now` {ms}, without a copy of the histogram, whose quantiles do not change when it fades. */
export function reputationOf(standing: Standing, pacing: Pacing, now: number, halfLifeMs: number): Reputation {
  const factor = 0.5 ** (Math.max(0, now - standing.at) / halfLifeMs);
  return {
    goodShare: goodShare(standing, factor),
    experience: experienceOf(standing) * factor,
    pace: quantileOf(standing.paces[pacing], 0.5),
    suspendedUntil: standing.suspendedUntil,
  };
}

/** A good segment at this pace {1}. */
export function withSuccess(standing: Standing, pace: number, pacing: Pacing): Standing {
  const probation = Math.max(0, standing.probation - 1);
  return {
    ...withLateness(standing, pace, pacing),
    good: standing.good + 1,
    probation,
    strikes: probation === 0 ? 0 : standing.strikes,
    suspendedUntil: 0,
  };
}

/** It had not delivered at this pace {1} yet when somebody else had. That is no failure, but known to be no faster. */
export function withLateness(standing: Standing, pace: number, pacing: Pacing): Standing {
  return { ...standing, paces: { ...standing.paces, [pacing]: withPace(standing.paces[pacing], pace) } };
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
  let sum = good;
  for (const code in failures) sum += failures[code as ErrorCode]!;
  return sum;
}

/** {1} The share of good segments, failures weighed, in (0, 1): one half for who has no history. `factor` {1}: by which its counts have faded. */
export function goodShare({ good, failures }: Standing, factor = 1): number {
  let bad = 0;
  for (const code in failures) bad += failures[code as ErrorCode]! * severityOf(code as ErrorCode).weight;
  return (good * factor + 1) / ((good + bad) * factor + 2);
}
