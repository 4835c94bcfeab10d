import { StreamflowError } from "../errors.ts";

/** {1} What the latest sale counts for. */
const WEIGHT = 0.2;

/** Whether a segment can be done while its buyer waits, judged before it is paid. */
export class SaleAdmission {
  #underWay = 0;
  /** {ms} From the last rendition to the answer, of late: judging, signing, keeping. */
  #afterMs = 0;

  /**
   * Lets work in whose time suffices by the pace of late. While nothing else is under way anything is let in that somebody is there for: else a node that was
   * slow once would refuse for ever, since only work shows that it is quick again.
   * @param expectedMs {ms} that transcoding is expected to take; Infinity when nobody is there
   * @param remainingMs {ms} that the buyer still waits
   * @returns a function to be called when the work has ended
   * Errors: `Overloaded`, with `retryAfterSeconds`
   */
  enter(expectedMs: number, remainingMs: number): () => void {
    const neededMs = Math.round(expectedMs + this.#afterMs);
    if (remainingMs <= 0 || neededMs === Infinity || (this.#underWay > 0 && neededMs > remainingMs))
      throw new StreamflowError("Overloaded", `it would take ${neededMs} ms, and ${remainingMs} ms are left`, {
        ...{ neededMs: Number.isFinite(neededMs) ? neededMs : null, remainingMs },
        retryAfterSeconds: 1,
      });
    this.#underWay++;
    return () => void this.#underWay--;
  }

  /** {ms} What came after the renditions took so long. */
  observe(afterMs: number): void {
    this.#afterMs += WEIGHT * (afterMs - this.#afterMs);
  }
}
