import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isStreamflowError } from "../../errors.ts";
import type { SourceSegment } from "../interface.ts";
import { UNTRUSTED_INPUT } from "../ladder.ts";
import { inPrivateDirectory } from "../private-directory.ts";
import { codingHash } from "./coding.ts";
import { compare } from "./compare.ts";
import type { CheckExact, CheckModules, CheckOptions, Comparison, Pair, Verdict } from "./interface.ts";
import { COMPARED } from "./thresholds.ts";

export const checkExact: CheckExact = async (modules, pair, options) => {
  const { source, asked, got } = pair;
  // Beside fast work, too: what can be repeated is what others are measured by.
  const again = { ...asked, encoder: "auditable" } as const;
  const [made] = await modules.transcode(modules.runner, source.bytes, [again], options);
  const own = made!;
  if (codingHash(own.bytes) === codingHash(got.bytes))
    return { isEqual: true, verdict: "passed", comparison: null, own };
  if (await areBitsBinding(modules, pair, options)) return { isEqual: false, verdict: "failed", comparison: null, own };
  const comparison = await compare(modules.runner, pair, own.bytes, options);
  return { isEqual: false, verdict: judgeCompared(comparison), comparison, own };
};

/**
 * Where bits are not binding, other ones are no proof: other encoders make other bits of the same order. Nor is either figure alone: other rate control takes as
 * much of the PSNR, another scaler as much of the detail.
 */
export function judgeCompared({ deltaPsnr, detail }: Comparison): Verdict {
  return deltaPsnr < COMPARED.deltaPsnr && detail < COMPARED.detail ? "failed" : "suspect";
}

/** Whether everybody who works as ordered has the bits of the own encode: asked when they are not equal. */
export async function areBitsBinding(
  { runner, isReference }: Pick<CheckModules, "runner" | "isReference">,
  { source, asked }: Pick<Pair, "source" | "asked">,
  options: CheckOptions,
): Promise<boolean> {
  return asked.encoder === "auditable" && (await isReference()) && isIntact(runner, source, options);
}

type Runner = CheckModules["runner"];

/** Whether the source decodes without a fault: what stands in for what is missing is each decoder's own choice. */
function isIntact(runner: Runner, { bytes }: SourceSegment, { timeoutMs, signal }: CheckOptions): Promise<boolean> {
  return inPrivateDirectory(async (directory) => {
    const source = join(directory, "source.ts");
    await writeFile(source, bytes);
    try {
      await runner.run({
        global: ["-hide_banner", "-nostdin", "-nostats", "-v", "error", "-xerror"],
        inputs: [{ source, options: UNTRUSTED_INPUT }],
        outputs: [{ target: "-", options: ["-map", "0:v", "-f", "null"] }],
        timeoutMs,
        ...(signal === undefined ? {} : { signal }),
      });
      return true;
    } catch (error) {
      if (isStreamflowError(error, "FfmpegFailed")) return false;
      throw error;
    }
  });
}
