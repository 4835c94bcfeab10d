import { ONE } from "../money.ts";
import { Cohorts } from "./cohorts.ts";
import type { Emission } from "./emission.ts";
import { Fees } from "./fees.ts";
import { afterCut, grow } from "./growth.ts";
import { History } from "./history.ts";
import { MAX_SCAR, Scars, UNSCARRED } from "./scars.ts";
import { Units } from "./units.ts";

/** A pool sells no more units than that: with their scars they stay within 2^96. */
const MAX_UNITS = 2n ** 92n;

/** {1e18 = 1} What an orchestrator keeps of the rewards and gives of the fees. */
export interface Commission {
  readonly rewardCut: bigint;
  readonly feeShare: bigint;
}

/** {wei LPT} What a pool's units are worth, and that with the orchestrator's commission. */
export interface Worth {
  readonly stake: bigint;
  readonly total: bigint;
}

/** A pool from a round on, but for growth. */
export interface PoolEntry {
  readonly from: bigint;
  readonly units: bigint;
  /** {wei LPT} What the units are worth. */
  readonly stake: bigint;
  readonly earns: boolean;
  readonly commission: Commission;
}

/** {wei LPT} What stake becomes by a logarithm of growth, after the orchestrator's cut. */
export function grownStakeOf({ stake, commission }: { stake: bigint; commission: Commission }, log: bigint): bigint {
  return grow(stake, afterCut(log, commission.rewardCut));
}

/** The same with all that is in the pool. */
function grownWorth(pool: Worth & { commission: Commission }, log: bigint): Worth {
  const grownTotal = grow(pool.total, log);
  const grownStake = grownStakeOf(pool, log);
  // The series may round the smaller power by less than the larger one.
  return { total: grownTotal, stake: grownStake < grownTotal ? grownStake : grownTotal };
}

/** The stake behind one orchestrator. Everything is as of the beginning of `round`, but for what enters and leaves at its end. */
export class Pool {
  registered = true;
  round: bigint;
  /** Whether its stake earns in this round, and whether it will in the next. */
  earns = false;
  willEarn = false;
  commission: Commission;
  announced: { readonly from: bigint; readonly commission: Commission } | null = null;

  units = new Units();
  /** {wei LPT} What the units are worth. */
  stake = 0n;
  /** {wei LPT} That and the orchestrator's commission. */
  total = 0n;
  /** What becomes active with the next round. */
  entering = { issued: 0n, stake: 0n };
  /** By the round in which they left. The current round's are still active. */
  cohorts = new Map<bigint, Cohorts>();
  /** What it was, where anything but growth changed it. */
  history = new History<PoolEntry>();

  readonly fees = new Fees();

  readonly scars = new Scars();
  /** Whether something was taken in this round. */
  slashed = false;
  /** {1e18 = 1} By round of the fault: what was taken for it. */
  readonly faults = new Map<bigint, bigint>();
  /** Rounds of the faults for which nothing was taken. */
  readonly forgiven = new Set<bigint>();
  /** By round of the fault: how many are open. */
  readonly disputes = new Map<bigint, number>();
  jailed = false;
  jailedUntil = 0n;

  constructor(round: bigint, commission: Commission) {
    this.round = round;
    this.commission = commission;
  }

  /** One that goes on by itself from here. */
  copy(): Pool {
    return Object.assign(new Pool(this.round, this.commission), this, {
      units: this.units.copy(),
      entering: { ...this.entering },
      cohorts: new Map(this.cohorts),
      history: this.history.copy(),
    });
  }

  /** This one or a copy of it, as it is when `round` begins. */
  upTo(round: bigint, emission: Emission): Pool {
    if (round <= this.round) return this;
    const copy = this.copy();
    copy.advance(round, emission);
    return copy;
  }

  /** How many units these are by now: all of them, or the old ones and the generations that are `wanted`. */
  count({ old, young }: Units, wanted: (from: bigint) => boolean = () => true): bigint {
    let sum = old;
    for (const [from, issued] of young) if (wanted(from)) sum += this.now(from, issued);
    return sum;
  }

  /** What units issued at `from` are now; old ones are what they are. */
  now(from: bigint | null, issued: bigint): bigint {
    return from === null ? issued : (issued * this.scars.of(from)) / UNSCARRED;
  }

  /** How many units these were when `round` began. */
  countAt({ old, young }: Units, round: bigint): bigint {
    let sum = old;
    for (const [from, issued] of young) sum += (issued * this.scars.at(from, round)) / UNSCARRED;
    return sum;
  }

  /** {1} About all faults together. */
  get openDisputes(): number {
    return [...this.disputes.values()].reduce((sum, each) => sum + each, 0);
  }

  /** What it will be worth when the round ends, before anything enters or leaves. */
  afterRound(emission: Emission): Worth {
    return grownWorth(this, this.earns ? emission.log(this.round + 1n) - emission.log(this.round) : 0n);
  }

  /** How many units `amount` buys at the price of the next round; none that would be too many. */
  unitsFor(amount: bigint, emission: Emission): bigint {
    const units = this.count(this.units);
    const issued = this.#priced(amount, units, emission);
    return units + this.entering.issued + issued > MAX_UNITS ? 0n : issued;
  }

  /** {wei LPT} What it will have at stake when the next round begins. */
  nextTotal(emission: Emission): bigint {
    const { stake, commission } = this.leaving;
    return this.afterRound(emission).total - stake - commission + this.entering.stake;
  }

  /** What leaves when this round ends. */
  get leaving(): Cohorts {
    let cohorts = this.cohorts.get(this.round);
    if (cohorts === undefined) this.cohorts.set(this.round, (cohorts = new Cohorts()));
    return cohorts;
  }

  /** Brings it to the beginning of `round`. */
  advance(round: bigint, emission: Emission): void {
    if (round <= this.round) return;
    const { leaving } = this;
    const { stake, total } = this.afterRound(emission);
    this.stake = stake - leaving.stake + this.entering.stake;
    this.total = total - leaving.stake - leaving.commission + this.entering.stake;
    this.#letGo(leaving.units());
    const arrival = this.round + 1n;
    const changed = this.slashed || this.entering.issued > 0n || !leaving.empty || this.earns !== this.willEarn;
    if (this.entering.issued > 0n) this.units.young.set(arrival, this.entering.issued);
    this.entering.issued = this.entering.stake = 0n;
    this.round = arrival;
    this.earns = this.willEarn;
    this.slashed = false;
    if (this.#changeCommission() || changed) this.#record();

    if (this.announced !== null && this.announced.from < round) {
      this.#growTo(this.announced.from, emission);
      this.#changeCommission();
      this.#record();
    }
    this.#growTo(round, emission);
    if (this.#changeCommission()) this.#record();
  }

  /** Gives the young and entering units of the generations after `fault` as many more as make up for a price that falls by `fraction`. */
  scarAfter(fault: bigint, fraction: bigint): void {
    const next = this.round + 1n;
    const generations = [...this.units.young.keys()];
    if (this.entering.issued > 0n) generations.push(next);
    for (const from of generations) {
      if (from <= fault) continue;
      const scar = (this.scars.of(from) * ONE) / (ONE - fraction);
      this.scars.set(from, next, scar < MAX_SCAR ? scar : MAX_SCAR);
    }
  }

  /** The same, of any number. */
  #priced(amount: bigint, units: bigint, emission: Emission): bigint {
    // Those who arrive together in an empty pool have no price but their own.
    if (units === 0n) return amount;
    const { stake } = this.afterRound(emission);
    return stake === 0n ? 0n : (((amount * units) / stake) * UNSCARRED) / this.scars.of(this.round + 1n);
  }

  /** Stake that left in its youth may have stayed behind by name alone: its generation has grown old since. */
  #letGo(leavers: Units): void {
    const part = new Units();
    for (const [from, issued] of leavers.parts()) {
      if (from === null || this.units.young.has(from)) part.add(from, issued);
      else part.add(null, this.now(from, issued));
    }
    this.units.remove(part);
  }

  #growTo(round: bigint, emission: Emission): void {
    if (round <= this.round) return;
    if (this.earns)
      ({ stake: this.stake, total: this.total } = grownWorth(this, emission.log(round) - emission.log(this.round)));
    this.round = round;
  }

  #record(): void {
    const { round: from, stake, earns, commission } = this;
    this.history.put({ from, units: this.count(this.units), stake, earns, commission });
  }

  /** @returns whether one begins */
  #changeCommission(): boolean {
    if (this.announced === null || this.announced.from > this.round) return false;
    this.commission = this.announced.commission;
    this.announced = null;
    return true;
  }
}
