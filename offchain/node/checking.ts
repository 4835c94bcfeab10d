import type { Logger } from "pino";
import { experienceOf } from "../discovery/history/standing.ts";
import type { Standings } from "../discovery/history/standings.ts";
import { asStreamflowError, type ErrorCode, type ErrorData, isStreamflowError, StreamflowError } from "../errors.ts";
import { codingHash } from "../media/checks/coding.ts";
import type { CheckOptions, Examined, Pair } from "../media/checks/interface.ts";
import { type CheckPlan, type CheckShares, type Draw, planChecks } from "../media/checks/policy.ts";
import { Repeats } from "../media/checks/repeats.ts";
import type { Rendition, SourceSegment, TranscodedRendition } from "../media/interface.ts";
import type { Seats } from "./seats.ts";

export interface CheckingOptions {
  /** In the order of every answer. */
  readonly renditions: readonly Rendition[];
  readonly shares: CheckShares;
  /** {ms} Of each process of a check. */
  readonly timeoutMs: number;
}

export interface CheckingModules {
  /** Looks at one rendition, as `examine` does. */
  readonly examine: (pair: Pair, wanted: Pick<CheckPlan, "gray" | "exact">, options: CheckOptions) => Promise<Examined>;
  readonly standings: Pick<Standings, "get">;
  /** For checks; those of other streams take them, too. */
  readonly seats: Pick<Seats, "enter" | "leave">;
  /** Not to be foreseen by orchestrators. */
  readonly draw: Draw;
  readonly log: Logger;
}

/** What an answer whose pictures were looked at can fail with. */
const REJECTIONS = ["WorkRejected", "BitsDiffer"] as const satisfies readonly ErrorCode[];

/** What became of the answers of a stream. */
export interface CheckCounts {
  /** Those whose coding was looked at. */
  readonly answers: number;
  /** Of them those whose pictures were, by outcome. */
  readonly passed: number;
  readonly suspect: number;
  readonly rejected: number;
  /** Nothing could be said: ffmpeg failed or took too long. */
  readonly unfinished: number;
  /** Not looked at for lack of time. */
  readonly dropped: number;
}

/** Looks at the pictures of some of the answers of a stream. */
export class Checking {
  readonly #options: CheckingOptions;
  readonly #modules: CheckingModules;
  readonly #repeats = new Repeats();
  readonly #suspects = new Set<string>();
  readonly #counts = { answers: 0, passed: 0, suspect: 0, rejected: 0, unfinished: 0, dropped: 0 };

  constructor(options: CheckingOptions, modules: CheckingModules) {
    this.#options = options;
    this.#modules = modules;
  }

  get counts(): CheckCounts {
    return { ...this.#counts };
  }

  /** The next answer of each of these orchestrators is encoded again. */
  suspect(orchestrators: Iterable<string>): void {
    for (const orchestrator of orchestrators) this.#suspects.add(orchestrator);
  }

  /**
   * To be called when an answer has passed all checks of its structure, and before anybody else sees it. Returns at once when none of its pictures are to be
   * looked at. An answer that cannot be told from honest work passes, and is logged.
   * @param got of `segment`, one for each of the renditions, in their order
   * @throws StreamflowError WorkRejected or BitsDiffer, or the signal's reason
   */
  async check(
    segment: SourceSegment,
    orchestrator: string,
    got: readonly TranscodedRendition[],
    signal: AbortSignal,
  ): Promise<void> {
    this.#counts.answers++;
    const seen = { sequence: segment.sequence, source: codingHash(segment.bytes) };
    const codings = got.map(({ bytes }) => codingHash(bytes));
    const plan = this.#plan(
      orchestrator,
      codings.findIndex((coding) => this.#repeats.isRepeated(coding, seen)),
    );
    if (plan !== null) await this.#follow(plan, segment, orchestrator, got, signal);
    for (const coding of codings) this.#repeats.add(coding, seen);
  }

  #plan(orchestrator: string, repeated: number): CheckPlan | null {
    const standing = this.#modules.standings.get(orchestrator);
    const wasRejected = standing.probation > 0 && REJECTIONS.some((code) => standing.failures[code] !== undefined);
    const about = {
      encoders: this.#options.renditions.map(({ encoder }) => encoder),
      experience: experienceOf(standing),
      repeated: repeated === -1 ? null : repeated,
      isSuspect: this.#suspects.delete(orchestrator) || wasRejected,
    };
    return planChecks(about, this.#options.shares, this.#modules.draw);
  }

  async #follow(
    plan: CheckPlan,
    source: SourceSegment,
    orchestrator: string,
    got: readonly TranscodedRendition[],
    signal: AbortSignal,
  ): Promise<void> {
    // Whoever does not have to be looked at does not wait for it.
    if (!(await this.#modules.seats.enter(plan.isRequired))) {
      this.#counts.dropped++;
      return;
    }
    const asked = this.#options.renditions[plan.rendition]!;
    const about = { orchestrator, sequence: source.sequence, rendition: asked.name };
    try {
      signal.throwIfAborted();
      const pair = { source, asked, got: got[plan.rendition]! };
      const options = { timeoutMs: this.#options.timeoutMs, signal };
      const examined = await this.#modules.examine(pair, plan, options);
      // What should have been encoded again, and could not be: the next one is.
      if (examined.verdict === "suspect" && examined.exact === null) this.suspect([orchestrator]);
      this.#note(examined, about);
    } catch (thrown) {
      if (REJECTIONS.some((code) => isStreamflowError(thrown, code))) throw thrown;
      if (plan.isRequired) this.suspect([orchestrator]);
      if (signal.aborted) throw thrown;
      const error = asStreamflowError(thrown);
      this.#counts.unfinished++;
      this.#modules.log.warn({ ...about, code: error.code, detail: error.message }, "pictures could not be checked");
    } finally {
      this.#modules.seats.leave();
    }
  }

  #note(examined: Examined, about: ErrorData): void {
    const figures = figuresOf(examined);
    switch (examined.verdict) {
      case "passed":
        this.#counts.passed++;
        this.#modules.log.debug({ ...about, ...figures }, "pictures are good");
        return;
      case "suspect":
        this.#counts.suspect++;
        this.#modules.log.warn({ ...about, ...figures }, "pictures are suspect");
        return;
      case "failed": {
        this.#counts.rejected++;
        const { rendition } = about;
        const code = examined.fault === "bits" ? "BitsDiffer" : "WorkRejected";
        throw new StreamflowError(code, `${rendition}: ${reasonOf(examined)}`, {
          rendition: rendition!,
          ...figures,
        });
      }
    }
  }
}

const rounded = (figure: number): number => Number(figure.toFixed(3));

function figuresOf({ gray, exact }: Examined): ErrorData {
  const { blk, hue, worst, dup } = gray?.measures ?? {};
  const { deltaPsnr, detail } = exact?.comparison ?? {};
  const all = { blk, hue, worst, dup, deltaPsnr, detail };
  const measured = Object.entries(all).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return {
    ...(exact === null ? {} : { isEqual: exact.isEqual }),
    ...Object.fromEntries(measured.map(([name, figure]) => [name, rounded(figure)])),
  };
}

function reasonOf({ fault, gray }: Examined): string {
  if (fault === "bits") return "its bits are not those that its order makes of the source";
  return gray !== null && gray.measures === null
    ? "its pictures cannot be decoded"
    : "its pictures are farther from the source's than any honest encoder's";
}
