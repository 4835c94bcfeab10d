import { PACKET, SYNC } from "../../../offchain/media/transport.ts";

/** The head of a packet that says nothing: 8191 is the PID of such (ISO/IEC 13818-1, 2.4.3.2). */
const NULL_PACKET = [SYNC, 0x1f, 0xff, 0x10];

/** The segment with a packet behind it that holds its number and nothing else: another segment with the same pictures. */
export function withMark(segment: Uint8Array, mark: number): Buffer {
  const packet = Buffer.alloc(PACKET);
  packet.set(NULL_PACKET);
  packet.writeUInt32BE(mark, NULL_PACKET.length);
  return Buffer.concat([segment, packet]);
}

/** @returns the number, and how long {bytes} the segment is without it */
export function markOf(segment: Uint8Array): { readonly mark: number; readonly length: number } {
  const length = segment.byteLength - PACKET;
  const view = new DataView(segment.buffer, segment.byteOffset, segment.byteLength);
  return { mark: view.getUint32(length + NULL_PACKET.length), length };
}
