import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { errorsDoc } from "./errors-doc.ts";

await writeFile(fileURLToPath(new URL("../docs/errors.md", import.meta.url)), await errorsDoc());
