import type { TranscodedRendition } from "../media/interface.ts";
import type { ErrorData } from "../errors.ts";

/** What is compared of one rendition. */
export interface Measured {
  readonly rendition: string;
  readonly frames: number;
  /** {1/90,000 s} */
  readonly durationTicks: number;
}

/** Two answers to one segment, one of which must be wrong. */
export interface Disagreement {
  readonly sequence: number;
  readonly rendition: string;
  readonly answers: readonly [MeasuredAnswer, MeasuredAnswer];
}

export interface MeasuredAnswer extends Omit<Measured, "rendition"> {
  readonly orchestrator: string;
}

/** {1/90,000 s} Lengths that differ by a millisecond are the same: times are rounded to ticks more than once. */
const TOLERANCE_TICKS = 90;

export function measuredOf(renditions: readonly TranscodedRendition[]): Measured[] {
  return renditions.map(({ name, info }) => ({
    rendition: name,
    frames: info.frames,
    durationTicks: info.durationTicks,
  }));
}

/** What a refused answer was measured to be; nothing where it could not be read. */
export function measuredInRefusal({ rendition, frames, durationTicks }: ErrorData): Measured[] {
  if (typeof rendition !== "string" || typeof frames !== "number" || typeof durationTicks !== "number") return [];
  return [{ rendition, frames, durationTicks }];
}

/** The answers to one segment, refused ones too, each compared with those before. */
export class Comparison {
  readonly #sequence: number;
  readonly #answers = new Map<string, readonly Measured[]>();

  constructor(sequence: number) {
    this.#sequence = sequence;
  }

  /** The first difference from an answer before; null when there is none. */
  add(orchestrator: string, measured: readonly Measured[]): Disagreement | null {
    for (const [other, before] of this.#answers) {
      for (const one of measured) {
        const two = before.find(({ rendition }) => rendition === one.rendition);
        if (two === undefined || areAlike(one, two)) continue;
        const { rendition, ...mine } = one;
        const { frames, durationTicks } = two;
        const answers = [
          { orchestrator: other, frames, durationTicks },
          { orchestrator, ...mine },
        ] as const;
        return { sequence: this.#sequence, rendition, answers };
      }
    }
    if (measured.length > 0) this.#answers.set(orchestrator, measured);
    return null;
  }
}

function areAlike(a: Measured, b: Measured): boolean {
  return a.frames === b.frames && Math.abs(a.durationTicks - b.durationTicks) <= TOLERANCE_TICKS;
}
