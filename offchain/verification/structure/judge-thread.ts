// Judges outputs in a thread, since that blocks for as long as it takes.
import { parentPort, workerData } from "node:worker_threads";
import { READY } from "../../threads.ts";
import { CaseJudge } from "./case-judge.ts";
import type { SharedWork } from "./threaded-judge.ts";

const judge = new CaseJudge(workerData as Uint8Array);

parentPort!.on("message", ({ parameters, memory, lengths }: SharedWork) => {
  let at = 0;
  const [source, ...outputs] = lengths.map((length) => new Uint8Array(memory, (at += length) - length, length));
  parentPort!.postMessage(
    outputs.map((output, outputIndex) => judge.judge({ parameters, source: source!, output, outputIndex })),
  );
});
parentPort!.postMessage(READY);
