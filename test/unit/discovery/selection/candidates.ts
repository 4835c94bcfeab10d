import fc from "fast-check";
import type { Candidate } from "../../../../offchain/discovery/selection/interface.ts";

/** An ordinary one, but for what is said. */
export function candidate(orchestrator: string, changes: Partial<Candidate> = {}): Candidate {
  return {
    orchestrator,
    price: 100,
    responseMs: 10,
    pace: 0.5,
    stake: 1_000,
    distanceKm: null,
    goodShare: 0.9,
    experience: 50,
    own: false,
    ...changes,
  };
}

const positive = fc.double({ min: 1e-6, max: 1e18, noNaN: true });

/** Any, each with another name. */
export const anyCandidates = fc.uniqueArray(
  fc.record({
    orchestrator: fc.integer({ min: 0, max: 999 }).map((number) => `0x${number}`),
    price: fc.oneof(fc.constant(0), positive),
    responseMs: fc.double({ min: 0, max: 60_000, noNaN: true }),
    pace: fc.option(fc.double({ min: 0.02, max: 30, noNaN: true })),
    stake: fc.oneof(fc.constant(0), positive),
    distanceKm: fc.option(fc.double({ min: 0, max: 20_038, noNaN: true })),
    goodShare: fc.double({ min: 0, max: 1, noNaN: true }),
    experience: fc.double({ min: 0, max: 100, noNaN: true }),
    own: fc.boolean(),
  }),
  { selector: ({ orchestrator }) => orchestrator, minLength: 0, maxLength: 30 },
);
