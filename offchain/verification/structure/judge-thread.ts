// Judges outputs in a thread, since that blocks for as long as it takes.
import { setFlagsFromString } from "node:v8";
import { parentPort, workerData } from "node:worker_threads";
import { READY } from "../../threads.ts";
import { CaseJudge } from "./case-judge.ts";
import type { SharedWork } from "./threaded-judge.ts";

// To optimize the program takes V8 0.1 s and more, and makes a segment cheaper by less than a millisecond. At first it does so within the first segment: now when a
// function has run a hundred times as much. Modules that exist already, which hash, keep the budget that they had (ADR 18).
setFlagsFromString("--wasm-tiering-budget=1300000000");
const judge = new CaseJudge(workerData as Uint8Array);

parentPort!.on("message", ({ parameters, memory, lengths }: SharedWork) => {
  let at = 0;
  const [source, ...outputs] = lengths.map((length) => new Uint8Array(memory, (at += length) - length, length));
  parentPort!.postMessage(
    outputs.map((output, outputIndex) => judge.judge({ parameters, source: source!, output, outputIndex })),
  );
});
parentPort!.postMessage(READY);
