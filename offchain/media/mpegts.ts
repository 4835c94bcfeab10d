import { StreamflowError } from "../errors.ts";
import { announcesRecovery, parsePictureParameters, parseSequenceParameters, parseSliceHeader } from "./h264.ts";
import type { SequenceParameters } from "./h264.ts";
import type { AudioInfo, ParseSegment, SegmentInfo } from "./interface.ts";
import {
  continues,
  PACKET,
  ProgramTables,
  PTS_MODULUS,
  readElementaryHeader,
  readPacket,
  STREAM_TYPE,
  TICKS_PER_SECOND,
  ticksBetween,
} from "./transport.ts";
import type { ElementaryHeader, Packet } from "./transport.ts";

/** Streams that carry pictures in another coding, by their type in the program map. */
const OTHER_VIDEO: Readonly<Record<number, string>> = {
  0x01: "MPEG-1",
  0x02: "MPEG-2",
  0x10: "MPEG-4 part 2",
  0x24: "HEVC",
  0x33: "VVC",
  0xd1: "Dirac",
  0xea: "VC-1",
};
const OTHER_AUDIO: Readonly<Record<number, string>> = {
  0x03: "MPEG-1",
  0x04: "MPEG-2",
  0x11: "AAC in LATM",
  0x81: "AC-3",
  0x87: "E-AC-3",
};
/** {bytes} Of a packet without an adaptation field. */
const HEADER = 4;
/** Fourth byte of its header, beside the count: not scrambled, no adaptation field. */
const PAYLOAD_ONLY = 0x10;
/** Of the second byte. */
const DAMAGED = 0x80;
/** A lone frame says nothing about its duration. */
const LONE_FRAME_TICKS = TICKS_PER_SECOND / 25;

/** An elementary packet of the video stream: where its payload begins in the elementary stream, and its time. */
interface VideoPacket {
  readonly at: number;
  readonly pts: number | null;
  readonly randomAccess: boolean;
}

interface VideoStream {
  readonly pid: number;
  readonly bytes: Buffer;
  readonly packets: readonly VideoPacket[];
  readonly audio: AudioInfo | null;
}

/** A picture in decoding order. */
interface Picture {
  readonly pts: number;
  readonly idr: boolean;
  readonly entry: boolean;
}

function invalid(reason: string): StreamflowError {
  return new StreamflowError("SegmentInvalid", `the segment is not valid: ${reason}`, { reason });
}

export const parseSegment: ParseSegment = (bytes) => {
  const stream = demultiplex(bytes);
  const { pictures, parameters } = readPictures(stream);
  const times = presentationTimes(pictures);
  const firstPts = times[0] ?? 0;
  const lastPts = times.at(-1) ?? 0;
  const lastDuration = times.length > 1 ? lastPts - (times.at(-2) ?? 0) : LONE_FRAME_TICKS;
  const durationTicks = lastPts - firstPts + lastDuration;
  const positions = (wanted: (picture: Picture) => boolean): number[] =>
    pictures.flatMap((picture, index) => (wanted(picture) ? [index] : []));
  const { width, height, profile, level, chromaFormat, bitDepth, codec } = parameters;
  return {
    size: bytes.length,
    video: { pid: stream.pid, width, height, profile, level, chromaFormat, bitDepth, codec },
    audio: stream.audio,
    frames: pictures.length,
    pts: times,
    firstPts,
    lastPts,
    durationTicks,
    durationMs: Math.round((durationTicks * 1_000) / TICKS_PER_SECOND),
    keyframes: positions(({ idr }) => idr),
    recoveryPoints: positions(({ idr, entry }) => entry && !idr),
    startsWithKeyframe: pictures[0]?.idr === true,
  } satisfies SegmentInfo;
};

/** Where elementary streams are put together, one at a time: a fresh buffer for each keeps the garbage collector busy. */
let scratch = Buffer.alloc(0);

/** Takes the video's elementary stream out of the packets. It is valid until the next call. */
function demultiplex(bytes: Uint8Array): VideoStream {
  if (bytes.length === 0) throw invalid("it is empty");
  if (bytes.length % PACKET !== 0)
    throw invalid(`${bytes.length} bytes are not a whole number of packets of ${PACKET}`);
  const tables = new ProgramTables();
  let videoPid: number | null = null;
  let audio: { pid: number; codec: string | null } | null = null;
  if (scratch.length < bytes.length) scratch = Buffer.allocUnsafe(bytes.length);
  const out = scratch;
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let length = 0;
  let open: (ElementaryHeader & { readonly at: number }) | null = null;
  let continuity: number | null = null;
  const packets: VideoPacket[] = [];

  const close = (): void => {
    if (open !== null && open.length !== null && length - open.at < open.length)
      throw invalid("a video packet is cut short");
  };

  for (let at = 0; at < bytes.length; at += PACKET) {
    if (
      open !== null &&
      continuity !== null &&
      videoPid !== null &&
      isPlain(bytes, at, videoPid, (continuity + 1) & 15)
    ) {
      continuity = (continuity + 1) & 15;
      length += source.copy(out, length, at + HEADER, at + PACKET);
      continue;
    }
    const packet = readPacket(bytes, at);
    if (typeof packet === "string") throw invalid(`${packet} at byte ${at}`);
    if (tables.streams === null) {
      tables.take(packet, bytes);
      if (tables.streams !== null) ({ videoPid, audio } = chooseStreams(tables));
      continue;
    }
    if (packet.start >= packet.end) continue;
    if (packet.pid === audio?.pid && audio.codec === null && packet.starts) audio.codec = audioCodec(bytes, packet);
    if (packet.pid !== videoPid) continue;

    if (continuity === packet.continuity && !packet.discontinuity) continue; // Sent twice, which is allowed.
    if (continuity !== null && ((continuity + 1) & 15) !== packet.continuity && !packet.discontinuity) {
      throw invalid(`video packets are missing before byte ${at}`);
    }
    continuity = packet.continuity;
    let from = packet.start;
    if (packet.starts) {
      close();
      const header = readElementaryHeader(bytes, packet.start, packet.end);
      if (header === null) throw invalid(`a video packet has no header at byte ${at}`);
      open = { ...header, at: length };
      packets.push({ at: length, pts: header.pts, randomAccess: packet.randomAccess });
      from = header.payload;
    } else if (open === null) throw invalid("it begins within a video packet");
    length += source.copy(out, length, from, packet.end);
  }
  close();
  if (tables.streams === null) throw invalid("it has no program table");
  if (videoPid === null) throw invalid("it has no video stream");
  return {
    pid: videoPid,
    bytes: out.subarray(0, length),
    packets,
    audio: audio === null ? null : { pid: audio.pid, codec: audio.codec ?? "mp4a.40.2" },
  };
}

/** Nineteen packets of twenty are the next of their stream, and nothing but payload behind a header of four bytes: of these no object is made. */
function isPlain(bytes: Uint8Array, at: number, pid: number, continuity: number): boolean {
  return bytes[at + 3] === (PAYLOAD_ONLY | continuity) && (bytes[at + 1]! & DAMAGED) === 0 && continues(bytes, at, pid);
}

function chooseStreams({ streams }: ProgramTables): { videoPid: number; audio: { pid: number; codec: null } | null } {
  const all = streams ?? [];
  for (const { type } of all) {
    const other = OTHER_VIDEO[type];
    if (other !== undefined) throw invalid(`its video is ${other}, not H.264`);
    const otherAudio = OTHER_AUDIO[type];
    if (otherAudio !== undefined) throw invalid(`its audio is ${otherAudio}, not AAC`);
  }
  const video = all.filter(({ type }) => type === STREAM_TYPE.h264);
  const [first] = video;
  if (first === undefined) throw invalid("it has no video stream");
  if (video.length > 1) throw invalid(`it has ${video.length} video streams`);
  const audio = all.find(({ type }) => type === STREAM_TYPE.aac);
  return { videoPid: first.pid, audio: audio === undefined ? null : { pid: audio.pid, codec: null } };
}

/** From the first ADTS header; null when the packet holds none. */
function audioCodec(bytes: Uint8Array, packet: Packet): string | null {
  const header = readElementaryHeader(bytes, packet.start, packet.end);
  if (header === null || header.payload + 3 > packet.end) return null;
  const [first = 0, second = 0, third = 0] = bytes.subarray(header.payload, header.payload + 3);
  return first === 0xff && (second & 0xf6) === 0xf0 ? `mp4a.40.${(third >> 6) + 1}` : null;
}

const START_CODE = Buffer.from([0, 0, 1]);
const NAL = { slice: 1, idr: 5, information: 6, sequence: 7, picture: 8, delimiter: 9 } as const;

/**
 * The units of a segment's video, without start codes and the zeros between them. Each is valid until the next segment is read.
 * @throws SegmentInvalid
 */
export function* videoUnits(segment: Uint8Array): Generator<Uint8Array, void, undefined> {
  const { bytes } = demultiplex(segment);
  for (let at = bytes.indexOf(START_CODE); at !== -1;) {
    const next = bytes.indexOf(START_CODE, at + 3);
    let end = next === -1 ? bytes.length : next;
    while (end > at + 3 && bytes[end - 1] === 0) end--;
    if (end > at + 3) yield bytes.subarray(at + 3, end);
    at = next;
  }
}

/** Walks the units of the elementary stream and notes where a picture begins. */
function readPictures({ bytes, packets }: VideoStream): { pictures: Picture[]; parameters: SequenceParameters } {
  const sequences = new Map<number, SequenceParameters>();
  const sequenceOfPicture = new Map<number, number>();
  const pictures: Picture[] = [];
  let parameters: SequenceParameters | null = null;
  let packet = 0;
  let used = -1;
  // Of the access unit that is being read: where it began, whether it announced an entry point.
  let unitAt: number | null = null;
  let recovery = false;
  let openField: { frameNumber: number; field: string } | null = null;

  for (let at = bytes.indexOf(START_CODE); at !== -1;) {
    const next = bytes.indexOf(START_CODE, at + 3);
    const nal = bytes.subarray(at + 3, next === -1 ? bytes.length : next);
    const type = (nal[0] ?? 0) & 0x1f;
    if (type === NAL.sequence) {
      const sps = parseSequenceParameters(nal);
      if (sps === null) throw invalid("a sequence parameter set is malformed or too large");
      sequences.set(sps.id, sps);
    } else if (type === NAL.picture) {
      const { id, sequence } = parsePictureParameters(nal);
      sequenceOfPicture.set(id, sequence);
    } else if (type === NAL.information && announcesRecovery(nal)) recovery = true;

    if (type >= NAL.information && type <= NAL.delimiter) unitAt ??= at;
    else if (type === NAL.slice || type === NAL.idr) {
      const header = parseSliceHeader(nal);
      const sps = sequences.get(sequenceOfPicture.get(header.pictureParametersId) ?? -1);
      if (sps === undefined) throw invalid("a picture comes before its parameter sets");
      if (header.firstMacroblock === 0) {
        const start = unitAt ?? at;
        while ((packets[packet + 1]?.at ?? Infinity) <= start) packet++;
        const { frameNumber, field } = header.picture(sps);
        const isSecondField: boolean =
          openField !== null && field !== "frame" && field !== openField.field && frameNumber === openField.frameNumber;
        openField = isSecondField || field === "frame" ? null : { frameNumber, field };
        if (!isSecondField) {
          if (parameters !== null && (sps.width !== parameters.width || sps.height !== parameters.height)) {
            throw invalid("the picture's size changes within it");
          }
          parameters ??= sps;
          const carrier = packets[packet];
          if (carrier === undefined || carrier.pts === null || packet === used)
            throw invalid(`picture ${pictures.length} has no time`);
          const idr = type === NAL.idr;
          pictures.push({ pts: carrier.pts, idr, entry: idr || recovery || carrier.randomAccess });
        }
        used = packet;
        recovery = false;
      }
      unitAt = null;
    }
    at = next;
  }
  if (parameters === null) throw invalid("it has no picture");
  return { pictures, parameters };
}

/** The pictures' times in presentation order, unwrapped, the first in [0, 2^33). */
function presentationTimes(pictures: readonly Picture[]): number[] {
  const times: number[] = [];
  for (const { pts } of pictures) {
    const previous = times.at(-1);
    times.push(previous === undefined ? pts : previous + ticksBetween(previous, pts));
  }
  times.sort((a, b) => a - b);
  for (let index = 1; index < times.length; index++) {
    if (times[index] === times[index - 1]) throw invalid(`two pictures have the time ${times[index]}`);
  }
  const lap = Math.floor((times[0] ?? 0) / PTS_MODULUS) * PTS_MODULUS;
  return lap === 0 ? times : times.map((time) => time - lap);
}
