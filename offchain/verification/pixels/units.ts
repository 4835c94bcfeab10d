// The whole numbers in which thresholds are agreed on and measurements reported, and what people read: LIP-8.

/** Of an error: a sixteenth of a squared step. */
const ERROR = 16;
/** Of a similarity: 2^-15. */
const SIMILARITY = 32_768;
/** Of a cell's difference: a sixteenth of a step. */
const CELL = 16;
/** {steps} The most that two samples of eight bits differ by. */
const PEAK = 255;

/** An error that no picture is worse than. */
export const LARGEST_ERROR = ERROR * PEAK ** 2;

/** {dB} of PSNR to {1/16 of a squared step}. */
export function errorOf(decibels: number): number {
  return Math.min(LARGEST_ERROR, Math.round((ERROR * PEAK ** 2) / 10 ** (decibels / 10)));
}

/** The other way; infinite for no error. */
export function decibelsOf(error: number): number {
  return error === 0 ? Infinity : 10 * Math.log10((ERROR * PEAK ** 2) / error);
}

/** SSIM, from −1 to 1, to {2^-15}. */
export function similarityOf(ssim: number): number {
  return Math.round(SIMILARITY * ssim);
}

export function ssimOf(similarity: number): number {
  return similarity / SIMILARITY;
}

/** {steps} to {1/16 of a step}. */
export function cellOf(steps: number): number {
  return Math.round(CELL * steps);
}
