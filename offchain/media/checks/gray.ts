import { readFile } from "node:fs/promises";
import { isStreamflowError, StreamflowError } from "../../errors.ts";
import type { PictureSize } from "../interface.ts";
import { EXACT_SCALER } from "../ladder.ts";
import { decodeAll, type Decoded } from "./decode.ts";
import type { CheckGray, Measures, SmallPictures, Verdict } from "./interface.ts";
import { measure } from "./measures.ts";
import { GRAY } from "./thresholds.ts";

/** {pixels} */
const SHORT_SIDE = 90;
const LONG_SIDE = 160;

export const checkGray: CheckGray = async ({ runner }, { source, asked, got }, options) => {
  const size =
    asked.width < asked.height ? { width: SHORT_SIDE, height: LONG_SIDE } : { width: LONG_SIDE, height: SHORT_SIDE };
  const small = `scale=${size.width}:${size.height}:flags=area+accurate_rnd+full_chroma_int+bitexact,format=yuv420p`;
  // Through the rendition's size, so that what an honest scaler drops is dropped here, too.
  const reference = {
    bytes: source.bytes,
    filters: `scale=${asked.width}:${asked.height}:flags=${EXACT_SCALER},${small}`,
  };
  const { frames } = source.info;
  const decode = (...some: Decoded[]): Promise<SmallPictures[]> =>
    decodeAll(runner, some, frames + 1, options, (paths) =>
      Promise.all(paths.map(async (path) => picturesOf(size, await readFile(path)))),
    );
  let delivered: SmallPictures | undefined;
  let original: SmallPictures | undefined;
  try {
    [original, delivered] = await decode(reference, { bytes: got.bytes, filters: small });
  } catch (error) {
    if (!isStreamflowError(error, "FfmpegFailed")) throw error;
    // Whose fault it is shows when the source is decoded alone.
    [original] = await decode(reference);
  }
  if (original!.pictures.length !== frames) {
    const detail = `${original!.pictures.length} of the source's ${frames} pictures can be decoded`;
    throw new StreamflowError("SegmentInvalid", detail, { frames });
  }
  if (delivered?.pictures.length !== frames) return { verdict: "failed", measures: null };
  const measures = measure(original!, delivered);
  return { verdict: judgeGray(measures), measures };
};

/** On its own: failed by luma only. */
export function judgeGray({ blk, worst, dup, hue }: Measures): Verdict {
  const { reject, suspect } = GRAY;
  if (blk > reject.blk || worst < reject.worst) return "failed";
  if (blk > suspect.blk || worst < suspect.worst || dup > suspect.dup || hue > suspect.hue) return "suspect";
  return "passed";
}

/** Beside an own encode of the same source: what that is suspect of, too, the source is to blame for. */
export function judgeBeside(got: Measures, own: Measures): Verdict {
  if (judgeGray(own) !== "passed") return "suspect";
  const { hue, dup } = GRAY.rejectBeside;
  return got.hue > hue || got.dup > dup ? "failed" : judgeGray(got);
}

function picturesOf(size: PictureSize, bytes: Uint8Array): SmallPictures {
  const length = (size.width * size.height * 3) / 2;
  const count = Math.floor(bytes.length / length);
  return {
    ...size,
    pictures: Array.from({ length: count }, (_, i) => bytes.subarray(i * length, (i + 1) * length)),
  };
}
