import type { PictureSize } from "../../../../offchain/media/interface.ts";
import type { Measured } from "../../../../offchain/verification/pixels/judge.ts";
import type { Frames } from "../../../fixtures/pixels/frames.ts";

// LIP-8 once more, written to be compared with it and not to be fast: every number is exact, and nothing is shared with the program.

interface Plane extends PictureSize {
  readonly samples: Uint8Array;
}

function planesOf({ width, height, pictures }: Frames, number: number): Plane[] {
  const chroma = { width: width / 2, height: height / 2 };
  let at = 0;
  return [{ width, height }, chroma, chroma].map((size) => {
    const samples = pictures[number]!.subarray(at, (at += size.width * size.height));
    return { ...size, samples };
  });
}

/** How much of sample `from` of a side of `fine` lies in sample `to` of a side of `coarse`, of `fine` in all. */
function overlap(from: number, to: number, fine: number, coarse: number): number {
  return Math.max(0, Math.min((from + 1) * coarse, (to + 1) * fine) - Math.max(from * coarse, to * fine));
}

function scaled(plane: Plane, { width, height }: PictureSize): Plane {
  const samples = Uint8Array.from({ length: width * height }, (_, at) => {
    let sum = 0n;
    for (let y = 0; y < plane.height; y += 1) {
      for (let x = 0; x < plane.width; x += 1) {
        const weight =
          overlap(x, at % width, plane.width, width) * overlap(y, Math.floor(at / width), plane.height, height);
        sum += BigInt(weight * plane.samples[y * plane.width + x]!);
      }
    }
    const area = BigInt(plane.width * plane.height);
    return Number((2n * sum + area) / (2n * area));
  });
  return { width, height, samples };
}

function squares(a: Plane, b: Plane): bigint {
  return BigInt(a.samples.reduce((sum, sample, i) => sum + (sample - b.samples[i]!) ** 2, 0));
}

/** {2^-15} Over all windows: the sum, and how many. */
function similarity(a: Plane, b: Plane): { sum: bigint; windows: bigint } {
  const [right, bottom] = [4 * Math.floor(a.width / 4), 4 * Math.floor(a.height / 4)];
  let [sum, windows] = [0n, 0n];
  for (let top = 0; top + 8 <= bottom; top += 4) {
    for (let left = 0; left + 8 <= right; left += 4) {
      let [sa, sb, saa, sbb, sab] = [0n, 0n, 0n, 0n, 0n];
      for (let i = 0; i < 64; i += 1) {
        const at = (top + (i >> 3)) * a.width + left + (i & 7);
        const [p, q] = [BigInt(a.samples[at]!), BigInt(b.samples[at]!)];
        [sa, sb, saa, sbb, sab] = [sa + p, sb + q, saa + p * p, sbb + q * q, sab + p * q];
      }
      const luminance = (32_768n * (2n * sa * sb + 416n)) / (sa * sa + sb * sb + 416n);
      const numerator = 2n * (64n * sab - sa * sb) + 235_963n;
      const structure = (32_768n * numerator) / (64n * (saa + sbb) - sa * sa - sb * sb + 235_963n);
      sum += (structure * luminance) / 32_768n;
      windows += 1n;
    }
  }
  return { sum, windows };
}

/** {steps} Of each cell the sum of differences, and how many samples it has. */
function cells(a: Plane, b: Plane): { sum: bigint; samples: bigint }[] {
  return Array.from({ length: 144 }, (_, i) => {
    const [column, row] = [i % 16, Math.floor(i / 16)];
    let [sum, samples] = [0n, 0n];
    for (let y = Math.floor((row * a.height) / 9); y < Math.floor(((row + 1) * a.height) / 9); y += 1) {
      for (let x = Math.floor((column * a.width) / 16); x < Math.floor(((column + 1) * a.width) / 16); x += 1) {
        sum += BigInt(a.samples[y * a.width + x]! - b.samples[y * a.width + x]!);
        samples += 1n;
      }
    }
    return { sum, samples };
  });
}

const largest = (...values: bigint[]): bigint => values.reduce((most, value) => (value > most ? value : most), 0n);
const size = (value: bigint): bigint => (value < 0n ? -value : value);
const largestCell = (all: readonly { sum: bigint; samples: bigint }[]): bigint =>
  largest(...all.filter(({ samples }) => samples > 0n).map(({ sum, samples }) => (16n * size(sum)) / samples));

/** What the program measures of an output whose pictures are all compared. */
export function measure(output: Frames, source: Frames, lagError: number): Measured {
  const compared = output.pictures.length;
  const [luma, chroma]: [bigint[], bigint[]] = [[], []];
  const similarities: { sum: bigint; windows: bigint }[] = [];
  const lags: bigint[] = [];
  const total: [bigint, bigint, bigint] = [0n, 0n, 0n];
  const cellsOf: { sum: bigint; samples: bigint }[][][] = [[], [], []];
  let before: Plane | null = null;
  for (let picture = 0; picture < compared; picture += 1) {
    const planes = planesOf(output, picture);
    const wanted = planesOf(source, picture).map((plane, i) => scaled(plane, planes[i]!));
    planes.forEach((plane, i) => {
      const error = squares(plane, wanted[i]!);
      total[i]! += error;
      (i === 0 ? luma : chroma).push((16n * error) / BigInt(plane.samples.length));
      cellsOf[i]!.push(cells(plane, wanted[i]!));
    });
    similarities.push(similarity(planes[0]!, wanted[0]!));
    const error = squares(planes[0]!, wanted[0]!);
    if (before !== null && 16n * error > BigInt(lagError * planes[0]!.samples.length)) {
      const late = squares(planes[0]!, before);
      lags.push(late === 0n || (16n * error) / late > 65_536n ? 65_537n : (16n * error) / late);
    }
    before = wanted[0]!;
  }
  const samples = BigInt(output.width * output.height * compared);
  const summed = cellsOf.map((pictures) =>
    pictures[0]!.map((_, i) => ({
      sum: pictures.reduce((sum, all) => sum + all[i]!.sum, 0n),
      samples: pictures.reduce((sum, all) => sum + all[i]!.samples, 0n),
    })),
  );
  const windows = similarities.reduce((sum, one) => sum + one.windows, 0n);
  const means = similarities.map((one) => Number(one.sum / one.windows));
  return {
    compared,
    lumaMean: Number((16n * total[0]) / samples),
    lumaWorst: Number(largest(...luma)),
    chromaMean: Number(largest((64n * total[1]) / samples, (64n * total[2]) / samples)),
    chromaWorst: Number(largest(...chroma)),
    similarityMean: Number(similarities.reduce((sum, one) => sum + one.sum, 0n) / windows),
    similarityWorst: Math.min(...means),
    lagWorst: Number(largest(...lags)),
    lumaCellMean: Number(largestCell(summed[0]!)),
    lumaCellWorst: Number(largest(...cellsOf[0]!.map(largestCell))),
    chromaCellMean: Number(largest(largestCell(summed[1]!), largestCell(summed[2]!))),
    chromaCellWorst: Number(largest(...[...cellsOf[1]!, ...cellsOf[2]!].map(largestCell))),
  };
}
