import type { Fault } from "./interface.ts";

/** {s} Within and beyond what orders and quotes allow. */
const SKEWS = [-600, -90, 90, 600] as const;

/** It is started again with a wrong clock, and at the end with a right one. */
export const clockWrong: Fault = {
  kind: "clock wrong",
  seconds: [8, 20],
  begin: async ({ orchestrator }, _surroundings, random) => {
    const skew = new URL("shifted-clock.ts", import.meta.url);
    skew.search = `?seconds=${random.pick(SKEWS)}`;
    await orchestrator.process.close();
    await orchestrator.startProcess(["--import", skew.href]);
    return async () => {
      await orchestrator.process.close();
      await orchestrator.startProcess();
    };
  },
};
