import type { Random } from "../engine/random.ts";
import type { Run, Scenario } from "../engine/scenario.ts";
import type { Address } from "../model/money.ts";
import type { Commission } from "../model/staking/pool.ts";
import type { Actor } from "./actor.ts";
import { BYSTANDER } from "./bystander.ts";
import { Delegator } from "./delegator.ts";
import { Holder } from "./holder.ts";

/** Somebody with LPT. */
export interface Member {
  readonly name: Address;
  readonly actor: Actor;
  /** {wei LPT} All that it has at the beginning. */
  readonly amount: bigint;
}

export interface Orchestrator extends Member {
  readonly commission: Commission;
  /** {ETH per round} Its work, on average. */
  readonly fees: number;
}

export interface Population {
  readonly orchestrators: readonly Orchestrator[];
  readonly delegators: readonly Member[];
  readonly holders: readonly Member[];
}

/** Everybody in a scenario. In a baseline they have the same and do nothing. */
export function populate({ population }: Scenario, run: Run, random: Random): Population {
  const orchestrators = expand(
    population.orchestrators,
    () => "orchestrator",
    ({ stake, rewardCut, feeShare, fees }, { name }) => ({
      name,
      actor: BYSTANDER,
      amount: stake,
      commission: { rewardCut, feeShare },
      fees,
    }),
  );
  const delegators = expand(
    population.delegators,
    ({ label }) => label ?? "delegator",
    (settings, { name }) => ({
      name,
      actor: run === "baseline" ? BYSTANDER : new Delegator(settings, random),
      amount: settings.stake,
    }),
  );
  const holders = expand(
    population.holders,
    () => "holder",
    (settings, { name, place }) => {
      const { lowest, highest } = settings.outsideReturn;
      return {
        name,
        actor: run === "baseline" ? BYSTANDER : new Holder(settings, lowest + (highest - lowest) * place, random),
        amount: settings.stake,
      };
    },
  );
  return { orchestrators, delegators, holders };
}

/** All members of all groups; `place` is a member's in its group, above 0 and below 1. */
function expand<Group extends { readonly count: number }, T>(
  groups: readonly Group[],
  kindOf: (group: Group) => string,
  make: (group: Group, rest: { name: Address; place: number }) => T,
): T[] {
  const numbers = new Map<string, number>();
  const nameIn = (group: Group): Address => {
    const kind = kindOf(group);
    const number = (numbers.get(kind) ?? 0) + 1;
    numbers.set(kind, number);
    return `${kind}-${number}`;
  };
  return groups.flatMap((group) =>
    Array.from({ length: group.count }, (_, index) =>
      make(group, { name: nameIn(group), place: (index + 0.5) / group.count }),
    ),
  );
}
