import { setTimeout as delay } from "node:timers/promises";
import type { Fault } from "./interface.ts";

/** {ms} That a request waits for another one to overtake it. */
const WAIT = 600;

/** Of any two requests that come shortly after each other, the second one arrives first. */
export const requestsReordered: Fault = {
  kind: "requests reordered",
  seconds: [5, 20],
  begin: ({ line }) => {
    let overtaken: (() => void) | null = null;
    line.disturb(async (request, send) => {
      if (overtaken === null) {
        const { promise, resolve } = Promise.withResolvers<void>();
        overtaken = resolve;
        await Promise.race([promise, delay(WAIT)]);
        if (overtaken === resolve) overtaken = null;
        return send(request);
      }
      const release = overtaken;
      overtaken = null;
      const reply = send(request);
      reply.then(release, release);
      return reply;
    });
    return Promise.resolve(() => Promise.resolve(line.heal()));
  },
};
