import { cellOf, errorOf, similarityOf } from "./units.ts";

/** For gross failure, by the constant rate factor: LIP-8. */
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

export function thresholdsOf(_crf: number): Thresholds {
  return {
    lumaMean: errorOf(0),
    lumaWorst: errorOf(0),
    chromaMean: errorOf(0),
    chromaWorst: errorOf(0),
    similarityMean: similarityOf(-1),
    similarityWorst: similarityOf(-1),
    lagRatio: 65_536,
    lagError: errorOf(48),
    lumaCellMean: cellOf(255),
    lumaCellWorst: cellOf(255),
    chromaCellMean: cellOf(255),
    chromaCellWorst: cellOf(255),
  };
}
