import type { Fault } from "./interface.ts";
import { stop } from "./stopped.ts";

/** It is given up after some silence, and connects again when it goes on. */
export const transcoderPaused: Fault = {
  kind: "transcoder paused",
  seconds: [5, 20],
  begin: ({ orchestrator }) => Promise.resolve(stop(orchestrator.transcoder)),
};
