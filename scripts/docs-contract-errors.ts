import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { contractErrors, contractErrorsDoc, readCompiled, readForeign } from "./contract-errors.ts";

const errors = contractErrors(readCompiled(), readForeign());
// Written in any case: a cell that is empty shows where something is missing.
await writeFile(fileURLToPath(new URL("../docs/contract-errors.md", import.meta.url)), await contractErrorsDoc(errors));
if (errors.problems.length > 0) {
  process.stderr.write(`${errors.problems.join("\n")}\n`);
  process.exitCode = 1;
}
