import { isStreamflowError } from "../../errors.ts";
import { checkExact } from "./exact.ts";
import { checkGray, judgeBeside } from "./gray.ts";
import type { CheckModules, CheckOptions, Examined, ExactResult, GrayResult, Pair, Verdict } from "./interface.ts";
import { COMPARED } from "./thresholds.ts";

/**
 * Makes the checks that are wanted, and those that follow from what they find: what small pictures do not clear is encoded again. Work that is equal to an
 * own encode has passed, whatever its pictures look like: some sources cannot be encoded well. What is not has failed where bits are binding, whatever they look like.
 * @throws SegmentInvalid, FfmpegFailed or FfmpegTimedOut when nothing can be said, or the signal's reason
 */
export async function examine(
  modules: CheckModules,
  pair: Pair,
  wanted: { readonly gray: boolean; readonly exact: boolean },
  options: CheckOptions,
): Promise<Examined> {
  const gray = wanted.gray ? await checkGray(modules, pair, options) : null;
  if (!wanted.exact && (gray === null || gray.verdict === "passed")) return examined("passed", gray, null);
  try {
    const { own, ...exact } = await checkExact(modules, pair, options);
    if (exact.isEqual) return examined("passed", gray, exact);
    if (exact.comparison === null) return { verdict: "failed", fault: "bits", gray, exact };
    const got = gray ?? (await checkGray(modules, pair, options));
    const mine = await checkGray(modules, { ...pair, got: own }, options);
    const verdict = conclude(got, mine, exact);
    // Fast work has other bits, so that they are no reason to suspect it.
    const isCleared = pair.asked.encoder === "fast" && verdict === "suspect" && got.verdict === "passed";
    return examined(isCleared ? "passed" : verdict, got, exact);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!isStreamflowError(error)) throw error;
    // The small pictures have to do.
    const rest = gray ?? (await checkGray(modules, pair, options));
    return examined(rest.verdict, rest, null);
  }
}

/** What pictures say. */
function examined(verdict: Verdict, gray: Examined["gray"], exact: Examined["exact"]): Examined {
  return { verdict, fault: verdict === "failed" ? "pictures" : null, gray, exact };
}

/** Of work that is not equal to an own encode, by its pictures. */
export function conclude(
  got: GrayResult,
  own: GrayResult,
  { verdict, comparison }: Pick<ExactResult, "verdict" | "comparison">,
): Verdict {
  if (verdict === "failed" || got.measures === null) return "failed";
  if (own.measures === null) return "suspect";
  const beside = judgeBeside(got.measures, own.measures);
  // Two signs that are not the same: small pictures that the own encode has better, and a loss at full size.
  const isFar = comparison !== null && comparison.deltaPsnr < COMPARED.deltaPsnr;
  const isOnlyGot = got.verdict !== "passed" && own.verdict === "passed";
  return beside === "failed" || (isFar && isOnlyGot) ? "failed" : "suspect";
}
