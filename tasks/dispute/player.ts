import { readFile } from "node:fs/promises";
import path from "node:path";
import { hexlify } from "ethers";
import type { ContractTypes } from "../../deploy/contracts.ts";
import { messageOf } from "../../offchain/errors.ts";
import { readEvidence } from "../../offchain/verification/evidence/directory.ts";
import { caseOf } from "../../offchain/verification/evidence/evidence.ts";
import type { Evidence } from "../../offchain/verification/evidence/interface.ts";
import type { VerificationDomain } from "../../offchain/verification/interface.ts";
import { readProgram } from "../../offchain/vm/elf.ts";
import { elfOf, readManifest } from "../../offchain/vm/guest/build.ts";
import { programTree, startOf } from "../../offchain/vm/start.ts";
import { Trace } from "../../offchain/vm/trace.ts";
import type { Account, Contracts } from "../common/context.ts";
import { TaskError } from "../common/failure.ts";

/** Evidence, and the run of the program on it. */
export interface Judged {
  readonly evidence: Evidence;
  readonly trace: Trace;
}

/** Sends as the account. */
export const gameAs = ({ contracts, signer }: Account): ContractTypes["DisputeGame"] =>
  contracts.disputes.connect(signer);

/** In which both parties sign. */
export const domainOf = ({ deployment }: Contracts): VerificationDomain => ({
  chainId: BigInt(deployment.chainId),
  verifyingContract: deployment.contracts.BondingManager.proxy,
});

/** Reads evidence and has the program ready that its receipt names. Errors: `EvidenceInvalid`, `ProgramInvalid`. */
export async function judge(directory: string, elf: string): Promise<Judged> {
  const { evidence, bytes } = await readEvidence(path.resolve(directory));
  const program = await programOf(evidence.receipt.receipt.program, elf);
  return { evidence, trace: new Trace(startOf(caseOf(program, evidence, bytes))) };
}

/** The ROM of the program with this root. */
async function programOf(root: string, elf: string): Promise<Uint8Array> {
  const own = Object.entries(readManifest().programs).find(([, { program }]) => program === root)?.[0];
  if (elf === "" && own === undefined) {
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
