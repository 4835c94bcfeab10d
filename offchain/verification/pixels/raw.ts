import { StreamflowError } from "../../errors.ts";
import type { PictureSize } from "../../media/interface.ts";

const VERSION = 1;
/** {bytes} */
const HEADER = 16;

/** {bytes} Of a frame: luma, and two planes of a quarter of its samples. */
export function frameBytes({ width, height }: PictureSize): number {
  return (width * height * 3) / 2;
}

/**
 * Frames as the pixels program reads them: LIP-8, "Raw frames".
 * @param frames I420, one after the other, without anything between them
 * Errors: `SegmentInvalid` when they are no whole number of frames.
 */
export function rawSegment({ width, height }: PictureSize, frames: Uint8Array): Buffer {
  const count = frames.length / frameBytes({ width, height });
  if (!Number.isInteger(count)) {
    throw new StreamflowError("SegmentInvalid", `${frames.length} bytes are no frames of ${width}x${height}`);
  }
  const bytes = Buffer.alloc(HEADER + frames.length);
  [VERSION, width, height, count].forEach((word, i) => bytes.writeUInt32LE(word, 4 * i));
  bytes.set(frames, HEADER);
  return bytes;
}
