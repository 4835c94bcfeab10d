import type { Candidate, Random } from "./interface.ts";

/** Segments after which an orchestrator is no newcomer any more. */
export const NEWCOMER = 5;

export interface Exploration {
  /** {1} Share of segments that go to newcomers. */
  readonly share: number;
  readonly random: Random;
}

/** A newcomer that gets the next segment, or null, which is the rule. All of them are equally likely, in whatever order they come. */
export function drawNewcomer(candidates: () => readonly Candidate[], { share, random }: Exploration): Candidate | null {
  if (random() >= share) return null;
  const newcomers = candidates().filter(({ experience }) => experience < NEWCOMER);
  newcomers.sort((a, b) => (a.orchestrator < b.orchestrator ? -1 : 1));
  return newcomers[Math.floor(random() * newcomers.length)] ?? null;
}
