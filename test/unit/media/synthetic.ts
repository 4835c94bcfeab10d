/** Writes H.264 headers and MPEG-TS packets by hand: for streams that no encoder at hand makes. */

export class BitWriter {
  #bits = "";

  u(count: number, value: number): this {
    this.#bits += value.toString(2).padStart(count, "0").slice(-count);
    return this;
  }

  ue(value: number): this {
    const code = (value + 1).toString(2);
    this.#bits += "0".repeat(code.length - 1) + code;
    return this;
  }

  /** With the trailing bit, padded to whole bytes. */
  bytes(): number[] {
    const bits = `${this.#bits}1`;
    const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, "0");
    return Array.from({ length: padded.length / 8 }, (_, index) => parseInt(padded.slice(index * 8, index * 8 + 8), 2));
  }
}

/** A unit behind its start code, escaped. */
export function unit(header: number, payload: number[]): number[] {
  const escaped: number[] = [];
  for (const byte of payload) {
    if (byte <= 3 && escaped.at(-1) === 0 && escaped.at(-2) === 0) escaped.push(3);
    escaped.push(byte);
  }
  return [0, 0, 0, 1, header, ...escaped];
}

export interface SequenceFields {
  readonly id?: number;
  /** In macroblocks; the height counts map units, which are two macroblocks high in a stream of fields. */
  readonly width: number;
  readonly height: number;
  readonly interlaced?: boolean;
  /** `profile_idc`, and the byte of constraints; default: Constrained Baseline. */
  readonly profile?: readonly [number, number];
  /** Whether numbers of frames may be left out. */
  readonly gaps?: boolean;
  /** How many reference frames; default 1. */
  readonly references?: number;
  /** In crop units: left, right, top, bottom. */
  readonly crop?: readonly [number, number, number, number];
}

/** Without the chroma format that a High profile would have; level 3, four bits of frame number. */
export function sequenceParameters(fields: SequenceFields): number[] {
  const {
    id = 0,
    width,
    height,
    interlaced = false,
    crop,
    profile = [66, 0xc0],
    gaps = false,
    references = 1,
  } = fields;
  const bits = new BitWriter()
    .u(8, profile[0])
    .u(8, profile[1])
    .u(8, 30)
    .ue(id)
    .ue(0)
    .ue(2)
    .ue(references)
    .u(1, gaps ? 1 : 0)
    .ue(width - 1)
    .ue(height - 1);
  bits.u(1, interlaced ? 0 : 1);
  if (interlaced) bits.u(1, 0);
  bits.u(1, 1).u(1, crop === undefined ? 0 : 1);
  for (const value of crop ?? []) bits.ue(value);
  return unit(0x67, bits.u(1, 0).bytes());
}

export function pictureParameters(id = 0, sequence = 0, { groups = 1, redundant = false } = {}): number[] {
  const bits = new BitWriter().ue(id).ue(sequence).u(2, 0);
  // Groups of slices, active references, weights, quantisers, deblocking, prediction.
  bits
    .ue(groups - 1)
    .ue(0)
    .ue(0)
    .u(3, 0)
    .ue(0)
    .ue(0)
    .ue(0)
    .u(2, 0);
  return unit(0x68, bits.u(1, redundant ? 1 : 0).bytes());
}

export interface SliceFields {
  readonly idr?: boolean;
  readonly firstMacroblock?: number;
  readonly parameters?: number;
  readonly frameNumber: number;
  readonly field?: "top" | "bottom";
  /** Default: others may refer to it. */
  readonly isReference?: boolean;
  /** Whether the sequence may have fields. */
  readonly interlaced?: boolean;
}

export function slice(fields: SliceFields): number[] {
  const {
    idr = false,
    firstMacroblock = 0,
    parameters = 0,
    frameNumber,
    field,
    isReference = true,
    interlaced = field !== undefined,
  } = fields;
  const bits = new BitWriter().ue(firstMacroblock).ue(7).ue(parameters).u(4, frameNumber);
  if (interlaced) bits.u(1, field === undefined ? 0 : 1);
  if (field !== undefined) bits.u(1, field === "bottom" ? 1 : 0);
  return unit(idr ? 0x65 : isReference ? 0x61 : 0x01, bits.u(16, 0xabcd).bytes());
}

/** One elementary packet with its time in ticks, or without one. */
export interface Elementary {
  readonly pts: number | null;
  readonly payload: readonly number[];
}

const VIDEO = 0x100;
const MAP = 0x1000;

/** Four bytes that make the CRC of a section right (ISO/IEC 13818-1, annex A). */
export function checksum(bytes: readonly number[]): number[] {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? 0x04c1_1db7 : 0);
  }
  return [24, 16, 8, 0].map((shift) => (crc >>> shift) & 0xff);
}

const association = [0, 0xb0, 13, 0, 1, 0xc1, 0, 0, 0, 1, 0xe0 | (MAP >> 8), MAP & 0xff];

/** The map of one program, without its checksum, from the types of its streams; the first has the video's PID. */
function programMap(types: readonly number[]): number[] {
  const streams = types.flatMap((type, i) => [type, 0xe0 | ((VIDEO + i) >> 8), (VIDEO + i) & 0xff, 0xf0, 0]);
  return [2, 0xb0, 13 + streams.length, 0, 1, 0xc1, 0, 0, 0xe0 | (VIDEO >> 8), VIDEO & 0xff, 0xf0, 0, ...streams];
}

/** A section behind its pointer. */
const pointed = (section: readonly number[]): number[] => [0, ...section, ...checksum(section)];

export function transportStream(packets: readonly Elementary[], ...streamTypes: readonly number[]): Buffer {
  const map = programMap(streamTypes.length === 0 ? [0x1b] : streamTypes);
  const out = [packetOf(0, 0, true, pointed(association)), packetOf(MAP, 0, true, pointed(map))];
  let continuity = 0;
  for (const { pts, payload } of packets) {
    let rest = [...elementaryHeader(pts), ...payload];
    for (let first = true; rest.length > 0; first = false) {
      out.push(packetOf(VIDEO, continuity++ & 15, first, rest.slice(0, 184)));
      rest = rest.slice(184);
    }
  }
  return Buffer.concat(out);
}

function elementaryHeader(pts: number | null): number[] {
  if (pts === null) return [0, 0, 1, 0xe0, 0, 0, 0x80, 0, 0];
  const high = Math.floor(pts / 2 ** 30) & 7;
  const low = pts % 2 ** 30;
  const time = [
    0x21 | (high << 1),
    (low >> 22) & 0xff,
    ((low >> 14) & 0xfe) | 1,
    (low >> 7) & 0xff,
    ((low << 1) & 0xfe) | 1,
  ];
  return [0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5, ...time];
}

/** Stuffed with an adaptation field where an elementary packet ends, with the filler 0xff after a table. */
function packetOf(pid: number, continuity: number, starts: boolean, payload: readonly number[]): Buffer {
  const header = [0x47, (starts ? 0x40 : 0) | (pid >> 8), pid & 0xff];
  const stuffing = 184 - payload.length;
  if (pid !== VIDEO)
    return Buffer.from([...header, 0x10 | continuity, ...payload, ...Array<number>(stuffing).fill(0xff)]);
  if (stuffing === 0) return Buffer.from([...header, 0x10 | continuity, ...payload]);
  const field = stuffing === 1 ? [0] : [stuffing - 1, 0, ...Array<number>(stuffing - 2).fill(0xff)];
  return Buffer.from([...header, 0x30 | continuity, ...field, ...payload]);
}
