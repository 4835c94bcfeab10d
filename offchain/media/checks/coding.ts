import { createHash } from "node:crypto";
import { videoUnits } from "../mpegts.ts";

/** Units that change no picture: information, delimiters, filler. */
const BESIDE_PICTURES = new Set([6, 9, 12]);

/**
 * {hex} SHA-256 of the coded pictures of a segment and their parameters, whatever container and additional information they are in.
 * @throws SegmentInvalid
 */
export function codingHash(segment: Uint8Array): string {
  const hash = createHash("sha256");
  const length = Buffer.alloc(4);
  for (const unit of videoUnits(segment)) {
    if (BESIDE_PICTURES.has(unit[0]! & 0x1f)) continue;
    length.writeUInt32BE(unit.length);
    hash.update(length).update(unit);
  }
  return hash.digest("hex");
}
