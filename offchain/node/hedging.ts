import { countOf, noPaces, type PaceCounts, quantileOf, withPace } from "../discovery/history/pace.ts";
import type { Standings } from "../discovery/history/standings.ts";

export interface HedgingOptions {
  /** {1} A segment is late when it takes longer than this share of those before, or than twice their median; 1: none is. */
  readonly quantile: number;
  /** {1} Most hedges as a share of the segments. */
  readonly share: number;
  /** {ms} No segment is late before. */
  readonly afterMs: number;
}

/** Segments of an orchestrator from which its own quantile is taken, and of a stream from which the stream's is. */
const ENOUGH_OF_ITS_OWN = 20;
const ENOUGH_OF_THE_STREAM = 5;
/** {1} Pace that is late when nothing is known. */
const LATE_PACE = 4;
/** {1} Paces are known to 10 %: late is what is certainly above. */
const MARGIN = 1.2;
/**
 * {1} By the median: later than that is late, whatever the quantile. Who is slow at random, and often enough to know, has slow times in its own quantile; what
 * hedges cost is bounded by their share in any case.
 */
const LATE_BY_MEDIAN = 2;
/** Hedges that can be saved up. */
const MOST_SAVED = 2;
/**
 * {1} Last chances as a share of the segments, beside `share`, and how many can be saved up: as many orchestrators may hang one after the other. They are means of
 * their own, so that what is only late cannot use them up, and bounded, since whoever holds segments back until then would else have each of them paid for twice.
 */
const LAST_CHANCE_SHARE = 0.05;
const MOST_LAST_CHANCES = 4;

/** Of a hedge: those for any that is late, or those for what is lost without it. */
export type Means = "share" | "last chance";

/** When a segment is late enough to be sent to a second orchestrator, and whether that can be afforded. One per stream. */
export class Hedging {
  readonly #options: HedgingOptions;
  readonly #standings: Pick<Standings, "paces">;
  #stream: PaceCounts = noPaces();
  /** The first one is free: a stream may begin with somebody who has just gone. */
  #saved = 1;
  #lastChances = MOST_LAST_CHANCES;

  constructor(options: HedgingOptions, standings: Pick<Standings, "paces">) {
    this.#options = options;
    this.#standings = standings;
  }

  /** {ms} After this time a segment of this length {ms} is late with the orchestrator; null: never. */
  delayFor(orchestrator: string, durationMs: number): number | null {
    const { quantile, afterMs } = this.#options;
    if (quantile >= 1) return null;
    const own = this.#standings.paces(orchestrator);
    const counts = countOf(own) >= ENOUGH_OF_ITS_OWN ? own : this.#stream;
    const known = counts === own || countOf(counts) >= ENOUGH_OF_THE_STREAM ? lateAt(counts, quantile) : null;
    return Math.max(afterMs, (known === null ? LATE_PACE : known * MARGIN) * durationMs);
  }

  /** A segment is sent for the first time. */
  earn(): void {
    this.#saved = Math.min(MOST_SAVED, this.#saved + this.#options.share);
    this.#lastChances = Math.min(MOST_LAST_CHANCES, this.#lastChances + LAST_CHANCE_SHARE);
  }

  /** A segment was delivered at this pace {1}. */
  observe(pace: number): void {
    this.#stream = withPace(this.#stream, pace);
  }

  /** Takes the means for one hedge, and says which; null when there are none. */
  spend(isLastChance: boolean): Means | null {
    // Tenths do not add up exactly.
    const one = 1 - 1e-9;
    if (this.#saved >= one) {
      this.#saved -= 1;
      return "share";
    }
    if (!isLastChance || this.#lastChances < one) return null;
    this.#lastChances -= 1;
    return "last chance";
  }

  /** What was taken was not used. */
  giveBack(means: Means): void {
    if (means === "share") this.#saved += 1;
    else this.#lastChances += 1;
  }
}

/** {1} The pace beyond which a segment is late; null when none is known. */
function lateAt(paces: PaceCounts, quantile: number): number | null {
  const [rare, median] = [quantileOf(paces, quantile), quantileOf(paces, 0.5)];
  return rare === null || median === null ? null : Math.min(rare, LATE_BY_MEDIAN * median);
}
