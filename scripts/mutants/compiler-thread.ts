// Holds the compiler, which is slow to load and does nothing else while it compiles.
import { createRequire } from "node:module";
import { parentPort } from "node:worker_threads";

const solc = createRequire(import.meta.url)("solc") as { compile: (input: string) => string };

parentPort!.on("message", (input: unknown) => {
  parentPort!.postMessage(JSON.parse(solc.compile(JSON.stringify(input))));
});
