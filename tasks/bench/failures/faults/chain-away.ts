import type { Fault } from "./interface.ts";

/** No node hears anything of the chain: its requests are taken and never answered. */
export const chainAway: Fault = {
  kind: "chain away",
  seconds: [120, 130],
  begin: (_victim, { chainLine }) => {
    chainLine.disturb(() => new Promise(() => undefined));
    return Promise.resolve(() => Promise.resolve(chainLine.heal()));
  },
};
