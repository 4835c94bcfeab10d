import { keccakHex } from "../pm/keccak.ts";

export const Status = { running: 0, halted: 1, trapped: 2 } as const;

/** What a program says of the work that it judges. Any other number has no meaning and is void. */
export const Verdict = { void: 0, pass: 1, fault: 2 } as const;

export function verdictName(verdict: number): keyof typeof Verdict {
  if (verdict === Verdict.pass) return "pass";
  return verdict === Verdict.fault ? "fault" : "void";
}

/** A state as it is hashed: LIP-5. */
export interface MachineState {
  /** 32 bytes. */
  readonly memoryRoot: Uint8Array;
  /** 32 bits. */
  readonly pc: number;
  /** 8 bits: 0 running, 1 halted, 2 trapped; every other is a state that stays as it is, too. */
  readonly status: number;
  /** 32 bits. */
  readonly verdict: number;
  /** {1} 64 bits. */
  readonly step: bigint;
  /** 32 words, of which the first is 0. */
  readonly x: Int32Array;
}

export const STATE_BYTES = 173;

const PC = 32;
const STATUS = 36;
const VERDICT = 37;
const STEP = 41;
const REGISTERS = 49;

export function encodeState({ memoryRoot, pc, status, verdict, step, x }: MachineState): Uint8Array {
  const bytes = Buffer.alloc(STATE_BYTES);
  bytes.set(memoryRoot);
  bytes.writeUInt32BE(pc, PC);
  bytes.writeUInt8(status, STATUS);
  bytes.writeUInt32BE(verdict, VERDICT);
  bytes.writeBigUInt64BE(step, STEP);
  for (let register = 1; register < 32; register += 1) bytes.writeInt32BE(x[register]!, REGISTERS + 4 * (register - 1));
  return bytes;
}

/** Of 173 bytes, which are always a state. */
export function decodeState(bytes: Uint8Array): MachineState {
  if (bytes.length !== STATE_BYTES) throw new RangeError(`a state has ${STATE_BYTES} bytes, not ${bytes.length}`);
  const view = Buffer.from(bytes);
  const x = new Int32Array(32);
  for (let register = 1; register < 32; register += 1) x[register] = view.readInt32BE(REGISTERS + 4 * (register - 1));
  return {
    memoryRoot: view.subarray(0, PC),
    pc: view.readUInt32BE(PC),
    status: view.readUInt8(STATUS),
    verdict: view.readUInt32BE(VERDICT),
    step: view.readBigUInt64BE(STEP),
    x,
  };
}

export function stateHash(state: MachineState): string {
  return keccakHex(encodeState(state));
}
