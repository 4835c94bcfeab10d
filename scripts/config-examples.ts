import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { SCHEMAS, type Role } from "../offchain/config/schema.ts";
import { exampleOf } from "./config-example.ts";

for (const role of Object.keys(SCHEMAS) as Role[]) {
  await writeFile(
    fileURLToPath(new URL(`../offchain/config/examples/${role}.json5`, import.meta.url)),
    await exampleOf(role),
  );
}
