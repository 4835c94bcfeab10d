import type { Fault } from "./interface.ts";
import { stop } from "./stopped.ts";

/** Its connections stand, and nothing comes over them. */
export const orchestratorPaused: Fault = {
  kind: "orchestrator paused",
  seconds: [5, 20],
  begin: ({ orchestrator }) => Promise.resolve(stop(orchestrator.process)),
};
