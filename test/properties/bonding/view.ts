import type { Address, Balances } from "../../../sim/model/money.ts";
import type { Account } from "../../../sim/model/staking/account.ts";
import { claim } from "../../../sim/model/staking/fees.ts";
import type { Emission } from "../../../sim/model/staking/emission.ts";
import type { Pool } from "../../../sim/model/staking/pool.ts";
import { waitingOf, worthOf } from "../../../sim/model/staking/position.ts";
import type { Staking } from "../../../sim/model/staking/staking.ts";

/** Later than any round. */
const NEVER = 2n ** 64n;

/** A word with a name, as the contracts should show it. */
export interface Sight {
  readonly what: string;
  readonly value: bigint;
  /** Where words that differ mean the same: the one that stands for them. */
  readonly norm?: (word: bigint) => bigint;
}

const sights = (words: Readonly<Record<string, bigint>>): Sight[] =>
  Object.entries(words).map(([what, value]) => ({ what, value }));

/** Whose money is where. */
export interface Purses {
  /** {wei LPT} */
  readonly tokens: Balances;
  /** {wei ETH} */
  readonly ether: Balances;
  readonly treasury: Address;
  readonly broker: Address;
}

/** The model as the contracts show it in `round`, whether or not somebody has acted in it. */
export class View {
  readonly emission: Emission;
  readonly #model: Staking;
  readonly #round: bigint;
  readonly #pools = new Map<Address, Pool>();

  constructor(model: Staking, round: bigint) {
    this.#model = model;
    this.#round = round;
    this.emission = model.emission.copy();
    this.emission.advance(round);
  }

  /** As it would be if somebody acted on it now. */
  pool(orchestrator: Address): Pool | undefined {
    let pool = this.#pools.get(orchestrator);
    if (pool !== undefined) return pool;
    pool = this.#model.pools.get(orchestrator)?.upTo(this.#round, this.emission);
    if (pool !== undefined) this.#pools.set(orchestrator, pool);
    return pool;
  }

  /** {wei LPT} */
  stakeOf(delegator: Address): bigint {
    const { pool, units } = this.#standing(delegator);
    return pool === undefined ? 0n : worthOf(pool, units);
  }

  /** {wei LPT} */
  waitingOf(delegator: Address): bigint {
    const { pool, units } = this.#standing(delegator);
    return pool === undefined ? 0n : waitingOf(pool, units);
  }

  /** {wei LPT} What of the commission can leave with this round. */
  commissionOf(orchestrator: Address): bigint {
    const pool = this.pool(orchestrator);
    if (pool === undefined) return 0n;
    const { stake, total } = pool.afterRound(this.emission);
    return total - stake - pool.leaving.commission;
  }

  /** In the order in which the lens looks. */
  everything(accounts: readonly Address[], purses: Purses): Sight[] {
    return [...this.#whole(purses), ...accounts.flatMap((account) => this.#account(account, purses))];
  }

  #standing(delegator: Address): { pool: Pool | undefined; units: Parameters<typeof worthOf>[1] } {
    const { orchestrator, units } = this.#model.account(delegator);
    return { pool: orchestrator === null ? undefined : this.pool(orchestrator), units };
  }

  #whole({ tokens, ether, treasury, broker }: Purses): Sight[] {
    const { emission: stored, held, pools } = this.#model;
    return sights({
      "at stake": this.emission.active,
      "at stake next": this.emission.earners === 0 ? 0n : this.emission.next,
      inflation: stored.inflation,
      "settled mint for stakers": stored.mint.stakers,
      "settled mint for the treasury": stored.mint.treasury,
      supply: stored.supply,
      "tokens of BondingManager": held,
      "tokens of the treasury": tokens.of(treasury) + stored.minted.treasury,
      "ETH of BondingManager": 0n,
      "ETH of the broker": ether.of(broker),
      orchestrators: BigInt(pools.size),
    });
  }

  #account(who: Address, { tokens, ether }: Purses): Sight[] {
    const account = this.#model.account(who);
    const orchestrator = account.orchestrator === null ? 0n : BigInt(account.orchestrator);
    const seen = [
      ...this.#orchestrator(who),
      ...sights({
        orchestrator,
        stake: this.stakeOf(who),
        waiting: this.waitingOf(who),
        locks: BigInt(account.lockCount),
      }),
      {
        what: "claimedBefore",
        value: account.claimedBefore ?? 0n,
        norm: (round: bigint) => unclaimedFrom(account, round),
      },
      ...sights({
        delegate: orchestrator,
        "claimable fees": this.#claimable(who),
        tokens: tokens.of(who),
        ETH: ether.of(who),
      }),
    ];
    for (let id = 0; id < account.lockCount; id++) {
      const lock = account.locks.get(id);
      const label = `lock ${id}`;
      seen.push(
        ...sights({
          [`${label} left`]: lock === undefined ? 0n : BigInt(lock.orchestrator),
          [`${label} is worth`]: lock === undefined ? 0n : this.#model.lockValue(who, id),
          [`${label} round`]: lock?.round ?? 0n,
          [`${label} withdrawRound`]: lock?.withdrawRound ?? 0n,
          [`${label} kind`]: BigInt(lock?.kind ?? 0),
        }),
      );
    }
    return seen.map((sight) => ({ ...sight, what: `${who}: ${sight.what}` }));
  }

  #orchestrator(who: Address): Sight[] {
    const pool = this.pool(who);
    const { announced, commission } = pool ?? { announced: null, commission: { rewardCut: 0n, feeShare: 0n } };
    const next = announced?.commission ?? commission;
    const active = pool !== undefined && pool.earns && pool.willEarn;
    const kept = pool === undefined ? 0n : pool.total - pool.stake;
    return sights({
      rewardCut: commission.rewardCut,
      feeShare: commission.feeShare,
      nextRewardCut: next.rewardCut,
      nextFeeShare: next.feeShare,
      commissionRound: announced?.from ?? 0n,
      totalStake: pool?.total ?? 0n,
      selfStake: pool === undefined ? 0n : this.stakeOf(who) + kept,
      commission: kept,
      nextTotalStake: pool?.nextTotal(this.emission) ?? 0n,
      active: BigInt(active),
      activeNext: BigInt(pool?.willEarn ?? false),
      jailed: BigInt(pool?.jailed ?? false),
      jailedUntil: pool?.jailedUntil ?? 0n,
      disputes: BigInt(pool?.openDisputes ?? 0),
      keptFees: pool?.fees.kept ?? 0n,
      feesBefore: pool?.fees.before ?? 0n,
      isRegistered: BigInt(pool !== undefined),
      isActive: BigInt(active),
    });
  }

  /** {wei ETH} What would be paid now; asking takes nothing. */
  #claimable(who: Address): bigint {
    const account = this.#model.account(who);
    const { claimedBefore } = account;
    const due = claim(account, this.#model.pools, null);
    account.claimedBefore = claimedBefore;
    return due + (this.#model.pools.get(who)?.fees.kept ?? 0n);
  }
}

/** The first round from which on an account may have fees to claim: between those rounds, in which it has no stake, it does not matter how far it got. */
function unclaimedFrom({ history }: Pick<Account, "history">, round: bigint): bigint {
  const entry = history.at(round);
  if (entry !== undefined && entry.units.parts().length > 0) return round;
  const next = history.after(round);
  return next === undefined ? NEVER : unclaimedFrom({ history }, next.from);
}

/** What was so in a past round, in the order in which the lens looks back. */
export function lookBack(model: Staking, accounts: readonly Address[], round: bigint): Sight[] {
  return [
    ...sights({ [`at stake in round ${round}`]: model.totalSupplyAt(round) }),
    ...accounts.flatMap((who) =>
      sights({
        [`${who}: votes of round ${round}`]: model.votesOf(who, round),
        [`${who}: balance of round ${round}`]: model.balanceOf(who, round),
        [`${who}: delegate of round ${round}`]: BigInt(model.delegateOf(who, round) ?? 0n),
      }),
    ),
  ];
}

/** Where the contracts show something else; nothing if they agree. */
export function differences(have: readonly bigint[], want: readonly Sight[]): string[] {
  const found = want.flatMap(({ what, value, norm }, i) => {
    const shown = have[i];
    if (shown === value || (norm !== undefined && shown !== undefined && norm(shown) === norm(value))) return [];
    return [`${what}: the contract says ${shown}, the model ${value}`];
  });
  if (have.length !== want.length) found.push(`${have.length} words instead of ${want.length}`);
  return found;
}
