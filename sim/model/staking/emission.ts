import { ONE } from "../money.ts";
import { logGrowth } from "./growth.ts";

/** Governed values {1e18 = 1}. */
export interface EmissionParameters {
  /** By how much the inflation moves in a round. */
  readonly inflationStep: bigint;
  readonly maximumInflation: bigint;
  /** The part of the supply that should be at stake. */
  readonly targetBondingRate: bigint;
  /** The treasury's part of what is minted. */
  readonly treasuryCut: bigint;
}

/** What one round mints {wei LPT}. */
export interface Mint {
  readonly stakers: bigint;
  readonly treasury: bigint;
}

const NOTHING: Mint = { stakers: 0n, treasury: 0n };

/**
 * What each round mints, and how much every active stake grows by it. A round's mint is settled when it begins and given when it ends.
 * Source: whitepaper, "inflation"; ADR 5.
 */
export class Emission {
  parameters: EmissionParameters;
  /** {wei LPT} All there is, without the current round's mint. */
  supply: bigint;
  /** {1e18 = 1} Of the current round. */
  inflation: bigint;
  /** {wei LPT} At stake when the current round began. */
  active = 0n;
  /** {wei LPT} At stake when the next one will begin, as far as it is known: actions of this round change it. */
  next = 0n;
  /** {1} Orchestrators whose stake will be active when the next round begins. */
  earners = 0;
  /** {wei LPT} Given so far. */
  readonly minted = { stakers: 0n, treasury: 0n };
  #round: bigint;
  #mint: Mint = NOTHING;
  /** By round: the logarithm of all growth before it. */
  readonly #logs = new Map<bigint, bigint>();
  /** Future rounds whose logarithm will be asked for. */
  readonly #marks = new Set<bigint>();

  constructor(round: bigint, supply: bigint, inflation: bigint, parameters: EmissionParameters) {
    this.parameters = parameters;
    this.supply = supply;
    this.inflation = inflation;
    this.#round = round;
    this.#logs.set(round, 0n);
    this.#begin();
  }

  /** The logarithm at the beginning of `round`: the current one, the next, one that was touched, followed a touched one or was marked. */
  log(round: bigint): bigint {
    const log = this.#logs.get(round);
    if (log === undefined) throw new RangeError(`nobody kept the growth of round ${round}`);
    return log;
  }

  /** Has the logarithm of a round that is not over yet kept, whether or not somebody acts in it. */
  mark(round: bigint): void {
    this.#marks.add(round);
  }

  /** Ends the rounds before `to`. */
  advance(to: bigint): void {
    if (to <= this.#round) return;
    this.#give(this.#mint);
    // What rounding left behind belongs to nobody and must not earn alone.
    this.active = this.earners === 0 ? 0n : this.next;
    this.#round++;

    // Idle rounds: nothing moves but what is minted.
    let from = this.active;
    let log = this.log(this.#round);
    const settle = (): void => {
      if (from > 0n) log += logGrowth(from, this.active);
      from = this.active;
    };
    for (; this.#round < to; this.#round++) {
      if (this.#marks.has(this.#round)) {
        settle();
        this.#logs.set(this.#round, log);
      }
      const mint = this.#settleMint();
      this.#give(mint);
      this.active += mint.stakers;
      // The series behind the logarithm is for growth in small steps.
      if (this.active > 2n * from) settle();
    }
    settle();
    this.#logs.set(to, log);
    this.#begin();
  }

  /** Settles what the current round mints. */
  #begin(): void {
    this.#mint = this.#settleMint();
    this.next = this.active + this.#mint.stakers;
    const growth = this.active === 0n ? 0n : logGrowth(this.active, this.next);
    this.#logs.set(this.#round + 1n, this.log(this.#round) + growth);
  }

  /** One step of the inflation, then what it makes of the supply. Nobody earns more in a round than is at stake, and without stake nothing is minted. */
  #settleMint(): Mint {
    const { inflationStep, maximumInflation, targetBondingRate, treasuryCut } = this.parameters;
    const atStake = this.active * ONE;
    const aim = this.supply * targetBondingRate;
    if (atStake < aim) this.inflation = min(this.inflation + inflationStep, maximumInflation);
    else if (atStake > aim) this.inflation = this.inflation > inflationStep ? this.inflation - inflationStep : 0n;
    if (this.active === 0n) return NOTHING;

    const mint = (this.supply * this.inflation) / ONE;
    const treasury = (mint * treasuryCut) / ONE;
    if (mint - treasury <= this.active) return { stakers: mint - treasury, treasury };
    return { stakers: this.active, treasury: (this.active * treasuryCut) / (ONE - treasuryCut) };
  }

  #give({ stakers, treasury }: Mint): void {
    this.supply += stakers + treasury;
    this.minted.stakers += stakers;
    this.minted.treasury += treasury;
  }
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
