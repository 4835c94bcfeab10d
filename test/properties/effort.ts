import { expect } from "chai";

/** `PROPERTY_TIMES` multiplies the number of sequences, `PROPERTY_SEED` replaces the seed that a failure prints. */
const TIMES = Number(process.env.PROPERTY_TIMES ?? 1);
export const SEED = Number(process.env.PROPERTY_SEED ?? 20_260_101);

/** Less than the usual number of sequences is a glance: it asks whether anything fails, and not what the shortest failure is. */
export const GLANCE = TIMES < 1;

/** The factor for time limits. */
export const PATIENCE = Math.max(TIMES, 1);

/** {ms} Time limit of a test, for what never ends: far more than any machine needs. */
export const TIME_LIMIT = 600_000 * PATIENCE;

/** {ms} How long a failing sequence may be made shorter. */
export const SHRINKING = 20_000;

/** How many sequences to run, where `usual` are enough for every day. */
export function runsOf(usual: number): number {
  return Math.ceil(usual * TIMES);
}

/** Asserts that enough has happened for a property to mean something; a glance cannot promise that. */
export function expectOften(times: number, least: number, what: string): void {
  if (!GLANCE) expect(times, what).to.be.at.least(least);
}

/** A run that has the time to look at everything. */
export const LONG = TIMES >= 10;
