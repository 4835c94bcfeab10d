import { readFile } from "node:fs/promises";
import path from "node:path";
import { hexlify } from "ethers";
import type { ContractTypes } from "../../deploy/contracts.ts";
import { messageOf } from "../../offchain/errors.ts";
import { readEvidence } from "../../offchain/verification/evidence/directory.ts";
import { caseOf } from "../../offchain/verification/evidence/evidence.ts";
import type { Evidence } from "../../offchain/verification/evidence/interface.ts";
import { readProgram } from "../../offchain/vm/elf.ts";
import { elfOf, guestOf } from "../../offchain/vm/guest/build.ts";
import { programTree, startOf } from "../../offchain/vm/start.ts";
import { Trace } from "../../offchain/vm/trace.ts";
import type { Account } from "../common/context.ts";
import { TaskError } from "../common/failure.ts";

/** Evidence, and the run of the program on it. */
export interface Judged {
  readonly evidence: Evidence;
  readonly trace: Trace;
}

/** Sends as the account. */
export const gameAs = ({ contracts, signer }: Account): ContractTypes["DisputeGame"] =>
  contracts.disputes.connect(signer);

/** Reads evidence and has the program ready that its receipt names. Errors: `EvidenceInvalid`, `ProgramInvalid`. */
export async function judge(directory: string, elf: string): Promise<Judged> {
  const { evidence, bytes } = await readEvidence(path.resolve(directory));
  const program = await programOf(evidence.receipt.receipt.program, elf);
  return { evidence, trace: new Trace(startOf(caseOf(program, evidence, bytes))) };
}

/** The ROM of the program with this root. */
async function programOf(root: string, elf: string): Promise<Uint8Array> {
  const own = guestOf(root);
  if (elf === "" && own === null) {
    throw new TaskError(`${root} is none of our own programs: name its file with --program`);
  }
  const file = elf === "" ? elfOf(own!) : elf;
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new TaskError(`the program cannot be read: ${messageOf(error)}`);
  });
  const rom = readProgram(bytes);
  const have = hexlify(programTree(rom).root());
  if (have !== root) throw new TaskError(`${file} is program ${have}, the receipt names ${root}`);
  return rom;
}
