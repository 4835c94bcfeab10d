import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { disputeVectors } from "./dispute-vectors.ts";
import { machineVectors } from "./machine-vectors.ts";
import { serverKeyVectors } from "./server-key-vectors.ts";
import { structureVectors } from "./structure-vectors.ts";
import { ticketVectors } from "./ticket-vectors.ts";

const files = {
  disputes: await disputeVectors(),
  machine: machineVectors(),
  "server-keys": serverKeyVectors(),
  structure: structureVectors(),
  tickets: ticketVectors(),
};

for (const [name, text] of Object.entries(files)) {
  await writeFile(fileURLToPath(new URL(`../LIPS/vectors/${name}.json`, import.meta.url)), text);
}
