import type { Fault } from "./interface.ts";

/** {1} Chances: that a connection breaks before the request, in the middle of the answer, or that the answer never comes. */
const BEFORE = 0.3;
const WITHIN = 0.7;

/** Every connection breaks, sooner or later, or is silent for ever. */
export const connectionsCut: Fault = {
  kind: "connections cut",
  seconds: [5, 20],
  begin: ({ line }, _surroundings, random) => {
    line.disturb(async (request, send) => {
      const draw = random.fraction();
      if (draw < BEFORE) return null;
      const reply = await send(request);
      if (draw < WITHIN) return { ...reply, cutAt: Math.floor(random.fraction() * reply.body.length) };
      return new Promise(() => undefined);
    });
    return Promise.resolve(() => Promise.resolve(line.heal()));
  },
};
