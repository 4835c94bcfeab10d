import { expect } from "chai";
import type { Address } from "../../../sim/model/money.ts";
import { Refusal } from "../../../sim/model/refusal.ts";
import { Rounds } from "../../../sim/model/rounds.ts";
import { grow } from "../../../sim/model/staking/growth.ts";
import { Staking, type StakingParameters } from "../../../sim/model/staking/staking.ts";
import { NaiveLedger } from "./naive.ts";

export const ONE = 10n ** 18n;
export const DAY = 86_400n;
export const SUPPLY = 10_000_000n * ONE;

export const PARAMETERS: StakingParameters = {
  inflationStep: ONE / 2_000_000n,
  maximumInflation: ONE / 500n,
  targetBondingRate: ONE / 2n,
  treasuryCut: ONE / 10n,
  minimumStake: 5_000n * ONE,
  minimumSelfStake: 500n * ONE,
  unbondingPeriod: 14n,
  commissionNotice: 3n,
  challengeWindow: 10_800n,
  jailPeriod: 7n,
  faultAllowance: 0n,
  faultPeriod: 30n,
};

/** {wei LPT} What an action may round away, from one claim. */
const DUST = 4n;

/**
 * The same life three times: in the model as its users act, in the model with every pool touched after every action, and in the naive ledger.
 */
export class Twins {
  readonly rounds = new Rounds({ startTime: 1_000n * DAY, startRound: 10n, length: DAY });
  readonly model: Staking;
  readonly touched: Staking;
  readonly naive: NaiveLedger;
  readonly seen = new Map<string, number>();
  readonly #everybody: readonly Address[];
  #actions = 0n;

  constructor(everybody: readonly Address[], parameters = PARAMETERS, inflation = (4n * ONE) / 10_000n) {
    this.#everybody = everybody;
    this.model = new Staking(this.rounds, SUPPLY, inflation, parameters);
    this.touched = new Staking(this.rounds, SUPPLY, inflation, parameters);
    this.naive = new NaiveLedger(this.rounds, SUPPLY, inflation, parameters);
  }

  /** Moves the clock by `seconds`. */
  pass(seconds: bigint): void {
    this.rounds.now += seconds;
  }

  /** To `seconds` after the beginning of a round that lies `count` ahead. */
  passRounds(count: bigint, seconds = 0n): void {
    this.rounds.now = this.rounds.startOf(this.rounds.current + count) + seconds;
  }

  /**
   * Does something in all three. A refusal must be the same in both models, and leaves the ledger alone.
   * @param act    what is done to a model
   * @param follow what the ledger is told of it; its answer is the orchestrator whose pool was acted on, if one was
   */
  do<T>(name: string, act: (model: Staking) => T, follow: (ledger: NaiveLedger, result: T) => Address | null): boolean {
    this.naive.catchUp();
    const result = attempt(() => act(this.model));
    const other = attempt(() => act(this.touched));
    if (result instanceof Refusal || other instanceof Refusal) {
      expect(name_(result), name).to.equal(name_(other));
      this.see(`${name}: ${name_(result)}`);
      return false;
    }
    this.see(name);
    this.#actions++;
    const orchestrator = follow(this.naive, result);
    if (orchestrator !== null) this.naive.touch(orchestrator);
    for (const each of this.touched.pools.keys()) this.touched.reward(each);
    this.#compare(this.touched, [...this.touched.pools.keys()]);
    if (orchestrator !== null) this.#compare(this.model, [orchestrator]);
    return true;
  }

  /** Ends the round, brings everything up to date and compares all of it. */
  finish(): void {
    this.passRounds(1n);
    this.naive.catchUp();
    for (const model of [this.model, this.touched]) {
      for (const orchestrator of model.pools.keys()) model.reward(orchestrator);
      this.#compare(model, [...model.pools.keys()]);
      expect(model.emission.supply).to.equal(this.naive.supply);
      expect(model.emission.inflation).to.equal(this.naive.inflation);
      expect(model.emission.minted).to.deep.equal(this.naive.minted);
      this.#checkSolvency(model);
    }
  }

  /** Counts what has happened. */
  see(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1);
  }

  /** Up to what rounding may do. */
  same(what: string, have: bigint, want: bigint): void {
    this.touched.poke();
    // A wei that was rounded away grows as all stake does.
    const grown = grow(DUST * (this.#actions + 1n), this.touched.emission.log(this.rounds.current));
    // A price is a ratio of whole wei, and no pool has less than a hundredth of an LPT.
    const bound = grown + want / 10n ** 15n;
    const difference = have > want ? have - want : want - have;
    expect(difference <= bound, `${what}: ${have}, the ledger says ${want}, ${have - want} apart`).to.equal(true);
  }

  #compare(model: Staking, orchestrators: readonly Address[]): void {
    for (const orchestrator of orchestrators) {
      this.same(
        `commission of ${orchestrator}`,
        model.commissionOf(orchestrator),
        this.naive.commissionOf(orchestrator),
      );
      expect(model.pools.get(orchestrator)!.willEarn, `${orchestrator} will earn`).to.equal(
        this.naive.nodes.get(orchestrator)!.willEarn,
      );
    }
    for (const who of this.#everybody) {
      const account = model.account(who);
      if (account.orchestrator !== null && orchestrators.includes(account.orchestrator)) {
        this.same(`stake of ${who}`, model.stakeOf(who), this.naive.stakeOf(who));
        this.same(`waiting of ${who}`, model.waitingOf(who), this.naive.waitingOf(who));
      }
      for (const [id, lock] of account.locks) {
        if (orchestrators.includes(lock.orchestrator))
          this.same(`lock ${id} of ${who}`, model.lockValue(who, id), this.naive.lockValue(who, id));
      }
    }
  }

  /** S7: nobody can claim what is not there, and what nobody can claim is dust. */
  #checkSolvency(model: Staking): void {
    let claims = 0n;
    for (const who of this.#everybody) {
      claims += model.stakeOf(who) + model.waitingOf(who);
      for (const id of model.account(who).locks.keys()) claims += model.lockValue(who, id);
    }
    for (const orchestrator of model.pools.keys()) claims += model.commissionOf(orchestrator);
    expect(model.held >= claims, `S7: ${model.held} held, ${claims} claimed`).to.equal(true);
  }
}

function attempt<T>(act: () => T): T | Refusal {
  try {
    return act();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

function name_(result: unknown): string {
  return result instanceof Refusal ? result.name : "done";
}
