import { ONE, Switch, type Address } from "../money.ts";
import { need } from "../refusal.ts";
import type { Rounds } from "../rounds.ts";
import { Account, type Lock } from "./account.ts";
import { COMMISSION, type Cohorts, type Kind } from "./cohorts.ts";
import { Emission } from "./emission.ts";
import { claim } from "./fees.ts";
import type { StakingParameters } from "./parameters.ts";
import { Pool, type Commission } from "./pool.ts";
import { cancel, oldestOf, settle, waitingOf, worthOf } from "./position.ts";
import { isForgiven, takeFrom, type Slashed } from "./slash.ts";
import * as votes from "./votes.ts";

/**
 * {wei LPT} The least that is bonded, and that stays when stake leaves. Prices are ratios of whole wei: without a bound, a pool of three wei
 * would round a slash away, and with it the price at which others enter.
 */
export const MINIMUM_POSITION = ONE / 100n;

/**
 * What can end an orchestrator's activity: an action that adds stake never does, and when a delegator leaves only the total can be too small. So what others do costs little, and a minimum
 * that was raised binds when somebody touches the pool otherwise.
 */
type Check = "nothing" | "total" | "all";

/** What was unbonded {wei LPT}. */
export interface Unbonded {
  readonly paid: bigint;
  /** How much of the stake went into which lock. */
  readonly locks: readonly { readonly id: number; readonly amount: bigint }[];
}

/** What an orchestrator took out, and what was its commission of it {wei LPT}. */
export interface Resigned extends Unbonded {
  readonly commission: bigint;
}

/**
 * Rounds, rewards, stake and slashing in constant time. Amounts of LPT that come in or go out are returned; whose they are is the caller's
 * business. Source: ADR 5.
 */
export class Staking {
  parameters: StakingParameters;
  emission: Emission;
  /** Whether anybody may register and bond. */
  readonly bonding = new Switch();
  readonly pools = new Map<Address, Pool>();
  readonly accounts = new Map<Address, Account>();
  /** {wei LPT} What the contract holds: bonded and minted, less what was paid and slashed. */
  held = 0n;
  readonly #rounds: Rounds;

  constructor(rounds: Rounds, supply: bigint, inflation: bigint, parameters: StakingParameters) {
    this.#rounds = rounds;
    this.parameters = parameters;
    this.emission = new Emission(rounds.current, supply, inflation, parameters);
  }

  account(delegator: Address): Account {
    let account = this.accounts.get(delegator);
    if (account === undefined) this.accounts.set(delegator, (account = new Account()));
    return account;
  }

  pool(orchestrator: Address): Pool {
    const pool = this.pools.get(orchestrator);
    need(pool?.registered === true, "BondingManagerNotRegistered", orchestrator);
    return pool;
  }

  /** Brings the whole up to date. */
  poke(): void {
    const before = this.emission.minted.stakers;
    this.emission.advance(this.#rounds.current);
    this.held += this.emission.minted.stakers - before;
  }

  // Orchestrators

  /** Makes an orchestrator, with `amount` of its own bonded, or without. */
  register(orchestrator: Address, commission: Commission, amount: bigint): void {
    this.bonding.requireOn();
    const account = this.account(orchestrator);
    need(!this.pools.has(orchestrator), "BondingManagerAlreadyRegistered", orchestrator);
    need(account.orchestrator === null, "BondingManagerBondedElsewhere", account.orchestrator, orchestrator);
    need(amount === 0n || amount >= MINIMUM_POSITION, "BondingManagerAmountTooSmall", amount, MINIMUM_POSITION);
    this.poke();
    account.orchestrator = orchestrator;
    this.pools.set(orchestrator, new Pool(this.#rounds.current, commission));
    if (amount > 0n) this.bond(orchestrator, amount, orchestrator);
  }

  /** Announces a commission; a former announcement that has not begun is forgotten. */
  setCommission(orchestrator: Address, commission: Commission): void {
    this.#act(orchestrator, (pool) => {
      const from = this.#rounds.current + this.parameters.commissionNotice;
      this.emission.mark(from);
      pool.announced = { from, commission };
    });
  }

  /** Brings one pool up to date. Nobody has to. */
  reward(orchestrator: Address): void {
    this.#act(orchestrator, () => undefined);
  }

  unjail(orchestrator: Address): void {
    this.#act(orchestrator, (pool) => {
      need(pool.jailed, "BondingManagerNotJailed", orchestrator);
      const round = this.#rounds.current;
      need(round >= pool.jailedUntil, "BondingManagerJailed", round, pool.jailedUntil);
      pool.jailed = false;
    });
  }

  // Stake

  /** Takes `amount` from outside; it is active from the next round on. */
  bond(delegator: Address, amount: bigint, orchestrator: Address): void {
    this.#act(orchestrator, (pool) => this.#enter(pool, delegator, amount, orchestrator), "nothing");
    this.held += amount;
  }

  /**
   * Takes `amount` out of the stake: what is not active yet goes at once, the rest into locks, one for each kind of stake that it takes from.
   */
  unbond(delegator: Address, amount: bigint): Unbonded {
    need(amount > 0n, "BondingManagerZeroAmount");
    const account = this.account(delegator);
    const { orchestrator } = account;
    need(orchestrator !== null, "BondingManagerInsufficientStake", 0n, amount);
    const unbond = (pool: Pool): Unbonded => {
      settle(pool, account.units);
      const all = waitingOf(pool, account.units) + worthOf(pool, account.units);
      const left = all - amount;
      need(left >= 0n, "BondingManagerInsufficientStake", all, amount);
      need(left === 0n || left >= MINIMUM_POSITION, "BondingManagerRemainderTooSmall", left, MINIMUM_POSITION);
      return this.#takeBack(pool, orchestrator, delegator, amount);
    };
    const unbonded = this.#act(orchestrator, unbond, delegator === orchestrator ? "all" : "total");
    this.held -= unbonded.paid;
    return unbonded;
  }

  /** Takes `amount`, as it will be when the round ends, out of the caller's commission and into a lock. */
  unbondCommission(orchestrator: Address, amount: bigint): void {
    need(amount > 0n, "BondingManagerZeroAmount");
    this.#act(orchestrator, (pool) => {
      const commission = this.#nextCommission(pool);
      need(commission >= amount, "BondingManagerInsufficientStake", commission, amount);
      this.#leaveCommission(pool, orchestrator, amount);
    });
  }

  /** Takes all own stake and all of the commission. The orchestrator stays registered, and its delegators behind it. */
  resign(orchestrator: Address): Resigned {
    const resigned = this.#act(orchestrator, (pool) => {
      const { units } = this.account(orchestrator);
      settle(pool, units);
      const amount = waitingOf(pool, units) + worthOf(pool, units);
      const commission = this.#nextCommission(pool);
      need(amount + commission > 0n, "BondingManagerInsufficientStake", 0n, 1n);
      const own = amount > 0n ? this.#takeBack(pool, orchestrator, orchestrator, amount) : { paid: 0n, locks: [] };
      if (commission > 0n) this.#leaveCommission(pool, orchestrator, commission);
      return { ...own, commission };
    });
    this.held -= resigned.paid;
    return resigned;
  }

  /** @returns {wei LPT} what is paid */
  withdrawStake(delegator: Address, lockId: number): bigint {
    const lock = this.#lockOf(delegator, lockId);
    const round = this.#rounds.current;
    need(round >= lock.withdrawRound, "BondingManagerWithdrawTooEarly", round, lock.withdrawRound);
    this.poke();
    this.#leaveBehind(lock);
    const paid = this.#redeem(delegator, lockId, lock);
    this.held -= paid;
    return paid;
  }

  /** Bonds what a lock is worth, to the same orchestrator or another. */
  rebond(delegator: Address, lockId: number, orchestrator: Address): void {
    const lock = this.#lockOf(delegator, lockId);
    const left = this.pools.get(lock.orchestrator)!;
    need(left.openDisputes === 0, "BondingManagerDisputed", lock.orchestrator, BigInt(left.openDisputes));
    const liableUntil = this.#challengeableUntil(lock.round);
    need(this.#rounds.now >= liableUntil, "BondingManagerStillLiable", this.#rounds.now, liableUntil);
    this.#undoable(lock.orchestrator, () => {
      this.#leaveBehind(lock);
      const enter = (pool: Pool): void => {
        this.#enter(pool, delegator, this.#cohortsOf(lock).valueOf(lock.kind, lock.units), orchestrator);
        this.#redeem(delegator, lockId, lock);
      };
      this.#act(orchestrator, enter, "nothing");
    });
  }

  // Fees: for the broker, and for those whose they are

  /** {wei ETH} Divides the fees of a round that is over. Those of one orchestrator come in the order of the rounds, each once. */
  addFees(orchestrator: Address, round: bigint, amount: bigint): void {
    this.#needOver(round);
    const { fees, history, round: reached } = this.pool(orchestrator);
    need(round >= fees.before, "BondingManagerRoundClosed", round, fees.before);
    // The entry of a round that is over must be there.
    if (reached < this.#rounds.current) this.reward(orchestrator);
    fees.before = round + 1n;
    const entry = history.at(round);
    const units = entry?.units ?? 0n;
    const shared = entry === undefined || units === 0n ? 0n : (amount * entry.commission.feeShare) / ONE;
    fees.kept += amount - shared;
    if (shared > 0n) fees.share(round, shared, units);
  }

  /** All fees of rounds earlier than `before` have been handed over. */
  closeFees(orchestrator: Address, before: bigint): void {
    const { current } = this.#rounds;
    need(before <= current, "BondingManagerRoundNotOver", before - 1n, current);
    const { fees } = this.pool(orchestrator);
    if (before > fees.before) fees.before = before;
  }

  /** @returns {wei ETH} what is paid: of all closed rounds, or of those earlier than `before` */
  withdrawFees(delegator: Address, before: bigint | null = null): bigint {
    const paid = claim(this.account(delegator), this.pools, before);
    const fees = this.pools.get(delegator)?.fees;
    if (fees === undefined) return paid;
    const { kept } = fees;
    fees.kept = 0n;
    return paid + kept;
  }

  // Faults: for verification modules

  /**
   * A fault of `round` was challenged; the pool takes no new stake until it is settled.
   * @param admit may still refuse it, knowing how many are open already
   */
  openDispute(orchestrator: Address, fault: bigint, admit: (open: bigint) => void = () => undefined): void {
    this.#act(orchestrator, (pool) => {
      const { current, now } = this.#rounds;
      need(fault <= current, "BondingManagerRoundAhead", fault, current);
      const least = now < this.#challengeableUntil(current - 1n) ? current - 1n : current;
      need(fault >= least, "BondingManagerFaultTooOld", fault, least);
      admit(BigInt(pool.openDisputes));
      pool.disputes.set(fault, (pool.disputes.get(fault) ?? 0) + 1);
    });
  }

  closeDispute(orchestrator: Address, fault: bigint): void {
    this.#act(orchestrator, (pool) => {
      const open = pool.disputes.get(fault) ?? 0;
      need(open > 0, "BondingManagerNotDisputed", orchestrator, fault);
      if (open === 1) pool.disputes.delete(fault);
      else pool.disputes.set(fault, open - 1);
    });
  }

  /** Takes `fraction` of what the stake that was active in `fault` has become, or forgives. At most once for a round. */
  slash(orchestrator: Address, fault: bigint, fraction: bigint): Slashed {
    const slashed = this.#act(orchestrator, (pool) => {
      need(pool.disputes.has(fault), "BondingManagerNotDisputed", orchestrator, fault);
      need(!pool.faults.has(fault), "BondingManagerSlashed", orchestrator, fault);
      if (isForgiven(pool, fault, this.parameters)) {
        pool.faults.set(fault, 0n);
        pool.forgiven.add(fault);
        return { loss: 0n, bounty: 0n };
      }
      pool.faults.set(fault, fraction);
      pool.jailed = true;
      pool.jailedUntil = this.#rounds.current + this.parameters.jailPeriod;
      return takeFrom(pool, this.account(orchestrator).units, fault, fraction, this.emission);
    });
    this.held -= slashed.loss;
    return slashed;
  }

  // Views

  /** {wei LPT} What a delegator has active now. */
  stakeOf(delegator: Address): bigint {
    const account = this.account(delegator);
    const pool = account.orchestrator === null ? undefined : this.pools.get(account.orchestrator);
    return pool === undefined ? 0n : worthOf(pool, account.units);
  }

  /** {wei LPT} What a delegator bonded in this round. */
  waitingOf(delegator: Address): bigint {
    const account = this.account(delegator);
    const pool = account.orchestrator === null ? undefined : this.pools.get(account.orchestrator);
    return pool === undefined ? 0n : waitingOf(pool, account.units);
  }

  /** {wei LPT} What an orchestrator's commission is now, without what is leaving. */
  commissionOf(orchestrator: Address): bigint {
    const pool = this.pool(orchestrator);
    return pool.total - pool.stake;
  }

  /** {wei LPT} What a lock is worth now; of one that was made in this round, at its end. */
  lockValue(delegator: Address, lockId: number): bigint {
    const lock = this.#lockOf(delegator, lockId);
    return this.#cohortsOf(lock).valueOf(lock.kind, lock.units);
  }

  /** {wei LPT} What delegators, itself included, have behind an orchestrator in a past round, if it earned in it. */
  votesOf(orchestrator: Address, round: bigint): bigint {
    const at = this.#votingRound(round);
    const pool = this.#poolAt(orchestrator, at);
    return pool === undefined ? 0n : votes.votesOf(pool, this.emission, at);
  }

  /** {wei LPT} A delegator's part of that. */
  balanceOf(delegator: Address, round: bigint): bigint {
    const at = this.#votingRound(round);
    const account = this.account(delegator);
    const orchestrator = votes.delegateOf(account, at);
    const pool = orchestrator === null ? undefined : this.#poolAt(orchestrator, at);
    return pool === undefined ? 0n : votes.balanceOf(account, pool, this.emission, at);
  }

  /** Behind whom a delegator was in a past round. */
  delegateOf(delegator: Address, round: bigint): Address | null {
    return votes.delegateOf(this.account(delegator), this.#votingRound(round));
  }

  /** {wei LPT} What was at stake in a past round, commissions included. */
  totalSupplyAt(round: bigint): bigint {
    return this.emission.activeAt(this.#votingRound(round));
  }

  // Internals

  /** Whose votes are those of a past round. */
  #votingRound(round: bigint): bigint {
    this.#needOver(round);
    return this.emission.votingRound(round);
  }

  /** A pool with its history up to a round of votes. */
  #poolAt(orchestrator: Address, round: bigint): Pool | undefined {
    return this.pools.get(orchestrator)?.upTo(round, this.emission);
  }

  #needOver(round: bigint): void {
    need(round < this.#rounds.current, "BondingManagerRoundNotOver", round, this.#rounds.current);
  }

  /** Brings the whole and one pool up to date, acts on the pool, and keeps the sum of what will be at stake. */
  #act<T>(orchestrator: Address, change: (pool: Pool) => T, check: Check = "all"): T {
    return this.#undoable(orchestrator, () => this.#actOn(orchestrator, change, check));
  }

  /** What is refused leaves nothing behind: a round in which nothing else happened is none that somebody acted in. */
  #undoable<T>(orchestrator: Address, act: () => T): T {
    const { held } = this;
    const emission = this.emission.copy();
    const pool = this.pools.get(orchestrator)?.copy();
    try {
      return act();
    } catch (error) {
      this.held = held;
      this.emission = emission;
      if (pool !== undefined) this.pools.set(orchestrator, pool);
      throw error;
    }
  }

  #actOn<T>(orchestrator: Address, change: (pool: Pool) => T, check: Check): T {
    const pool = this.pool(orchestrator);
    this.poke();
    pool.advance(this.#rounds.current, this.emission);
    this.#mature(pool);
    const earned = pool.willEarn;
    const before = earned ? pool.nextTotal(this.emission) : 0n;
    const result = change(pool);
    const total = pool.nextTotal(this.emission);
    pool.willEarn = this.#willEarn(pool, orchestrator, total, earned ? check : "all");
    this.emission.earners += Number(pool.willEarn) - Number(earned);
    this.emission.next += (pool.willEarn ? total : 0n) - before;
    return result;
  }

  #willEarn(pool: Pool, orchestrator: Address, total: bigint, check: Check): boolean {
    if (check === "nothing") return true;
    const { minimumStake, minimumSelfStake } = this.parameters;
    if (total < minimumStake) return false;
    return check === "total" || (!pool.jailed && this.#nextSelfStake(pool, orchestrator) >= minimumSelfStake);
  }

  #enter(pool: Pool, delegator: Address, amount: bigint, orchestrator: Address): void {
    this.bonding.requireOn();
    const account = this.account(delegator);
    need(amount >= MINIMUM_POSITION, "BondingManagerAmountTooSmall", amount, MINIMUM_POSITION);
    need(pool.openDisputes === 0, "BondingManagerDisputed", orchestrator, BigInt(pool.openDisputes));
    need(
      account.orchestrator === null || account.orchestrator === orchestrator,
      "BondingManagerBondedElsewhere",
      account.orchestrator,
      orchestrator,
    );
    settle(pool, account.units);
    const from = pool.round + 1n;
    const issued = pool.unitsFor(amount, this.emission);
    need(issued > 0n, "BondingManagerPoolWorthless", orchestrator);

    account.orchestrator = orchestrator;
    account.units.young.set(from, (account.units.young.get(from) ?? 0n) + issued);
    pool.entering.issued += issued;
    pool.entering.stake += amount;
    account.record(from);
  }

  /** Takes `amount` of an account's stake: what waits at once, the rest into locks. */
  #takeBack(pool: Pool, orchestrator: Address, delegator: Address, amount: bigint): Unbonded {
    const account = this.account(delegator);
    const waiting = waitingOf(pool, account.units);
    const active = worthOf(pool, account.units);
    const paid = amount < waiting ? amount : waiting;
    if (paid > 0n) cancel(pool, account.units, paid, waiting);
    const locks = amount > paid ? this.#leave(pool, orchestrator, delegator, amount - paid, active) : [];
    if (delegator !== orchestrator && account.units.old === 0n && account.units.young.size === 0)
      account.orchestrator = null;
    account.record(pool.round + 1n);
    return { paid, locks };
  }

  /** {wei LPT} What will be left of the commission when the round ends. */
  #nextCommission(pool: Pool): bigint {
    const { stake, total } = pool.afterRound(this.emission);
    return total - stake - pool.leaving.commission;
  }

  #leaveCommission(pool: Pool, orchestrator: Address, amount: bigint): void {
    const account = this.account(orchestrator);
    const known = [...account.locks.values()].some(({ round, kind }) => round === pool.round && kind === COMMISSION);
    pool.leaving.addCommission(amount);
    if (!known) this.#lock(account, orchestrator, pool.round, COMMISSION, 0n);
  }

  /** Moves active stake, worth `amount` of the account's `active` now, into cohorts of this round: old units first, then the older of the young ones. */
  #leave(
    pool: Pool,
    orchestrator: Address,
    delegator: Address,
    amount: bigint,
    active: bigint,
  ): { id: number; amount: bigint }[] {
    const account = this.account(delegator);
    const all = pool.count(pool.units);
    const part = oldestOf(pool, account.units, amount, active);
    account.units.remove(part);

    const { stake } = pool.afterRound(this.emission);
    const own = delegator === orchestrator;
    const parts = part.parts();
    let rest = amount;
    return parts.map(([from, units], n) => {
      const count = pool.now(from, units);
      const worth = n === parts.length - 1 ? rest : (count * pool.stake) / all;
      rest -= worth;
      const kind = pool.leaving.add(own, from, units, (count * stake) / all);
      return { id: this.#lock(account, orchestrator, pool.round, kind, units), amount: worth };
    });
  }

  #lock(account: Account, orchestrator: Address, round: bigint, kind: Kind, units: bigint): number {
    const withdrawRound = round + this.parameters.unbondingPeriod;
    const id = account.lockCount++;
    account.locks.set(id, { orchestrator, round, withdrawRound, kind, units });
    return id;
  }

  #lockOf(delegator: Address, lockId: number): Lock {
    const lock = this.account(delegator).locks.get(lockId);
    need(lock !== undefined, "BondingManagerNoSuchLock", delegator, BigInt(lockId));
    return lock;
  }

  /** As long as nobody touched the pool since, the cohort is still counted in it. */
  #leaveBehind({ orchestrator, round }: Lock): void {
    if (this.pools.get(orchestrator)!.round <= round) this.reward(orchestrator);
  }

  #cohortsOf({ orchestrator, round }: Lock): Cohorts {
    return this.pools.get(orchestrator)!.cohorts.get(round)!;
  }

  #redeem(delegator: Address, lockId: number, lock: Lock): bigint {
    this.account(delegator).locks.delete(lockId);
    return this.#cohortsOf(lock).redeem(lock.kind, lock.units);
  }

  /** A generation whose youth no slash can ask for any more joins the old units. */
  #mature(pool: Pool): void {
    if (pool.disputes.size > 0) return;
    for (const [from, issued] of pool.units.young) {
      if (this.#rounds.now < this.#challengeableUntil(from - 1n)) continue;
      pool.units.young.delete(from);
      pool.units.old += pool.now(from, issued);
    }
  }

  /** {s} From when on no fault of `round` can be challenged. */
  #challengeableUntil(round: bigint): bigint {
    const start = this.#rounds.startOf(round + 1n);
    return start + min(this.parameters.challengeWindow, this.#rounds.startOf(round + 2n) - start);
  }

  #nextSelfStake(pool: Pool, orchestrator: Address): bigint {
    const account = this.account(orchestrator);
    const { stake, total } = pool.afterRound(this.emission);
    const own = worthOf(pool, account.units, stake);
    return own + total - stake - pool.leaving.commission + waitingOf(pool, account.units);
  }
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
