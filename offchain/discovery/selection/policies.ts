import { type Candidate, type Part, PARTS, type Policy, type Scored, type Weights } from "./interface.ts";

/** {km} The distance at which the region counts half. */
const HALF_DISTANCE_KM = 1_000;
/** {1} Where nothing is known. */
const NEUTRAL = 0.5;
/** {1} A response time is no measure of work: who has delivered nothing yet gets at most so much for it. */
const RESPONSE_CEILING = 0.5;

const NONE: Weights = { price: 0, latency: 0, stake: 0, history: 0, region: 0 };

export const cheapest: Policy = weighted({ ...NONE, price: 1 });
export const fastest: Policy = weighted({ ...NONE, latency: 1 });

/** Weighs all parts. */
export function weighted(weights: Weights): Policy {
  const total = PARTS.reduce((sum, part) => sum + weights[part], 0);
  if (!(total > 0)) throw new RangeError("one weight at least must be above 0");
  return (candidates) => {
    const field = fieldOf(candidates);
    return candidates.map((candidate) => scoreOf(candidate, field, weights, total)).sort(byScore);
  };
}

/** The best of each kind, against which the others are measured. */
interface Field {
  readonly price: number;
  readonly pace: number;
  readonly responseMs: number;
  readonly stake: number;
}

function fieldOf(candidates: readonly Candidate[]): Field {
  const best = { price: Infinity, pace: Infinity, responseMs: Infinity, stake: 0 };
  for (const { price, pace, responseMs, stake } of candidates) {
    best.price = Math.min(best.price, price);
    best.pace = Math.min(best.pace, pace ?? Infinity);
    best.responseMs = Math.min(best.responseMs, responseMs);
    best.stake = Math.max(best.stake, stake);
  }
  return best;
}

function scoreOf(candidate: Candidate, field: Field, weights: Weights, total: number): Scored {
  const { price, pace, responseMs, stake, distanceKm, goodShare } = candidate;
  const latency = pace === null ? RESPONSE_CEILING * ratio(field.responseMs, responseMs) : ratio(field.pace, pace);
  const nearness = distanceKm === null ? NEUTRAL : HALF_DISTANCE_KM / (HALF_DISTANCE_KM + distanceKm);
  const parts: Readonly<Record<Part, number>> = {
    price: (ratio(field.price, price) * weights.price) / total,
    latency: (latency * weights.latency) / total,
    stake: (ratio(stake, field.stake) * weights.stake) / total,
    history: (goodShare * weights.history) / total,
    region: (nearness * weights.region) / total,
  };
  return { candidate, parts, score: parts.price + parts.latency + parts.stake + parts.history + parts.region };
}

/** A part of a whole, in [0, 1]; of nothing it is all. */
function ratio(part: number, whole: number): number {
  return whole <= 0 ? 1 : Math.min(1, part / whole);
}

/** Own ones first, then by score; equals by address, so that no order comes from the input. */
export function byScore(a: Scored, b: Scored): number {
  return (
    Number(b.candidate.own) - Number(a.candidate.own) ||
    b.score - a.score ||
    (a.candidate.orchestrator < b.candidate.orchestrator ? -1 : 1)
  );
}
