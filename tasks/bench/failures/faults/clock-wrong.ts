import { shiftedClock } from "../../../devnet/processes.ts";
import type { Fault } from "./interface.ts";

/** {s} Within and beyond what orders and quotes allow. */
const SKEWS = [-600, -90, 90, 600] as const;

/** It is started again with a wrong clock, and at the end with a right one. */
export const clockWrong: Fault = {
  kind: "clock wrong",
  seconds: [8, 20],
  begin: async ({ orchestrator }, _surroundings, random) => {
    await orchestrator.process.close();
    await orchestrator.startProcess(shiftedClock(random.pick(SKEWS)));
    return async () => {
      await orchestrator.process.close();
      await orchestrator.startProcess();
    };
  },
};
