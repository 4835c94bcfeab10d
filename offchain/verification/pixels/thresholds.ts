import { cellOf, errorOf, similarityOf } from "./units.ts";

/** Those of the pixels program, in its units: LIP-8. */
export interface Thresholds {
  readonly lumaMean: number;
  readonly lumaWorst: number;
  readonly chromaMean: number;
  readonly chromaWorst: number;
  readonly similarityMean: number;
  readonly similarityWorst: number;
  readonly lagRatio: number;
  readonly lagError: number;
  readonly lumaCellMean: number;
  readonly lumaCellWorst: number;
  readonly chromaCellMean: number;
  readonly chromaCellWorst: number;
}

/** Constant rate factors, and at each of them what honest encoders stay clear of: LIP-8, "Thresholds". */
const FACTORS = [0, 23, 28, 35, 43, 51] as const;
type Curve = readonly [number, number, number, number, number, number];

/** {dB} Of PSNR. White noise is what is worst to encode; pictures of a camera are 6 dB and more above these. */
const LUMA_MEAN: Curve = [22, 21, 18.5, 15.5, 15, 15];
const LUMA_WORST: Curve = [21, 20, 18, 15, 14.5, 14.5];
const CHROMA_MEAN: Curve = [23, 21, 20, 18, 15, 13.5];
const CHROMA_WORST: Curve = [22, 20.5, 19.5, 17.5, 14.5, 13];
/** {1} SSIM. */
const SIMILARITY_MEAN: Curve = [0.85, 0.7, 0.3, -0.05, -0.1, -0.1];
const SIMILARITY_WORST: Curve = [0.8, 0.65, 0.25, -0.1, -0.1, -0.1];
/** {1} An encoder that saves where little moves is late, too; {dB} up to which it may be. */
const LAG_RATIO: Curve = [2, 2, 2, 2.5, 4, 4];
const LAG_ERROR: Curve = [44, 42, 40, 36, 30, 24];
/** {steps} */
const LUMA_CELL_MEAN: Curve = [2, 4, 6, 12, 22, 34];
const LUMA_CELL_WORST: Curve = [4, 9, 14, 26, 50, 80];
const CHROMA_CELL_MEAN: Curve = [4, 6, 8, 12, 18, 36];
const CHROMA_CELL_WORST: Curve = [6, 12, 16, 26, 36, 50];

/**
 * Thresholds for gross failure.
 * @param crf from 0 to 51
 */
export function thresholdsOf(crf: number): Thresholds {
  const at = (curve: Curve): number => valueAt(curve, crf);
  return {
    lumaMean: errorOf(at(LUMA_MEAN)),
    lumaWorst: errorOf(at(LUMA_WORST)),
    chromaMean: errorOf(at(CHROMA_MEAN)),
    chromaWorst: errorOf(at(CHROMA_WORST)),
    similarityMean: similarityOf(at(SIMILARITY_MEAN)),
    similarityWorst: similarityOf(at(SIMILARITY_WORST)),
    lagRatio: Math.round(16 * at(LAG_RATIO)),
    lagError: errorOf(at(LAG_ERROR)),
    lumaCellMean: cellOf(at(LUMA_CELL_MEAN)),
    lumaCellWorst: cellOf(at(LUMA_CELL_WORST)),
    chromaCellMean: cellOf(at(CHROMA_CELL_MEAN)),
    chromaCellWorst: cellOf(at(CHROMA_CELL_WORST)),
  };
}

/** On straight lines between the points of a curve. */
function valueAt(curve: Curve, crf: number): number {
  const next = Math.max(
    1,
    FACTORS.findIndex((factor) => factor >= crf),
  );
  const [left, right] = [FACTORS[next - 1]!, FACTORS[next]!];
  const part = (crf - left) / (right - left);
  return curve[next - 1]! * (1 - part) + curve[next]! * part;
}
