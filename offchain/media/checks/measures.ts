import type { PictureSize } from "../interface.ts";
import type { Measures, SmallPictures } from "./interface.ts";

/** {pixels} Side of a cell: 16×9 of them in a small picture. */
const CELL = 10;
/** {dB} Of equal pictures. */
const MOST_PSNR = 100;
/** {steps} Mean absolute difference from the picture before, from which on a picture has motion. */
const ACTIVE = 0.5;
/** Pictures with motion without which their share says nothing. */
const FEWEST_ACTIVE = 8;
/** {1} Of the source's motion; a picture with less is taken for a copy. */
const STILL = 0.25;

/** @param got as many pictures as `source`, of its size */
export function measure(source: SmallPictures, got: SmallPictures): Measures {
  const { width, height } = source;
  const luma = { width, height };
  const chroma = { width: width / 2, height: height / 2 };
  const pixels = width * height;
  const cells = (plane: PictureSize, at: number, side: number) => largestCell(source, got, plane, at, side);
  return {
    blk: cells(luma, 0, CELL),
    hue: Math.max(cells(chroma, pixels, CELL / 2), cells(chroma, pixels + pixels / 4, CELL / 2)),
    worst: Math.min(...got.pictures.map((picture, i) => psnr(source.pictures[i]!, picture, pixels))),
    dup: copies(source.pictures, got.pictures, pixels),
  };
}

/** Absolute mean over time of the cell that is farthest from the source. `at`: where the plane begins in a picture. */
function largestCell(
  source: SmallPictures,
  got: SmallPictures,
  { width, height }: PictureSize,
  at: number,
  side: number,
): number {
  const columns = width / side;
  const sums = new Float64Array(columns * (height / side));
  for (const [index, picture] of got.pictures.entries()) {
    const original = source.pictures[index]!;
    for (let y = 0, i = at; y < height; y++) {
      const row = columns * Math.floor(y / side);
      for (let x = 0; x < width; x++, i++) sums[row + Math.floor(x / side)]! += picture[i]! - original[i]!;
    }
  }
  return sums.reduce((most, sum) => Math.max(most, Math.abs(sum)), 0) / (side * side * got.pictures.length);
}

/** {dB} Of the first `length` samples. */
export function psnr(a: Uint8Array, b: Uint8Array, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum === 0 ? MOST_PSNR : Math.min(MOST_PSNR, 10 * Math.log10((255 * 255 * length) / sum));
}

/** Share of copies among the pictures that have motion in the source; 0 where too few have. */
function copies(source: readonly Uint8Array[], got: readonly Uint8Array[], length: number): number {
  let active = 0;
  let still = 0;
  for (let i = 1; i < source.length; i++) {
    const motion = difference(source[i - 1]!, source[i]!, length);
    if (motion < ACTIVE) continue;
    active++;
    if (difference(got[i - 1]!, got[i]!, length) < STILL * motion) still++;
  }
  return active < FEWEST_ACTIVE ? 0 : still / active;
}

/** {steps} Mean absolute difference of the first `length` samples. */
function difference(a: Uint8Array, b: Uint8Array, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / length;
}
