// Holds a run and answers what its states are, which takes as long as the run and does not yield.
import { parentPort, workerData } from "node:worker_threads";
import { READY } from "../../threads.ts";
import { type Case, startOf } from "../../vm/start.ts";
import { encodeState } from "../../vm/state.ts";
import { Trace } from "../../vm/trace.ts";
import type { Answer, Question } from "./threaded-run.ts";

const trace = new Trace(startOf(workerData as Case));

function answer(question: Question): Answer {
  if (question.kind === "hashes") return { kind: "hashes", hashes: trace.hashesAt(question.steps) };
  const { state, proof } = trace.witnessAt(question.step);
  return { kind: "witness", state: encodeState(state), proof };
}

parentPort!.on("message", (question: Question) => parentPort!.postMessage(answer(question)));
parentPort!.postMessage(READY);
