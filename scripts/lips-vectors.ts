import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { machineVectors } from "./machine-vectors.ts";
import { ticketVectors } from "./ticket-vectors.ts";

for (const [name, text] of Object.entries({ machine: machineVectors(), tickets: ticketVectors() })) {
  await writeFile(fileURLToPath(new URL(`../LIPS/vectors/${name}.json`, import.meta.url)), text);
}
