import { StreamflowError } from "../../../offchain/errors.ts";
import { conclude } from "../../../offchain/media/checks/examine.ts";
import { checkExact } from "../../../offchain/media/checks/exact.ts";
import { checkGray } from "../../../offchain/media/checks/gray.ts";
import type { CheckModules, GrayResult, Pair } from "../../../offchain/media/checks/interface.ts";
import { judgeStructure } from "../../../offchain/media/ladder.ts";
import type { Rendition, SegmentInfo, SourceSegment } from "../../../offchain/media/interface.ts";
import { parseSegment } from "../../../offchain/media/mpegts.ts";
import { TIMEOUT_MS } from "./options.ts";

/** What each check says of one output, whether or not a node would have made it. */
export interface Outcome {
  /** Found by its structure: no picture is looked at. */
  readonly structure: boolean;
  /** Of the small pictures alone. */
  readonly gray: "passed" | "suspect" | "failed";
  /** Whether it has the bits of an own encode. */
  readonly isEqual: boolean;
  /** When it is encoded again, by its pictures. */
  readonly final: "passed" | "suspect" | "failed";
  readonly figures: Readonly<Record<string, number>>;
}

const OPTIONS = { timeoutMs: TIMEOUT_MS };
const MALFORMED: Outcome = { structure: true, gray: "failed", isEqual: false, final: "failed", figures: {} };

export async function outcomeOf(
  modules: CheckModules,
  source: SourceSegment,
  asked: Rendition,
  bytes: Buffer,
): Promise<Outcome> {
  const info = structureOf(source, asked, bytes);
  if (info === null) return MALFORMED;
  const pair: Pair = { source, asked, got: { bytes, info } };
  const gray = await checkGray(modules, pair, OPTIONS);
  // As if it were ordered fast: figures are wanted in any case.
  const loose: Pair = { ...pair, asked: { ...asked, encoder: "fast" } };
  const { isEqual, verdict, comparison, own } = await checkExact(modules, loose, OPTIONS);
  if (asked.encoder === "auditable") {
    const strict = await checkExact(modules, pair, OPTIONS);
    if ((strict.verdict === "failed") === isEqual) throw new Error("other bits are to fail, and only these");
  }
  const mine: GrayResult = isEqual ? gray : await checkGray(modules, { ...pair, got: own }, OPTIONS);
  return {
    structure: false,
    gray: gray.verdict,
    isEqual,
    final: isEqual ? "passed" : conclude(gray, mine, { verdict, comparison }),
    figures: { ...gray.measures, ...comparison },
  };
}

function structureOf(source: SourceSegment, asked: Rendition, bytes: Buffer): SegmentInfo | null {
  try {
    const info = parseSegment(bytes);
    return judgeStructure(source.info, asked, info) === null ? info : null;
  } catch (error) {
    if (error instanceof StreamflowError) return null;
    throw error;
  }
}
