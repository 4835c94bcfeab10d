/**
 * The few syntax elements of H.264 that a picture's size, its type and the beginning of a new picture depend on (ITU-T H.264, clauses
 * 7.3.2.1, 7.3.2.2, 7.3.3). Reading past the end gives zeros, so every function ends on every input.
 */

/** A sequence parameter set, as far as it is needed. */
export interface SequenceParameters {
  readonly id: number;
  readonly profile: number;
  readonly level: number;
  /** `avc1.PPCCLL`, the three bytes after the header. */
  readonly codec: string;
  readonly chromaFormat: number;
  readonly bitDepth: number;
  readonly separatePlanes: boolean;
  readonly frameNumberBits: number;
  readonly framesOnly: boolean;
  /** Pixels after cropping. */
  readonly width: number;
  readonly height: number;
}

export interface SliceHeader {
  readonly firstMacroblock: number;
  readonly pictureParametersId: number;
  /** Needs the parameter sets, hence a function. */
  readonly picture: (sps: SequenceParameters) => { frameNumber: number; field: "frame" | "top" | "bottom" };
}

/** Profiles whose parameter sets say the chroma format. */
const HIGH_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);
const LONGEST_PARAMETER_SET = 1_024;
const LONGEST_SLICE_HEADER = 64;
/** Pixels. A few bytes can ask a decoder for gigabytes; this bounds what a stranger's segment may ask for. */
const LARGEST_SIDE = 8_192;

/** Null when no decoder could use it, or when its picture is larger than 8192. `nal` starts with the header byte. */
export function parseSequenceParameters(nal: Uint8Array): SequenceParameters | null {
  const bits = new BitReader(unescape(nal.subarray(1, LONGEST_PARAMETER_SET)));
  const profile = bits.read(8);
  const constraints = bits.read(8);
  const level = bits.read(8);
  const id = bits.exp();
  let chromaFormat = 1;
  let bitDepth = 8;
  let separatePlanes = false;
  if (HIGH_PROFILES.has(profile)) {
    chromaFormat = bits.exp();
    if (chromaFormat === 3) separatePlanes = bits.flag();
    bitDepth = 8 + Math.max(bits.exp(), bits.exp());
    bits.read(1);
    if (bits.flag()) {
      for (let list = 0; list < (chromaFormat === 3 ? 12 : 8); list++)
        if (bits.flag()) skipScalingList(bits, list < 6 ? 16 : 64);
    }
  }
  const frameNumberBits = bits.exp() + 4;
  const orderType = bits.exp();
  if (orderType === 0) bits.exp();
  else if (orderType === 1) {
    bits.read(1);
    bits.exp();
    bits.exp();
    const cycle = bits.exp();
    if (cycle > 255) return null;
    for (let index = 0; index < cycle; index++) bits.exp();
  }
  bits.exp();
  bits.read(1);
  const widthInMacroblocks = bits.exp() + 1;
  const heightInUnits = bits.exp() + 1;
  const framesOnly = bits.flag();
  if (!framesOnly) bits.read(1);
  bits.read(1);
  const crop = { left: 0, right: 0, top: 0, bottom: 0 };
  if (bits.flag()) {
    crop.left = bits.exp();
    crop.right = bits.exp();
    crop.top = bits.exp();
    crop.bottom = bits.exp();
  }
  if (bits.exhausted || id > 31 || chromaFormat > 3 || frameNumberBits > 16 || bitDepth > 14) return null;

  const fieldFactor = framesOnly ? 1 : 2;
  const cropX = chromaFormat === 1 || chromaFormat === 2 ? 2 : 1;
  const cropY = (chromaFormat === 1 ? 2 : 1) * fieldFactor;
  const width = widthInMacroblocks * 16 - cropX * (crop.left + crop.right);
  const height = heightInUnits * 16 * fieldFactor - cropY * (crop.top + crop.bottom);
  if (width < 1 || height < 1 || width > LARGEST_SIDE || height > LARGEST_SIDE) return null;
  const codec = `avc1.${[profile, constraints, level].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  return {
    id,
    profile,
    level,
    codec,
    chromaFormat,
    bitDepth,
    separatePlanes,
    frameNumberBits,
    framesOnly,
    width,
    height,
  };
}

/** A picture parameter set's own number and that of its sequence parameter set. */
export function parsePictureParameters(nal: Uint8Array): { id: number; sequence: number } {
  const bits = new BitReader(unescape(nal.subarray(1, LONGEST_SLICE_HEADER)));
  return { id: bits.exp(), sequence: bits.exp() };
}

export function parseSliceHeader(nal: Uint8Array): SliceHeader {
  const bits = new BitReader(unescape(nal.subarray(1, LONGEST_SLICE_HEADER)));
  const firstMacroblock = bits.exp();
  bits.exp();
  const pictureParametersId = bits.exp();
  return {
    firstMacroblock,
    pictureParametersId,
    picture: (sps) => {
      if (sps.separatePlanes) bits.read(2);
      const frameNumber = bits.read(sps.frameNumberBits);
      const isField = !sps.framesOnly && bits.flag();
      return { frameNumber, field: isField ? (bits.flag() ? "bottom" : "top") : "frame" };
    },
  };
}

/** Whether a supplemental information unit announces a recovery point. `nal` starts with the header byte. */
export function announcesRecovery(nal: Uint8Array): boolean {
  const payload = unescape(nal.subarray(1, LONGEST_PARAMETER_SET));
  let at = 0;
  const readSize = (): number => {
    let value = 0;
    while (payload[at] === 0xff) {
      value += 255;
      at++;
    }
    return value + (payload[at++] ?? 0);
  };
  // At least two bytes are consumed each time; the last byte is the trailing bit.
  while (at < payload.length - 1) {
    if (readSize() === 6) return true;
    at += readSize();
  }
  return false;
}

function skipScalingList(bits: BitReader, size: number): void {
  let last = 8;
  let next = 8;
  for (let index = 0; index < size; index++) {
    if (next !== 0) next = (last + bits.signedExp() + 256) & 255;
    last = next === 0 ? last : next;
  }
}

const ESCAPED = Buffer.from([0, 0, 3]);

/** Removes the byte 3 that keeps start codes out of the payload. */
function unescape(bytes: Uint8Array): Uint8Array {
  // Hardly any slice's header has one.
  if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(ESCAPED) === -1) return bytes;
  const out = new Uint8Array(bytes.length);
  let length = 0;
  let zeros = 0;
  for (const byte of bytes) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    out[length++] = byte;
  }
  return out.subarray(0, length);
}

class BitReader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get exhausted(): boolean {
    return this.#position > this.#bytes.length * 8;
  }

  flag(): boolean {
    return this.read(1) === 1;
  }

  /** Up to 32 bits, most significant first. */
  read(count: number): number {
    let value = 0;
    for (let index = 0; index < count; index++, this.#position++) {
      value = value * 2 + (((this.#bytes[this.#position >> 3] ?? 0) >> (7 - (this.#position & 7))) & 1);
    }
    return value;
  }

  /** An unsigned Exp-Golomb code. */
  exp(): number {
    let zeros = 0;
    while (zeros < 32 && !this.exhausted && this.read(1) === 0) zeros++;
    return 2 ** zeros - 1 + this.read(zeros);
  }

  signedExp(): number {
    const code = this.exp();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }
}
