import type { Fault } from "./interface.ts";

/** SIGKILL of the only one that it has. */
export const transcoderKilled: Fault = {
  kind: "transcoder killed",
  seconds: [5, 20],
  begin: async ({ orchestrator }) => {
    await orchestrator.transcoder.kill();
    return () => orchestrator.startTranscoder();
  },
};
