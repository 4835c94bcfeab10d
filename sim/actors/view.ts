import { ONE, type Address } from "../model/money.ts";
import type { Commission } from "../model/staking/pool.ts";

/** One orchestrator in one round, as everybody can read it. */
export interface PublicPool {
  readonly commission: Commission;
  /** {wei LPT} Stake that shares its fees, when the round began. */
  readonly stake: bigint;
  /** {wei LPT} The orchestrator's own part of it. */
  readonly selfStake: bigint;
  /** {wei ETH} Of the tickets of that round; null as long as some of them can be redeemed. */
  readonly fees: bigint | null;
}

/** One round, as everybody can read it. */
export interface PublicRound {
  readonly round: number;
  /** {wei LPT} */
  readonly supply: bigint;
  /** {wei LPT} At stake when it began. */
  readonly active: bigint;
  /** {wei LPT} What it gave to that stake; null until it is over. */
  readonly rewards: bigint | null;
  /** {1e18 = 1} */
  readonly inflation: bigint;
  readonly pools: ReadonlyMap<Address, PublicPool>;
}

/** One account, as everybody can read it. */
export interface PublicAccount {
  /** {wei LPT} What it had at the beginning. */
  readonly amount: bigint;
  /** {wei ETH} Fees that it was paid, all in all. */
  readonly fees: bigint;
}

export interface Market {
  /** {ETH per LPT} */
  readonly lptPrice: number;
  /** {1} */
  readonly roundsPerYear: number;
}

/** Whole LPT or ETH, or a ratio: precise enough to decide by. */
export const toNumber = (wei: bigint): number => Number(wei) / Number(ONE);

/** {wei ETH} The part of known fees that goes to the stake. */
export function sharedOf({ fees, commission }: PublicPool): bigint {
  return ((fees ?? 0n) * commission.feeShare) / ONE;
}

/** What a node can read from the chain: the past, and how the present round began. Not what others do in it. */
export class View {
  /** Oldest first; the last one is the present. */
  readonly rounds: readonly PublicRound[];
  /** The latest round whose fees are known. */
  readonly paid: PublicRound | undefined;
  readonly accounts: ReadonlyMap<Address, PublicAccount>;
  readonly market: Market;
  /** Many ask for the same in one round. */
  readonly #known = new Map<string, number>();

  constructor(known: Pick<View, "rounds" | "paid" | "accounts" | "market">) {
    const { rounds, paid, accounts, market } = known;
    this.rounds = rounds;
    this.paid = paid;
    this.accounts = accounts;
    this.market = market;
  }

  get present(): PublicRound {
    return this.rounds.at(-1)!;
  }

  get orchestrators(): Address[] {
    return [...this.present.pools.keys()];
  }

  /**
   * {ETH per LPT and round} What stake behind an orchestrator can expect if all goes on as it did in the last `memory` rounds.
   * @param added {LPT} that would come on top of what is there
   */
  expectedIncome(orchestrator: Address, memory: number, added = 0): number {
    const { commission, stake } = this.present.pools.get(orchestrator)!;
    const rewards = this.rewardRate(memory) * (1 - toNumber(commission.rewardCut)) * this.market.lptPrice;
    return rewards + this.#sharedFees(orchestrator, memory) / (toNumber(stake) + added);
  }

  /** {LPT per LPT and round} What stake earned on average in the last `memory` rounds that are over, before any reward cut. */
  rewardRate(memory: number): number {
    return this.#once(`rewards ${memory}`, () => {
      const over = this.rounds.slice(-memory - 1, -1);
      return mean(over.map(({ rewards, active }) => (active === 0n ? 0 : toNumber(rewards!) / toNumber(active))));
    });
  }

  /** {ETH per round} What an orchestrator shared on average in the last `memory` rounds whose fees are known. */
  #sharedFees(orchestrator: Address, memory: number): number {
    return this.#once(`fees ${memory} ${orchestrator}`, () => {
      const end = this.paid === undefined ? 0 : this.rounds.lastIndexOf(this.paid) + 1;
      const paid = this.rounds.slice(Math.max(0, end - memory), end);
      return mean(paid.map(({ pools }) => toNumber(sharedOf(pools.get(orchestrator)!))));
    });
  }

  #once(what: string, compute: () => number): number {
    let value = this.#known.get(what);
    if (value === undefined) this.#known.set(what, (value = compute()));
    return value;
  }
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
