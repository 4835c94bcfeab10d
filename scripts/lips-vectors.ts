import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { ticketVectors } from "./ticket-vectors.ts";

await writeFile(fileURLToPath(new URL("../LIPS/vectors/tickets.json", import.meta.url)), ticketVectors());
