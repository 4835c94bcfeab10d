import type { Standing } from "./standing.ts";

/** Where histories survive the process. */
export interface StandingRows {
  all(): Standing[];
  put(standing: Standing): void;
  /** Forgets all but the `most` that were used last. */
  trim(most: number): void;
}
