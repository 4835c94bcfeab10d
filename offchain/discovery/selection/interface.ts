/** What a policy knows of an orchestrator. */
export interface Candidate {
  readonly orchestrator: string;
  /** {wei per million pixels} */
  readonly price: number;
  /** {ms} From question to answer. */
  readonly responseMs: number;
  /** {1} Median time of its segments by their length; null when it has delivered none. */
  readonly pace: number | null;
  /** {LPT} */
  readonly stake: number;
  /** {km} Null when it works anywhere, or nobody asks. */
  readonly distanceKm: number | null;
  /** {1} Share of good segments, in (0, 1). */
  readonly goodShare: number;
  /** Segments that the history is about; counts fade. */
  readonly experience: number;
  /** The broadcaster's own: comes before all others. */
  readonly own: boolean;
}

export const PARTS = ["price", "latency", "stake", "history", "region"] as const;
export type Part = (typeof PARTS)[number];

/** What each part counts for, ≥ 0; only their ratios matter. */
export type Weights = Readonly<Record<Part, number>>;

export interface Scored {
  readonly candidate: Candidate;
  /** {1} What each part adds to the score. */
  readonly parts: Readonly<Record<Part, number>>;
  /** {1} Their sum, in [0, 1]. */
  readonly score: number;
}

/**
 * Judges candidates against each other: a pure function, whose answer holds each once, best first, and does not depend on their order. Own
 * ones come before all others.
 */
export type Policy = (candidates: readonly Candidate[]) => Scored[];

/** A number in [0, 1). */
export type Random = () => number;
