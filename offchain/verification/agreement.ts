import type { Rendition } from "../media/interface.ts";
import type { Receipt } from "./interface.ts";
import { StreamflowError } from "../errors.ts";
import { ZERO_HASH } from "./messages.ts";
import { parametersTree, programTree } from "../vm/start.ts";
import { structureProgram, structureStepBound } from "./structure/judge.ts";
import { encodeStructureParameters, type StructureParameters, structureParametersOf } from "./structure/parameters.ts";

const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString("hex")}`;

/** Name of the structure program: the root of its ROM. */
export const STRUCTURE_PROGRAM = hex(programTree(structureProgram()).root());

/** What a receipt says of how the work would be judged. */
export type Agreement = Pick<Receipt, "program" | "parametersRoot" | "stepBound">;

/** Both sides derive the same from a list of renditions, so nothing has to be sent. */
export interface Terms {
  readonly parameters: StructureParameters;
  /** As they are in the machine's memory. */
  readonly bytes: Uint8Array;
  readonly root: string;
}

/** Errors: `ParametersInvalid`. */
export function termsOf(renditions: readonly Rendition[]): Terms {
  const parameters = structureParametersOf(renditions);
  const bytes = encodeStructureParameters(parameters);
  return { parameters, bytes, root: hex(parametersTree(bytes).root()) };
}

/**
 * What is signed where the service is judged by `program`. Nothing is agreed on with a program that is not known here, since what it
 * would say of the work cannot be known before signing.
 * @param program bytes32, zero where nothing judges the service
 * @param outputLengths {bytes}
 */
export function agreementOn(
  program: string,
  { root }: Terms,
  sourceLength: number,
  outputLengths: readonly number[],
): Agreement {
  if (program !== STRUCTURE_PROGRAM) return { program: ZERO_HASH, parametersRoot: ZERO_HASH, stepBound: 0n };
  return { program, parametersRoot: root, stepBound: structureStepBound(sourceLength, outputLengths) };
}

/** Checks that a receipt agrees to be judged as expected. Errors: `ReceiptInvalid`. */
export function requireAgreement(receipt: Receipt, expected: Agreement): void {
  for (const field of ["program", "parametersRoot", "stepBound"] as const) {
    if (receipt[field] === expected[field]) continue;
    const detail = `${field} is ${receipt[field]}, the service is judged with ${expected[field]}`;
    throw new StreamflowError("ReceiptInvalid", detail, { field });
  }
}
