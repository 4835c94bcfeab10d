import type { Address } from "./money.ts";
import { need } from "./refusal.ts";

/** {1e6 = 1} One whole. */
const ONE = 1_000_000n;

/** How an alpha is set up: ratios {1e6 = 1}, periods {round}, the time to verify {block}. */
export interface AlphaOptions {
  readonly supply: bigint;
  readonly inflation: bigint;
  readonly inflationChange: bigint;
  readonly targetBondingRate: bigint;
  readonly unbondingPeriod: bigint;
  /** {1} Places in the pool of transcoders. */
  readonly transcoders: bigint;
  readonly verificationPeriod: bigint;
}

export interface AlphaLock {
  readonly amount: bigint;
  readonly withdrawRound: bigint;
}

/** What somebody has {wei}, rewards and fees of all rounds that are over included. */
export class AlphaAccount {
  stake = 0n;
  fees = 0n;
  delegate: Address | null = null;
  /** {round} From which on it earns. */
  startRound = 0n;
  readonly locks = new Map<number, AlphaLock>();
  lockCount = 0;
}

/** What stands behind somebody, and what the present round has earned for it. */
class Delegate {
  /** {wei LPT} With what roundings have left. */
  delegated = 0n;
  rewardCut = 0n;
  feeShare = 0n;
  lastReward = 0n;
  /** Of the present round. */
  claimable = 0n;
  rewards = 0n;
  cut = 0n;
  fees = 0n;
}

interface Claim {
  readonly amount: bigint;
  /** {block} */
  readonly end: bigint;
  paid: boolean;
}

interface Job {
  readonly broadcaster: Address;
  readonly transcoder: Address;
  readonly price: bigint;
  readonly endBlock: bigint;
  readonly claims: Claim[];
}

/**
 * The alpha without a claim: when a round is over, everybody gets at once what it has earned. The contract gets there by claims through past rounds, in any order and at any time.
 */
export class Alpha {
  readonly accounts = new Map<Address, AlphaAccount>();
  readonly delegates = new Map<Address, Delegate>();
  /** In the order of their places. */
  readonly pool: Address[] = [];
  readonly deposits = new Map<Address, bigint>();
  readonly jobs: Job[] = [];
  supply: bigint;
  inflation: bigint;
  /** {wei LPT} What the minter holds. */
  held = 0n;
  /** {wei ETH} What the minter holds. */
  ether = 0n;
  /** {wei} What rounds have earned that is nobody's: roundings, and all of it where everybody has left in that round. */
  readonly nobodys = { lpt: 0n, eth: 0n };
  /** {round} The last one that was begun; 0 = none. */
  round = 0n;
  readonly #options: AlphaOptions;
  /** {wei LPT} Of the present round. */
  #mintable = 0n;
  #active = 0n;

  constructor(options: AlphaOptions) {
    this.#options = options;
    this.supply = options.supply;
    this.inflation = options.inflation;
  }

  account(who: Address): AlphaAccount {
    return entry(this.accounts, who, () => new AlphaAccount());
  }

  delegate(who: Address): Delegate {
    return entry(this.delegates, who, () => new Delegate());
  }

  /** Ends the last round and begins another. */
  beginRound(round: bigint): void {
    this.settle();
    this.round = round;
    this.#active = 0n;
    for (const who of this.pool) {
      const delegate = this.delegate(who);
      delegate.claimable = delegate.delegated;
      this.#active += delegate.delegated;
    }
    const { inflationChange: change, targetBondingRate } = this.#options;
    const rate = (this.held * ONE) / this.supply;
    if (rate < targetBondingRate) this.inflation += change;
    else if (rate > targetBondingRate) this.inflation -= this.inflation < change ? this.inflation : change;
    this.#mintable = (this.supply * this.inflation) / ONE;
  }

  /** Gives everybody what the last round has earned. */
  settle(): void {
    for (const [who, account] of this.accounts) {
      const of = account.delegate === null ? undefined : this.delegates.get(account.delegate);
      if (of === undefined || of.claimable === 0n || account.startRound > this.round) continue;
      const { stake } = account;
      const fees = (of.fees * stake) / of.claimable;
      const rewards = (of.rewards * stake) / of.claimable + (account.delegate === who ? of.cut : 0n);
      account.fees += fees;
      account.stake += rewards;
      this.nobodys.eth -= fees;
      this.nobodys.lpt -= rewards;
    }
    for (const delegate of this.delegates.values()) {
      this.nobodys.eth += delegate.fees;
      this.nobodys.lpt += delegate.rewards + delegate.cut;
      Object.assign(delegate, { claimable: 0n, rewards: 0n, cut: 0n, fees: 0n });
    }
  }

  // Transcoders

  transcoder(who: Address, rewardCut: bigint, feeShare: bigint): void {
    refuse(rewardCut <= ONE && feeShare <= ONE, "terms");
    refuse(this.account(who).delegate === who, "not bonded to itself");
    if (!this.pool.includes(who)) {
      if (BigInt(this.pool.length) === this.#options.transcoders) {
        const least = this.pool.reduce((a, b) => (this.delegate(b).delegated < this.delegate(a).delegated ? b : a));
        refuse(this.delegate(least).delegated < this.delegate(who).delegated, "no place");
        this.#leave(least);
      }
      this.pool.push(who);
    }
    Object.assign(this.delegate(who), { rewardCut, feeShare });
  }

  resignTranscoder(who: Address): void {
    refuse(this.pool.includes(who), "no transcoder");
    this.#leave(who);
  }

  reward(who: Address): void {
    const delegate = this.delegate(who);
    refuse(delegate.claimable > 0n && this.account(who).startRound <= this.round, "not active");
    refuse(delegate.lastReward < this.round, "rewarded");
    delegate.lastReward = this.round;
    const amount = (this.#mintable * delegate.claimable) / this.#active;
    delegate.cut = (amount * delegate.rewardCut) / ONE;
    delegate.rewards = amount - delegate.cut;
    delegate.delegated += amount;
    this.supply += amount;
    this.held += amount;
  }

  // Delegators

  bond(who: Address, amount: bigint, to: Address): void {
    refuse(to === who || (this.pool.includes(to) && !this.pool.includes(who)), "delegate");
    this.#mayMove(who);
    const account = this.account(who);
    refuse(account.stake + amount > 0n, "nothing");
    this.#move(who);
    if (account.delegate !== to) {
      if (account.delegate !== null) this.delegate(account.delegate).delegated -= account.stake;
      this.delegate(to).delegated += account.stake;
      account.delegate = to;
    }
    account.stake += amount;
    this.delegate(to).delegated += amount;
    this.held += amount;
  }

  unbond(who: Address, amount: bigint): void {
    this.#mayMove(who);
    const account = this.account(who);
    refuse(amount > 0n && amount <= account.stake, "amount");
    refuse(amount < account.stake || !this.pool.includes(who), "resign first");
    this.#move(who);
    account.stake -= amount;
    this.delegate(account.delegate!).delegated -= amount;
    if (account.stake === 0n) account.delegate = null;
    account.locks.set(account.lockCount++, { amount, withdrawRound: this.round + this.#options.unbondingPeriod });
  }

  rebond(who: Address, id: number): void {
    const account = this.account(who);
    refuse(account.delegate !== null, "delegate");
    this.#mayMove(who);
    const lock = account.locks.get(id);
    refuse(lock !== undefined, "no such lock");
    this.#move(who);
    account.locks.delete(id);
    account.stake += lock!.amount;
    this.delegate(account.delegate!).delegated += lock!.amount;
  }

  withdrawStake(who: Address, id: number): void {
    const { locks } = this.account(who);
    const lock = locks.get(id);
    refuse(lock === undefined || lock.withdrawRound <= this.round, "too early");
    refuse(lock !== undefined, "no such lock");
    locks.delete(id);
    this.held -= lock!.amount;
  }

  // Jobs

  deposit(who: Address, amount: bigint): void {
    this.deposits.set(who, (this.deposits.get(who) ?? 0n) + amount);
    this.ether += amount;
  }

  job(broadcaster: Address, transcoder: Address, price: bigint, endBlock: bigint): number {
    return this.jobs.push({ broadcaster, transcoder, price, endBlock, claims: [] }) - 1;
  }

  claimWork(id: number, segments: bigint, block: bigint): void {
    const { broadcaster, price, claims } = this.jobs[id]!;
    const amount = segments * price;
    const deposit = this.deposits.get(broadcaster) ?? 0n;
    need(amount <= deposit, "AlphaJobRefused", "deposit");
    this.deposits.set(broadcaster, deposit - amount);
    claims.push({ amount, end: block + this.#options.verificationPeriod, paid: false });
  }

  distributeFees(id: number, claimId: number): void {
    const { transcoder, claims } = this.jobs[id]!;
    const claim = claims[claimId]!;
    claim.paid = true;
    const delegate = this.delegate(transcoder);
    const shared = delegate.claimable === 0n ? 0n : (claim.amount * delegate.feeShare) / ONE;
    delegate.fees += shared;
    this.account(transcoder).fees += claim.amount - shared;
  }

  #leave(who: Address): void {
    const place = this.pool.indexOf(who);
    const last = this.pool.pop()!;
    if (last !== who) this.pool[place] = last;
  }

  #mayMove(who: Address): void {
    refuse(this.delegate(who).lastReward < this.round, "rewarded");
  }

  /** Who moves in a round earns nothing in it. */
  #move(who: Address): void {
    const account = this.account(who);
    const of = account.delegate === null ? undefined : this.delegate(account.delegate);
    if (of !== undefined && of.claimable > 0n && account.startRound <= this.round) of.claimable -= account.stake;
    account.startRound = this.round + 1n;
  }
}

function refuse(condition: boolean, reason: string): void {
  need(condition, "AlphaRefused", reason);
}

function entry<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = create()));
  return value;
}
