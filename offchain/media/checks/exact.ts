import { codingHash } from "./coding.ts";
import { compare } from "./compare.ts";
import type { CheckExact, Comparison, Verdict } from "./interface.ts";
import { COMPARED } from "./thresholds.ts";

export const checkExact: CheckExact = async ({ runner, transcode }, pair, options) => {
  const { source, asked, got } = pair;
  // Beside fast work, too: what can be repeated is what others are measured by.
  const [own] = await transcode(runner, source.bytes, [{ ...asked, encoder: "auditable" }], options);
  if (codingHash(own!.bytes) === codingHash(got.bytes))
    return { isEqual: true, verdict: "passed", comparison: null, own: own! };
  const comparison = await compare(runner, pair, own!.bytes, options);
  return { isEqual: false, verdict: judgeCompared(comparison), comparison, own: own! };
};

/**
 * Other bits are no proof: encoders before core 164 of x264, and encoders that are not x264, make other bits of the same order. Nor is either figure alone: other
 * rate control takes as much of the PSNR, another scaler as much of the detail.
 */
export function judgeCompared({ deltaPsnr, detail }: Comparison): Verdict {
  return deltaPsnr < COMPARED.deltaPsnr && detail < COMPARED.detail ? "failed" : "suspect";
}
