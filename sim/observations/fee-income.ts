import type { Address } from "../model/money.ts";
import { toNumber, type PublicAccount } from "../actors/view.ts";
import type { Observable } from "./observation.ts";

/** What the members of each group were paid per LPT, against what everybody who is no orchestrator was: 1 is the average. */
export const feeIncome: Observable = {
  title: "fees paid per LPT, all in all",
  unit: "average = 1",
  measure: ({ present, accounts, orchestrators }) => {
    const others = [...accounts].filter(([name]) => !orchestrators.includes(name));
    const average = perLpt(others);
    if (!(average > 0)) return null;
    const groups = Map.groupBy(others, ([name]) => name.replace(/-\d+$/, ""));
    return {
      round: present.round,
      values: new Map([...groups].map(([group, members]) => [group, perLpt(members) / average])),
    };
  },
};

function perLpt(accounts: readonly [Address, PublicAccount][]): number {
  const sum = (part: keyof PublicAccount): number =>
    toNumber(accounts.reduce((total, [, account]) => total + account[part], 0n));
  return sum("fees") / sum("amount");
}
