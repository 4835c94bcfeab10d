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

const START_CODE = Buffer.from([0, 0, 1]);
/** A first slice further into its picture than this is not looked for. */
const LONGEST_PREFIX = 64 * 1024;

/** Looks through a whole H.264 stream, in MPEG-TS as ffmpeg writes it, for the pictures where it can be cut. Holds no more than a packet. */
export class EntryPointScanner {
  readonly #aligner = new PacketAligner();
  readonly #tables = new ProgramTables();
  #videoPid: number | null = null;
  #first = true;
  #entries = 0;
  #openEntries = 0;
  #bareEntries = 0;
  #startsWithEntry = false;
  #lastEntry: number | null = null;
  #latest: number | null = null;
  #longestGap = 0;
  /** The beginning of an entry picture, until its first slice shows. */
  #prefix: Buffer | null = null;

  push(chunk: Buffer): void {
    const bytes = this.#aligner.push(chunk);
    for (let at = 0; at < bytes.length; at += PACKET) {
      if (this.#videoPid !== null && this.#prefix === null && continues(bytes, at, this.#videoPid)) continue;
      const packet = readPacket(bytes, at);
      if (typeof packet === "string") continue;
      if (this.#videoPid === null) {
        this.#tables.take(packet, bytes);
        this.#videoPid = this.#tables.streams?.find(({ type }) => type === STREAM_TYPE.h264)?.pid ?? null;
        continue;
      }
      if (packet.pid !== this.#videoPid) continue;
      if (!packet.starts) {
        if (this.#prefix !== null) this.#readPrefix(bytes.subarray(packet.start, packet.end));
        continue;
      }
      const header = readElementaryHeader(bytes, packet.start, packet.end);
      if (header === null || header.pts === null) continue;
      this.#takePicture(header.pts, packet.randomAccess);
      if (packet.randomAccess) {
        this.#prefix = Buffer.alloc(0);
        this.#readPrefix(bytes.subarray(header.payload, packet.end));
      }
    }
  }

  /** Null when there was no entry point. */
  get longestGapMs(): number | null {
    if (this.#lastEntry === null || this.#latest === null) return null;
    const gap = Math.max(this.#longestGap, ticksBetween(this.#lastEntry, this.#latest));
    return Math.round((gap * 1_000) / TICKS_PER_SECOND);
  }

  /** Why the stream cannot be cut as it is: empty when it can. */
  faults(longestGapMs: number): string[] {
    const gap = this.longestGapMs;
    if (gap === null) return ["it has no keyframe"];
    const faults: string[] = [];
    if (!this.#startsWithEntry) faults.push("it does not start with a keyframe");
    if (gap > longestGapMs) faults.push(`its keyframes are up to ${gap} ms apart`);
    if (this.#openEntries > 0)
      faults.push(`${this.#openEntries} of its ${this.#entries} keyframes depend on earlier pictures`);
    if (this.#bareEntries > 0)
      faults.push(`${this.#bareEntries} of its ${this.#entries} keyframes lack parameter sets`);
    return faults;
  }

  #takePicture(pts: number, entry: boolean): void {
    if (this.#first) this.#startsWithEntry = entry;
    this.#first = false;
    if (entry) {
      this.#entries++;
      if (this.#lastEntry !== null) this.#longestGap = Math.max(this.#longestGap, ticksBetween(this.#lastEntry, pts));
      this.#lastEntry = pts;
    }
    if (this.#latest === null || ticksBetween(this.#latest, pts) > 0) this.#latest = pts;
  }

  #readPrefix(bytes: Buffer): void {
    const prefix = Buffer.concat([this.#prefix ?? Buffer.alloc(0), bytes]);
    this.#prefix = prefix.length > LONGEST_PREFIX ? null : prefix;
    let sequences = 0;
    for (let at = prefix.indexOf(START_CODE); at !== -1; at = prefix.indexOf(START_CODE, at + 3)) {
      const type = (prefix[at + 3] ?? 0) & 0x1f;
      if (type === 7) sequences++;
      if (type !== 1 && type !== 5) continue;
      if (type === 1) this.#openEntries++;
      if (sequences === 0) this.#bareEntries++;
      this.#prefix = null;
      return;
    }
    if (this.#prefix === null) this.#openEntries++;
  }
}
