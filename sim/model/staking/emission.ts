import { ONE } from "../money.ts";
import { logGrowth } from "./growth.ts";
import { History } from "./history.ts";

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
  minted: Mint = NOTHING;
  #round: bigint;
  #mint: Mint = NOTHING;
  /** The logarithm of all growth before a round: of the current one, the next, and those that were acted in, followed such a one or were marked. */
  #logs = new History<{ readonly from: bigint; readonly log: bigint }>();
  /** {wei LPT} What was at stake when a round began: the current one, and those that were acted in or followed such a one. */
  #stakes = new History<{ readonly from: bigint; readonly active: bigint }>();
  /** Future rounds whose logarithm will be asked for. */
  #marks = new Set<bigint>();

  constructor(round: bigint, supply: bigint, inflation: bigint, parameters: EmissionParameters) {
    this.parameters = parameters;
    this.supply = supply;
    this.inflation = inflation;
    this.#round = round;
    this.#keep(round, 0n);
    this.#begin();
  }

  /** What the current round will have minted when it ends {wei LPT}. */
  get mint(): Mint {
    return this.#mint;
  }

  /** The current one: the last that somebody acted in. */
  get round(): bigint {
    return this.#round;
  }

  copy(): Emission {
    const copy = new Emission(this.#round, this.supply, this.inflation, this.parameters);
    const { inflation, active, next, earners, minted } = this;
    Object.assign(copy, { inflation, active, next, earners, minted });
    copy.#mint = this.#mint;
    copy.#logs = this.#logs.copy();
    copy.#stakes = this.#stakes.copy();
    copy.#marks = new Set(this.#marks);
    return copy;
  }

  /** The logarithm at the beginning of a round that is kept. */
  log(round: bigint): bigint {
    if (!this.keeps(round)) throw new RangeError(`nobody kept the growth of round ${round}`);
    return this.#logs.at(round)!.log;
  }

  keeps(round: bigint): boolean {
    return this.#logs.at(round)?.from === round;
  }

  /**
   * The last round up to `round` of which votes are: the current one, one that was acted in, or one that followed such a one, which counts before anybody acts again. What a later action
   * adds is later than all rounds that are over now, so that this never changes for them. 0 = there is none before the first.
   */
  votingRound(round: bigint): bigint {
    return round > this.#round ? this.#round + 1n : (this.#stakes.at(round)?.from ?? 0n);
  }

  /** {wei LPT} At stake when a round of votes began. */
  activeAt(round: bigint): bigint {
    return round > this.#round ? this.#nextActive() : (this.#stakes.at(round)?.active ?? 0n);
  }

  /** Has the logarithm of a round that is not over yet kept, whether or not somebody acts in it. */
  mark(round: bigint): void {
    this.#marks.add(round);
  }

  /** Ends the rounds before `to`. */
  advance(to: bigint): void {
    if (to <= this.#round) return;
    this.#give(this.#mint);
    this.active = this.#nextActive();
    this.#round++;
    this.#keep(this.#round, this.log(this.#round));

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
        this.#logs.put({ from: this.#round, log });
      }
      const mint = this.#settleMint();
      this.#give(mint);
      this.active += mint.stakers;
      // The series behind the logarithm is for growth in small steps.
      if (this.active > 2n * from) settle();
    }
    settle();
    this.#keep(to, log);
    this.#begin();
  }

  /** What rounding left behind belongs to nobody and must not earn alone. */
  #nextActive(): bigint {
    return this.earners === 0 ? 0n : this.next;
  }

  #keep(round: bigint, log: bigint): void {
    this.#logs.put({ from: round, log });
    this.#stakes.put({ from: round, active: this.active });
  }

  /** Settles what the current round mints. */
  #begin(): void {
    this.#mint = this.#settleMint();
    this.next = this.active + this.#mint.stakers;
    const growth = this.active === 0n ? 0n : logGrowth(this.active, this.next);
    this.#logs.put({ from: this.#round + 1n, log: this.log(this.#round) + growth });
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
    this.minted = { stakers: this.minted.stakers + stakers, treasury: this.minted.treasury + treasury };
  }
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
