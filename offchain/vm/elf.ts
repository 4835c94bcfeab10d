import { z } from "zod";
import { StreamflowError } from "../errors.ts";
import { RAM_END, ROM_END } from "./layout.ts";

// System V ABI, chapters 4 (header) and 5 (program header); RISC-V ELF psABI 1.0.

const HEADER_BYTES = 52;
const SEGMENT_BYTES = 32;
const PT_LOAD = 1;
/** Bits of a segment's flags. */
const [EXECUTABLE, WRITABLE] = [1, 2];

/** A file for a 32-bit RISC-V that starts at address 0 and needs nothing that the machine does not have. */
const headerSchema = z.object({
  magic: z.literal("7f454c46", "no ELF file"),
  bits: z.literal(1, "not for 32 bits"),
  byteOrder: z.literal(1, "not little-endian"),
  type: z.literal(2, "not linked to fixed addresses"),
  machine: z.literal(243, "not for RISC-V"),
  entry: z.literal(0, "starts elsewhere than at 0"),
  flags: z.literal(0, "built for extensions or for another ABI than ilp32"),
  segmentBytes: z.literal(SEGMENT_BYTES, "program headers of another length"),
  segmentCount: z.int().min(1, "has no program headers").max(16, "more than 16 program headers"),
  segmentsAt: z.int(),
});

interface Segment {
  readonly type: number;
  readonly fileOffset: number;
  /** Where the program finds it. */
  readonly address: number;
  /** Where it is before the program starts. */
  readonly loadAddress: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
  readonly flags: number;
}

/**
 * The bytes of the ROM, from address 0 to the last one that the program sets: at most 2 MiB. Code and constants are read where they are
 * loaded; variables that are not zero at the start are loaded into ROM as well, and the program itself copies them.
 * @param elf an ELF32 file as `offchain/vm/guest/link.ld` makes them; anything may be in it
 * Errors: `ProgramInvalid`.
 */
export function readProgram(elf: Uint8Array): Uint8Array {
  const rom = Buffer.alloc(ROM_END);
  let end = 0;
  let isEntryExecutable = false;
  // In ascending order, so that each has to begin behind the one before.
  for (const segment of readSegments(elf).sort((a, b) => a.loadAddress - b.loadAddress)) {
    const { fileOffset, address, loadAddress, fileBytes, flags } = segment;
    check(segment, elf.length);
    if (fileBytes === 0) continue;
    if (loadAddress < end) refuse(`two segments are loaded to ${hex(loadAddress)}`);
    rom.set(elf.subarray(fileOffset, fileOffset + fileBytes), loadAddress);
    end = loadAddress + fileBytes;
    isEntryExecutable ||= address === 0 && (flags & EXECUTABLE) !== 0;
  }
  if (!isEntryExecutable) refuse("there is no code at address 0");
  return Uint8Array.from(rom.subarray(0, end));
}

function readSegments(elf: Uint8Array): Segment[] {
  if (elf.length < HEADER_BYTES) refuse(`${elf.length} bytes are shorter than the header of an ELF file`);
  const view = Buffer.from(elf.buffer, elf.byteOffset, elf.byteLength);
  const parsed = headerSchema.safeParse({
    magic: view.toString("hex", 0, 4),
    bits: view.readUInt8(4),
    byteOrder: view.readUInt8(5),
    type: view.readUInt16LE(16),
    machine: view.readUInt16LE(18),
    entry: view.readUInt32LE(24),
    segmentsAt: view.readUInt32LE(28),
    flags: view.readUInt32LE(36),
    segmentBytes: view.readUInt16LE(42),
    segmentCount: view.readUInt16LE(44),
  });
  if (!parsed.success) return refuse(parsed.error.issues.map(({ message }) => message).join("; "));
  const { segmentsAt, segmentCount } = parsed.data;
  if (segmentsAt + segmentCount * SEGMENT_BYTES > elf.length) refuse("the program headers lie outside of the file");
  return Array.from({ length: segmentCount }, (_, i) => {
    const at = segmentsAt + i * SEGMENT_BYTES;
    return {
      type: view.readUInt32LE(at),
      fileOffset: view.readUInt32LE(at + 4),
      address: view.readUInt32LE(at + 8),
      loadAddress: view.readUInt32LE(at + 12),
      fileBytes: view.readUInt32LE(at + 16),
      memoryBytes: view.readUInt32LE(at + 20),
      flags: view.readUInt32LE(at + 24),
    };
  });
}

function check(segment: Segment, elfBytes: number): void {
  const { type, fileOffset, address, loadAddress, fileBytes, memoryBytes, flags } = segment;
  // Others ask for something: an interpreter, relocation, a stack that can be executed.
  if (type !== PT_LOAD) refuse(`a segment of type ${type}`);
  if (fileOffset + fileBytes > elfBytes) refuse(`the segment at ${hex(address)} lies outside of the file`);
  if (fileBytes > memoryBytes) refuse(`the segment at ${hex(address)} is longer in the file than in memory`);
  if (fileBytes > 0 && loadAddress + fileBytes > ROM_END) {
    refuse(`the segment at ${hex(address)} is loaded to ${hex(loadAddress)}, not into ROM`);
  }
  if ((flags & WRITABLE) === 0) {
    if (address !== loadAddress) refuse(`the segment at ${hex(address)} cannot be written, but has to be moved there`);
    if (address + memoryBytes > ROM_END) refuse(`the segment at ${hex(address)} does not end in ROM`);
  } else {
    if ((flags & EXECUTABLE) !== 0) refuse(`the segment at ${hex(address)} can be both written and executed`);
    if (address < ROM_END || address + memoryBytes > RAM_END) refuse(`the segment at ${hex(address)} is not in RAM`);
  }
}

function hex(address: number): string {
  return `0x${address.toString(16).padStart(8, "0")}`;
}

function refuse(why: string): never {
  throw new StreamflowError("ProgramInvalid", why);
}
