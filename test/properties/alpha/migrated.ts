import type { Alpha } from "../../../sim/model/alpha.ts";
import type { Address } from "../../../sim/model/money.ts";
import { need } from "../../../sim/model/refusal.ts";
import type { Rounds } from "../../../sim/model/rounds.ts";
import { Pool } from "../../../sim/model/staking/pool.ts";
import { Staking } from "../../../sim/model/staking/staking.ts";
import type { Parameters } from "../../../deploy/parameters.ts";
import { stakingParameters } from "../deployed.ts";

/** {1e18 = 1} */
const PERCENTAGES = 10n ** 12n;

/**
 * The model of Streamflow, begun with everything that everybody had in the alpha: nothing in it is imported later. Locks of the alpha are amounts that nothing changes.
 */
export class Migrated extends Staking {
  /** {wei LPT} Locks of the alpha that are left. */
  readonly #locks = new Map<Address, Map<number, bigint>>();
  readonly #rounds: Rounds;

  /**
   * @param alpha when it was over
   * @param orchestrators in the order in which they are imported
   */
  constructor(
    rounds: Rounds,
    alpha: Alpha,
    orchestrators: readonly Address[],
    parameters: Parameters,
    unbonding: bigint,
  ) {
    const inflation = alpha.inflation * PERCENTAGES;
    const { maximumInflation } = parameters.minter;
    super(
      rounds,
      alpha.supply,
      inflation < maximumInflation ? inflation : maximumInflation,
      stakingParameters(parameters),
    );
    this.#rounds = rounds;
    this.held = alpha.held;
    const from = rounds.current + 1n;
    for (const [who, { stake, delegate, locks, lockCount }] of alpha.accounts) {
      const account = this.account(who);
      account.lockCount = lockCount;
      const amounts = new Map<number, bigint>();
      for (const [id, { amount, withdrawRound }] of locks) {
        amounts.set(id, amount);
        const round = withdrawRound - unbonding;
        account.locks.set(id, { orchestrator: who, round, withdrawRound, kind: 0, units: amount });
      }
      this.#locks.set(who, amounts);
      if (delegate === null) continue;
      account.orchestrator = delegate;
      account.units.young.set(from, stake);
      account.record(from);
    }
    for (const who of orchestrators) this.#import(who, alpha);
  }

  override lockValue(delegator: Address, lockId: number): bigint {
    return this.#locks.get(delegator)?.get(lockId) ?? super.lockValue(delegator, lockId);
  }

  override withdrawStake(delegator: Address, lockId: number): bigint {
    const amount = this.#locks.get(delegator)?.get(lockId);
    if (amount === undefined) return super.withdrawStake(delegator, lockId);
    const { withdrawRound } = this.account(delegator).locks.get(lockId)!;
    const round = this.#rounds.current;
    need(round >= withdrawRound, "BondingManagerWithdrawTooEarly", round, withdrawRound);
    this.poke();
    this.#drop(delegator, lockId);
    this.held -= amount;
    return amount;
  }

  override rebond(delegator: Address, lockId: number, orchestrator: Address): void {
    const amount = this.#locks.get(delegator)?.get(lockId);
    if (amount === undefined) return super.rebond(delegator, lockId, orchestrator);
    this.bond(delegator, amount, orchestrator);
    this.held -= amount; // it was here already
    this.#drop(delegator, lockId);
  }

  #drop(delegator: Address, lockId: number): void {
    this.account(delegator).locks.delete(lockId);
    this.#locks.get(delegator)!.delete(lockId);
  }

  #import(who: Address, alpha: Alpha): void {
    const { delegated, rewardCut, feeShare } = alpha.delegate(who);
    const { stake, delegate } = alpha.account(who);
    const commission = { rewardCut: rewardCut * PERCENTAGES, feeShare: feeShare * PERCENTAGES };
    const pool = new Pool(this.#rounds.current, commission);
    pool.registered = delegate === who;
    pool.jailed = !alpha.pool.includes(who);
    pool.entering = { issued: delegated, stake: delegated };
    this.pools.set(who, pool);
    const { minimumStake, minimumSelfStake } = this.parameters;
    pool.willEarn = !pool.jailed && delegated >= minimumStake && stake >= minimumSelfStake;
    if (!pool.willEarn) return;
    this.emission.earners++;
    this.emission.next += delegated;
  }
}
