import { setTimeout as delay } from "node:timers/promises";
import type { Fault } from "./interface.ts";

/** {ms} Each way. */
const LATENCY = [300, 1_500] as const;
/** {bytes per ms} */
const BANDWIDTH = [50, 400] as const;

/** A line with latency and little bandwidth, in both directions. */
export const networkSlow: Fault = {
  kind: "network slow",
  seconds: [8, 20],
  begin: ({ line }, _surroundings, random) => {
    const between = ([least, most]: readonly [number, number]) => least + random.fraction() * (most - least);
    const [latency, bandwidth] = [between(LATENCY), between(BANDWIDTH)];
    const pass = (bytes: number) => delay(latency + bytes / bandwidth);
    line.disturb(async (request, send) => {
      await pass(request.body.length);
      const reply = await send(request);
      await pass(reply.body.length);
      return reply;
    });
    return Promise.resolve(() => Promise.resolve(line.heal()));
  },
};
