import { SEGMENT_PATH } from "../../../../offchain/net/wire.ts";
import type { Request } from "../line.ts";
import type { Fault } from "./interface.ts";

/** Every order comes twice at the same time, and with it the one before once more. One ticket must not buy two answers. */
export const requestsRepeated: Fault = {
  kind: "requests repeated",
  seconds: [5, 20],
  begin: ({ line }, _surroundings, random) => {
    let older: Request | null = null;
    line.disturb((request, send) => {
      if (request.path !== SEGMENT_PATH) return send(request);
      const sent = [request, request, older ?? request].map((one) => send(one));
      older = request;
      for (const one of sent) one.catch(() => undefined);
      // Which of the two the client hears of is chance.
      return sent[random.chance(0.5) ? 1 : 0]!;
    });
    return Promise.resolve(() => Promise.resolve(line.heal()));
  },
};
