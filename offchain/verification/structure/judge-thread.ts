// Judges outputs in a thread, since that blocks for as long as it takes.
import { parentPort } from "node:worker_threads";
import { READY } from "../../threads.ts";
import { StructureJudge, structureProgram } from "./judge.ts";
import type { StructureWork } from "./threaded-judge.ts";

const judge = new StructureJudge(structureProgram());

parentPort!.on("message", ({ parameters, source, outputs }: StructureWork) =>
  parentPort!.postMessage(
    outputs.map((output, outputIndex) => judge.judge({ parameters, source, output, outputIndex })),
  ),
);
parentPort!.postMessage(READY);
