import type { Fault } from "./interface.ts";

/** SIGKILL. Its transcoder stays, and connects again when it is back. */
export const orchestratorKilled: Fault = {
  kind: "orchestrator killed",
  seconds: [5, 20],
  begin: async ({ orchestrator }) => {
    await orchestrator.process.kill();
    return () => orchestrator.startProcess();
  },
};
