import type { PictureSize } from "../../../offchain/media/interface.ts";
import { pixelsCase, pixelsProgram, pixelsStepBound } from "../../../offchain/verification/pixels/judge.ts";
import { pixelsParametersOf } from "../../../offchain/verification/pixels/parameters.ts";
import { frameBytes, rawSegment } from "../../../offchain/verification/pixels/raw.ts";
import { TranslatedProgram } from "../../../offchain/verification/run.ts";
import type { Case } from "../../../offchain/vm/start.ts";

/** {1} Of the pixels program for each pixel that it compares without scaling, at least: LIP-8. */
const STEPS_PER_PIXEL = 60;

export interface Workload {
  /** What the program passes, and the same with a last picture that it finds at fault. */
  readonly honest: Case;
  readonly faulty: Case;
  /** {1} Of the shorter run. */
  readonly steps: number;
}

/** Raw frames over which the pixels program runs for at least so many steps, and a little more. */
export function workloadOf(steps: number, size: PictureSize): Workload {
  const pictures = Math.ceil(steps / (STEPS_PER_PIXEL * size.width * size.height));
  const frames = new Uint8Array(pictures * frameBytes(size)).map((_, i) => (i * 7 + (i >> 9) * 13) & 0xff);
  const spoilt = frames.slice();
  spoilt.subarray(-frameBytes(size)).fill(0);
  const [source, output] = [rawSegment(size, frames), rawSegment(size, spoilt)];
  const parameters = pixelsParametersOf([{ name: "same", ...size, encoder: "auditable", preset: "veryfast", crf: 23 }]);
  const program = pixelsProgram();
  const honest = pixelsCase(program, { parameters, source, output: source, outputIndex: 0 });
  const faulty = { ...honest, output };
  const translated = new TranslatedProgram(program);
  const runs = [honest, faulty].map((each) => translated.run(each, stepBoundOf(each), 0));
  if (runs[0]!.verdict !== "pass" || runs[1]!.verdict !== "fault") throw new Error("the program judges otherwise");
  return { honest, faulty, steps: Math.min(...runs.map((run) => run.steps)) };
}

/** {1} For the receipt. */
export function stepBoundOf({ source, output }: Case): bigint {
  return pixelsStepBound(source.length, [output.length]);
}
