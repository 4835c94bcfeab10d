import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { hexlify } from "ethers";
import { type ErrorCode, messageOf, StreamflowError } from "../../errors.ts";
import { REGION_BYTES } from "../../verification/root.ts";
import { encodeStructureParameters, type StructureParameters } from "../../verification/structure/parameters.ts";
import { readProgram } from "../../vm/elf.ts";
import { elfOf, GUESTS, readManifest } from "../../vm/guest/build.ts";
import { PARAMETERS_BYTES } from "../../vm/layout.ts";
import { type Case, programTree } from "../../vm/start.ts";
import type { CaseArguments } from "./arguments.ts";

/** {bytes} Of a file that holds a program: more than any that fits into ROM. */
const ELF_BYTES = 2 ** 26;

/** What is to be judged, and by what. */
export interface NamedCase {
  readonly judged: Case;
  /** Root of the program, which is its name in receipts. */
  readonly program: string;
  readonly isStructure: boolean;
}

/** Reads the files of a case; one that is not named is empty. Errors: `InputNotFound`, `ProgramInvalid`, `ParametersInvalid`, `ParametersTooLarge`, `SourceTooLarge`. */
export async function readCase(options: CaseArguments): Promise<NamedCase> {
  const isGuest = (GUESTS as readonly string[]).includes(options.program);
  const elf = isGuest ? elfOf(options.program) : options.program;
  const rom = readProgram(await readInput(elf, ELF_BYTES, "ProgramInvalid"));
  const program = hexlify(programTree(rom).root());
  const isStructure = program === readManifest().programs.structure?.program;
  const judged = {
    program: rom,
    parameters: await readParameters(options.parameters, isStructure),
    source: await readInput(options.source, REGION_BYTES, "SourceTooLarge"),
    output: await readInput(options.output, REGION_BYTES, "SourceTooLarge"),
    outputIndex: options.outputIndex,
  };
  return { judged, program, isStructure };
}

async function readParameters(file: string | undefined, isStructure: boolean): Promise<Uint8Array> {
  const bytes = await readInput(file, PARAMETERS_BYTES, "ParametersTooLarge");
  if (!isStructure || file === undefined || path.extname(file) !== ".json") return bytes;
  let fields: unknown;
  try {
    fields = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (cause) {
    throw new StreamflowError("ParametersInvalid", `${file}: ${messageOf(cause)}`, {}, { cause });
  }
  // It checks whatever it is given.
  return encodeStructureParameters(fields as StructureParameters);
}

/** A file that is no longer than `most`. */
async function readInput(file: string | undefined, most: number, tooLarge: ErrorCode): Promise<Uint8Array> {
  if (file === undefined) return new Uint8Array(0);
  try {
    const { size } = await stat(file);
    if (size > most) {
      throw new StreamflowError(tooLarge, `${file} has ${size} bytes, more than ${most}`, {
        bytes: size,
        maxBytes: most,
      });
    }
    return await readFile(file);
  } catch (cause) {
    if (cause instanceof StreamflowError) throw cause;
    throw new StreamflowError("InputNotFound", messageOf(cause), {}, { cause });
  }
}
