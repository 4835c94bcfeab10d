import type { Address } from "../model/money.ts";
import { toNumber } from "../actors/view.ts";
import type { Observable } from "./observation.ts";

export const delegation: Observable = {
  title: "delegated to each orchestrator",
  unit: "thousand LPT",
  measure: ({ present: { round, pools } }) => {
    const values = [...pools].map(([orchestrator, { stake, selfStake }]): [Address, number] => [
      orchestrator,
      toNumber(stake - selfStake) / 1_000,
    ]);
    return { round, values: new Map(values) };
  },
};
