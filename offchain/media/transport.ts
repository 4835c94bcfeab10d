/** The packet layer of MPEG-TS (ISO/IEC 13818-1): packets, program tables, headers of elementary packets. */

export const PACKET = 188;
export const SYNC = 0x47;
/** Times have 33 bits. */
export const PTS_MODULUS = 2 ** 33;
export const TICKS_PER_SECOND = 90_000;

export const STREAM_TYPE = { h264: 0x1b, aac: 0x0f } as const;

export interface Packet {
  readonly pid: number;
  /** A table or an elementary packet starts here. */
  readonly starts: boolean;
  readonly randomAccess: boolean;
  readonly discontinuity: boolean;
  readonly continuity: number;
  /** Absolute range of the payload; empty when start ≥ end. */
  readonly start: number;
  readonly end: number;
}

/** Reads the packet at `at`; a string is the reason why it is none. */
export function readPacket(bytes: Uint8Array, at: number): Packet | string {
  if (bytes[at] !== SYNC) return "lost synchronisation";
  const second = bytes[at + 1] ?? 0;
  const fourth = bytes[at + 3] ?? 0;
  if ((second & 0x80) !== 0) return "a packet is marked as damaged";
  if ((fourth & 0xc0) !== 0) return "a packet is scrambled";
  let start = at + 4;
  const end = at + PACKET;
  let flags = 0;
  if ((fourth & 0x20) !== 0) {
    const length = bytes[start] ?? 0;
    if (length > PACKET - 5) return "an adaptation field is too long";
    if (length > 0) flags = bytes[start + 1] ?? 0;
    start += 1 + length;
  }
  return {
    pid: ((second & 0x1f) << 8) | (bytes[at + 2] ?? 0),
    starts: (second & 0x40) !== 0,
    randomAccess: (flags & 0x40) !== 0,
    discontinuity: (flags & 0x80) !== 0,
    continuity: fourth & 0x0f,
    start: (fourth & 0x10) === 0 ? end : start,
    end,
  };
}

/** Whether the packet at `at` goes on with an elementary packet of stream `pid`: most packets do, and few readers care about them. */
export function continues(bytes: Uint8Array, at: number, pid: number): boolean {
  const second = bytes[at + 1] ?? 0;
  return (second & 0x40) === 0 && (((second & 0x1f) << 8) | (bytes[at + 2] ?? 0)) === pid && bytes[at] === SYNC;
}

export interface ProgramStream {
  readonly pid: number;
  readonly type: number;
}

/** Collects the program tables: first the association table, then the first program's map. */
export class ProgramTables {
  /** Of the first program; null until its map was read. */
  streams: readonly ProgramStream[] | null = null;
  mapPid: number | null = null;
  readonly #open = new Map<number, number[]>();

  /** To be called with each packet; does nothing for those of other streams. */
  take(packet: Packet, bytes: Uint8Array): void {
    if (packet.start >= packet.end || this.streams !== null) return;
    if (packet.pid !== 0 && packet.pid !== this.mapPid) return;
    let from = packet.start;
    if (packet.starts) {
      from += 1 + (bytes[from] ?? 0);
      this.#open.set(packet.pid, []);
    }
    const section = this.#open.get(packet.pid);
    if (section === undefined) return;
    for (let at = from; at < packet.end; at++) section.push(bytes[at] ?? 0);
    const length = 3 + (((section[1] ?? 0) & 0x0f) << 8) + (section[2] ?? 0);
    if (section.length < 3 || section.length < length) return;
    this.#open.delete(packet.pid);
    // The last four bytes are the checksum.
    if (packet.pid === 0) this.#readAssociation(section.slice(0, length - 4));
    else this.#readMap(section.slice(0, length - 4));
  }

  #readAssociation(section: readonly number[]): void {
    if (section[0] !== 0) return;
    for (let at = 8; at + 4 <= section.length; at += 4) {
      const program = u16(section, at);
      // Program 0 is the network's table.
      if (program !== 0) this.mapPid ??= u16(section, at + 2) & 0x1fff;
    }
  }

  #readMap(section: readonly number[]): void {
    if (section[0] !== 2) return;
    const streams: ProgramStream[] = [];
    for (
      let at = 12 + (u16(section, 10) & 0x0fff);
      at + 5 <= section.length;
      at += 5 + (u16(section, at + 3) & 0x0fff)
    ) {
      streams.push({ type: section[at] ?? 0, pid: u16(section, at + 1) & 0x1fff });
    }
    this.streams = streams;
  }
}

export interface ElementaryHeader {
  /** Ticks in [0, 2^33), or null. */
  readonly pts: number | null;
  /** Absolute position of the first byte after the header. */
  readonly payload: number;
  /** Bytes of the payload, or null when unbounded. */
  readonly length: number | null;
}

/** Reads the header of an elementary packet that starts at `at`; null when there is none before `end`. */
export function readElementaryHeader(bytes: Uint8Array, at: number, end: number): ElementaryHeader | null {
  if (at + 9 > end || bytes[at] !== 0 || bytes[at + 1] !== 0 || bytes[at + 2] !== 1) return null;
  if (((bytes[at + 6] ?? 0) & 0xc0) !== 0x80) return null;
  const declared = ((bytes[at + 4] ?? 0) << 8) | (bytes[at + 5] ?? 0);
  const headerLength = bytes[at + 8] ?? 0;
  const payload = at + 9 + headerLength;
  if (payload > end) return null;
  const hasPts = ((bytes[at + 7] ?? 0) & 0x80) !== 0 && headerLength >= 5;
  const length = declared === 0 ? null : declared - 3 - headerLength;
  if (length !== null && length < 0) return null;
  return { pts: hasPts ? readTimestamp(bytes, at + 9) : null, payload, length };
}

function readTimestamp(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = bytes.subarray(at, at + 5);
  return ((a >> 1) & 7) * 2 ** 30 + ((b << 22) | ((c >> 1) << 15) | (d << 7) | (e >> 1));
}

function u16(bytes: readonly number[], at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** The distance from one 33-bit time to another, in [−2^32, 2^32): the shorter way around. */
export function ticksBetween(from: number, to: number): number {
  const forward = (((to - from) % PTS_MODULUS) + PTS_MODULUS) % PTS_MODULUS;
  return forward < PTS_MODULUS / 2 ? forward : forward - PTS_MODULUS;
}

/** Turns pieces of any size into whole packets. */
export class PacketAligner {
  #rest: Buffer = Buffer.alloc(0);

  /** The whole packets so far; less than one packet is kept for the next call. */
  push(chunk: Buffer): Buffer {
    const all = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const whole = all.length - (all.length % PACKET);
    this.#rest = all.subarray(whole);
    return all.subarray(0, whole);
  }
}
