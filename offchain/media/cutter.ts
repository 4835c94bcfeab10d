import { StreamflowError } from "../errors.ts";
import {
  continues,
  PACKET,
  PacketAligner,
  ProgramTables,
  readElementaryHeader,
  readPacket,
  STREAM_TYPE,
  TICKS_PER_SECOND,
  ticksBetween,
} from "./transport.ts";
import type { Packet } from "./transport.ts";

/** A keyframe this much too early still counts: frames of 1/29.97 s never meet two seconds exactly. */
const TOLERANCE_TICKS = TICKS_PER_SECOND / 20;
/** More than this without a keyframe is no stream that can be cut; it bounds the memory. */
const LARGEST_SEGMENT = 128 * 2 ** 20;
const SERVICE_PID = 17;

/**
 * Cuts the MPEG-TS that ffmpeg writes at keyframes, packet by packet. ffmpeg's own segment muxer would do the same through files,
 * without waiting for a slow reader. ffmpeg puts the program tables right before each keyframe, so a cut before them makes
 * segments that can be played alone.
 */
export class SegmentCutter {
  readonly #target: number;
  readonly #aligner = new PacketAligner();
  readonly #tables = new ProgramTables();
  #videoPid: number | null = null;
  /** The segment in the making, and its first picture's time. */
  #parts: Buffer[] = [];
  #size = 0;
  #startPts: number | null = null;
  /** Table packets seen since the last other packet: they belong to what comes next. */
  #run: { readonly pid: number; readonly bytes: Buffer }[] = [];
  readonly #latest = new Map<number, Buffer>();

  constructor(segmentMs: number) {
    this.#target = (segmentMs * TICKS_PER_SECOND) / 1_000 - TOLERANCE_TICKS;
  }

  /** Takes what ffmpeg wrote and gives the segments that it completes. */
  push(chunk: Buffer): Buffer[] {
    const bytes = this.#aligner.push(chunk);
    const complete: Buffer[] = [];
    let stored = 0;
    for (let at = 0; at < bytes.length; at += PACKET) {
      if (this.#videoPid !== null && this.#run.length === 0 && continues(bytes, at, this.#videoPid)) continue;
      const packet = readPacket(bytes, at);
      if (typeof packet === "string")
        throw new StreamflowError("FfmpegFailed", `ffmpeg wrote broken MPEG-TS: ${packet}`);
      if (this.#tables.streams === null) this.#readTables(packet, bytes);
      if (packet.pid === 0 || packet.pid === SERVICE_PID || packet.pid === this.#tables.mapPid) {
        this.#keep(bytes.subarray(stored, at));
        const table = bytes.subarray(at, at + PACKET);
        this.#run.push({ pid: packet.pid, bytes: table });
        this.#latest.set(packet.pid, table);
        stored = at + PACKET;
        continue;
      }
      if (packet.pid === this.#videoPid && packet.starts && this.#isCut(packet, bytes)) {
        this.#keep(bytes.subarray(stored, at));
        stored = at;
        complete.push(Buffer.concat(this.#parts));
        this.#begin();
      }
      for (const { bytes: table } of this.#run) this.#keep(table);
      this.#run = [];
    }
    this.#keep(bytes.subarray(stored));
    return complete;
  }

  /** The last segment, or null when there was no picture. */
  end(): Buffer | null {
    return this.#startPts === null ? null : Buffer.concat(this.#parts);
  }

  #readTables(packet: Packet, bytes: Buffer): void {
    this.#tables.take(packet, bytes);
    this.#videoPid = this.#tables.streams?.find(({ type }) => type === STREAM_TYPE.h264)?.pid ?? null;
  }

  #isCut(packet: Packet, bytes: Buffer): boolean {
    const pts = readElementaryHeader(bytes, packet.start, packet.end)?.pts ?? null;
    if (pts === null) return false;
    if (this.#startPts === null) {
      this.#startPts = pts;
      return false;
    }
    if (!packet.randomAccess || ticksBetween(this.#startPts, pts) < this.#target) return false;
    this.#startPts = pts;
    return true;
  }

  #begin(): void {
    this.#parts = [];
    this.#size = 0;
    for (const pid of [0, this.#tables.mapPid ?? 0]) {
      const table = this.#latest.get(pid);
      if (table !== undefined && !this.#run.some((seen) => seen.pid === pid)) this.#keep(table);
    }
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#size += bytes.length;
    if (this.#size > LARGEST_SEGMENT) {
      throw new StreamflowError("InputUnsupported", `no keyframe within ${LARGEST_SEGMENT} bytes`, {
        size: this.#size,
      });
    }
    this.#parts.push(bytes);
  }
}
