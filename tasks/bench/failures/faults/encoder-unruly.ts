import type { Fault } from "./interface.ts";

/** Segments come in another order than their numbers', and twice. */
export const encoderUnruly: Fault = {
  kind: "encoder unruly",
  seconds: [5, 20],
  begin: (_victim, { setUnruly }) => {
    setUnruly(true);
    return Promise.resolve(() => Promise.resolve(setUnruly(false)));
  },
};
