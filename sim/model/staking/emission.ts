import { ONE } from "../money.ts";
import { grow, logGrowth } from "./growth.ts";
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

/** What is remembered of the beginning of a round. */
interface Kept {
  readonly from: bigint;
  /** The logarithm of all growth before it. */
  readonly log: bigint;
  /** {wei LPT} At stake in it. */
  readonly active: bigint;
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
  /** The current round, the next, and those that were touched, followed a touched one or were marked. */
  #kept = new History<Kept>();
  /** Future rounds whose logarithm will be asked for. */
  #marks = new Set<bigint>();

  constructor(round: bigint, supply: bigint, inflation: bigint, parameters: EmissionParameters) {
    this.parameters = parameters;
    this.supply = supply;
    this.inflation = inflation;
    this.#round = round;
    this.#kept.put({ from: round, log: 0n, active: 0n });
    this.#begin();
  }

  /** What the current round will have minted when it ends {wei LPT}. */
  get mint(): Mint {
    return this.#mint;
  }

  copy(): Emission {
    const copy = new Emission(this.#round, this.supply, this.inflation, this.parameters);
    const { inflation, active, next, earners, minted } = this;
    Object.assign(copy, { inflation, active, next, earners, minted });
    copy.#mint = this.#mint;
    copy.#kept = this.#kept.copy();
    copy.#marks = new Set(this.#marks);
    return copy;
  }

  /** The logarithm at the beginning of a round that is kept. */
  log(round: bigint): bigint {
    if (!this.keeps(round)) throw new RangeError(`nobody kept the growth of round ${round}`);
    return this.#kept.at(round)!.log;
  }

  keeps(round: bigint): boolean {
    return this.#kept.at(round)?.from === round;
  }

  /** The logarithm at the beginning of any round from the first to the next; of one that is not kept, as if each since its neighbour had grown alike. */
  logAt(round: bigint): bigint {
    const [before, after] = this.keptAround(round);
    if (after === undefined) return before.log;
    return before.log + ((after.log - before.log) * (round - before.from)) / (after.from - before.from);
  }

  /** {wei LPT} At stake in a round that has begun; nothing before the first. */
  activeAt(round: bigint): bigint {
    const kept = this.#kept.at(round);
    if (kept === undefined) return 0n;
    return kept.from === round ? kept.active : grow(kept.active, this.logAt(round) - kept.log);
  }

  /** The last that is kept and not later than `round`, and unless it is that, the first that is later. */
  keptAround(round: bigint): [Kept, Kept | undefined] {
    const before = this.#kept.at(round);
    const after = this.#kept.after(round);
    if (before === undefined || (before.from < round && after === undefined))
      throw new RangeError(`round ${round} is out of reach`);
    return [before, before.from === round ? undefined : after];
  }

  /** Has the logarithm of a round that is not over yet kept, whether or not somebody acts in it. */
  mark(round: bigint): void {
    this.#marks.add(round);
  }

  /** This one or a copy of it, in which the rounds before `to` have ended. */
  upTo(to: bigint): Emission {
    if (to <= this.#round) return this;
    const copy = this.copy();
    copy.advance(to);
    return copy;
  }

  /** Ends the rounds before `to`. */
  advance(to: bigint): void {
    if (to <= this.#round) return;
    this.#give(this.#mint);
    // What rounding left behind belongs to nobody and must not earn alone.
    this.active = this.earners === 0 ? 0n : this.next;
    this.#round++;
    this.#kept.put({ from: this.#round, log: this.log(this.#round), active: this.active });

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
        this.#kept.put({ from: this.#round, log, active: this.active });
      }
      const mint = this.#settleMint();
      this.#give(mint);
      this.active += mint.stakers;
      // The series behind the logarithm is for growth in small steps.
      if (this.active > 2n * from) settle();
    }
    settle();
    this.#kept.put({ from: to, log, active: this.active });
    this.#begin();
  }

  /** Settles what the current round mints. */
  #begin(): void {
    this.#mint = this.#settleMint();
    this.next = this.active + this.#mint.stakers;
    const growth = this.active === 0n ? 0n : logGrowth(this.active, this.next);
    this.#kept.put({ from: this.#round + 1n, log: this.log(this.#round) + growth, active: this.next });
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
