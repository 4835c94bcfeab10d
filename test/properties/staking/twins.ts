import { expect } from "chai";
import type { Address } from "../../../sim/model/money.ts";
import { Refusal } from "../../../sim/model/refusal.ts";
import { Rounds } from "../../../sim/model/rounds.ts";
import { grow } from "../../../sim/model/staking/growth.ts";
import type { StakingParameters } from "../../../sim/model/staking/parameters.ts";
import { Staking } from "../../../sim/model/staking/staking.ts";
import { NaiveLedger } from "./naive.ts";

export const ONE = 10n ** 18n;
export const DAY = 86_400n;
export const FIRST_ROUND = 10n;
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

type Answer = bigint | Address | null;

/** {wei LPT} What an action may round away, from one claim. */
const DUST = 4n;

/**
 * The same life three times: in the model as its users act, in the model with every pool touched after every action, and in the naive ledger.
 */
export class Twins {
  readonly rounds = new Rounds({ startTime: 1_000n * DAY, startRound: FIRST_ROUND, length: DAY });
  readonly model: Staking;
  readonly touched: Staking;
  readonly naive: NaiveLedger;
  readonly seen = new Map<string, number>();
  readonly #everybody: readonly Address[];
  /** In which somebody acted on a model, or brought it up to date. */
  readonly #acted = new Map<Staking, bigint[]>();
  readonly #answers: { readonly model: Staking; readonly round: bigint; readonly answer: readonly Answer[] }[] = [];
  /** {wei ETH} All fees so far. */
  added = 0n;
  #actions = 0n;
  #dust = { actions: -1n, round: FIRST_ROUND, amount: 0n };
  /** By model and by who was paid fees: {wei ETH} how much, and how often. */
  readonly #paid = new Map<Staking, Map<Address, { amount: bigint; claims: bigint }>>();

  constructor(everybody: readonly Address[], parameters = PARAMETERS, inflation = (4n * ONE) / 10_000n) {
    this.#everybody = everybody;
    this.model = new Staking(this.rounds, SUPPLY, inflation, parameters);
    this.touched = new Staking(this.rounds, SUPPLY, inflation, parameters);
    this.naive = new NaiveLedger(this.rounds, SUPPLY, inflation, parameters);
  }

  /** Moves the clock by `seconds`. */
  pass(seconds: bigint): void {
    this.#note();
    this.rounds.now += seconds;
  }

  /** To `seconds` after the beginning of a round that lies `count` ahead. */
  passRounds(count: bigint, seconds = 0n): void {
    this.#note();
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

  /** {wei ETH} Takes fees out of one model, and remembers that. */
  claim(model: Staking, who: Address, before: bigint | null): bigint {
    const paid = model.withdrawFees(who, before);
    if (paid > 0n) this.see("fees paid");
    const payments = this.#paid.get(model) ?? new Map<Address, { amount: bigint; claims: bigint }>();
    const { amount, claims } = payments.get(who) ?? { amount: 0n, claims: 0n };
    this.#paid.set(model, payments.set(who, { amount: amount + paid, claims: claims + 1n }));
    return paid;
  }

  /**
   * Asks for everybody's votes in a round that is over, compares them with the ledger's, and keeps the answer: it must be the same whenever one asks.
   * @param ago {round} up to that many, as far as there are any
   */
  ask(ago: bigint): void {
    const passed = this.rounds.current - FIRST_ROUND;
    if (passed === 0n) return;
    const round = this.rounds.current - (ago < passed ? ago : passed);
    this.naive.catchUp();
    for (const model of [this.model, this.touched]) {
      this.#compareVotes(model, round);
      this.#answers.push({ model, round, answer: this.#answerOf(model, round) });
    }
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
      this.#compareFees(model);
    }
    for (const { model, round, answer } of this.#answers)
      expect(this.#answerOf(model, round), `asked about round ${round} again`).to.deep.equal(answer);
  }

  /** Counts what has happened. */
  see(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1);
  }

  /** Up to what rounding may do. */
  same(what: string, have: bigint, want: bigint): void {
    // A price is a ratio of whole wei, and no pool has less than a hundredth of an LPT.
    const bound = this.#grownDust() + want / 10n ** 15n;
    const difference = have > want ? have - want : want - have;
    expect(difference <= bound, `${what}: ${have}, the ledger says ${want}, ${have - want} apart`).to.equal(true);
  }

  /** {wei LPT} A wei that was rounded away grows as all stake does. */
  #grownDust(): bigint {
    const { current } = this.rounds;
    if (this.#dust.actions !== this.#actions || this.#dust.round !== current) {
      this.touched.poke();
      const amount = grow(DUST * (this.#actions + 1n), this.touched.emission.log(current));
      this.#dust = { actions: this.#actions, round: current, amount };
    }
    return this.#dust.amount;
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

  /** The clock moves on: whoever acted did so in the last round of a model. */
  #note(): void {
    for (const model of [this.model, this.touched]) {
      const acted = this.#acted.get(model) ?? [];
      const { round } = model.emission;
      if (acted.at(-1) !== round) acted.push(round);
      this.#acted.set(model, acted);
    }
  }

  /** The last round up to `round` that somebody acted in, or the one after it. */
  #votingRound(model: Staking, round: bigint): bigint {
    const known = this.#acted.get(model)!.flatMap((acted) => [acted, acted + 1n]);
    return known.findLast((each) => each <= round)!;
  }

  /** Everybody's votes in a round that is over, and that they add up. */
  #compareVotes(model: Staking, round: bigint): void {
    const { naive } = this;
    const at = this.#votingRound(model, round);
    this.see(at === round ? "votes of a round" : "votes of an earlier round");
    let all = 0n;
    for (const orchestrator of model.pools.keys()) {
      const votes = model.votesOf(orchestrator, round);
      this.same(`votes of ${orchestrator}`, votes, naive.votesOf(orchestrator, at));
      let balances = 0n;
      for (const who of this.#everybody) {
        if (model.delegateOf(who, round) === orchestrator) balances += model.balanceOf(who, round);
      }
      expect(balances <= votes, `S7: ${balances} vote behind ${orchestrator}, which has ${votes}`).to.equal(true);
      this.same(`votes behind ${orchestrator}`, balances, votes);
      all += votes;
    }
    const supply = model.totalSupplyAt(round);
    expect(all <= supply, `S7: ${all} vote of ${supply} at stake`).to.equal(true);
    this.same(`what was at stake in round ${round}`, supply, naive.atStake(at));
    for (const who of this.#everybody) {
      this.same(`balance of ${who}`, model.balanceOf(who, round), naive.balanceOf(who, at));
      const delegate = naive.delegateOf(who, at);
      if (delegate !== null) expect(model.delegateOf(who, round), `whom ${who} is behind`).to.equal(delegate);
    }
  }

  /** All that a model says of a round that is over. */
  #answerOf(model: Staking, round: bigint): Answer[] {
    const votes = [...model.pools.keys()].map((orchestrator) => model.votesOf(orchestrator, round));
    const own = this.#everybody.flatMap((who) => [model.balanceOf(who, round), model.delegateOf(who, round)]);
    return [model.totalSupplyAt(round), ...votes, ...own];
  }

  /** Everybody is paid what is left, and has got no more than there was. */
  #compareFees(model: Staking): void {
    for (const orchestrator of model.pools.keys()) model.closeFees(orchestrator, this.rounds.current);
    let paid = 0n;
    let due = 0n;
    for (const who of this.#everybody) {
      this.claim(model, who, null);
      const { amount, claims } = this.#paid.get(model)!.get(who)!;
      const owed = this.naive.feesOf(who);
      const bound = DUST * claims + BigInt(model.account(who).history.all().length);
      const difference = amount > owed ? amount - owed : owed - amount;
      expect(difference <= bound, `fees of ${who}: ${amount}, the ledger says ${owed}`).to.equal(true);
      paid += amount;
      due += owed;
    }
    expect(paid <= this.added, `S7: ${paid} of fees paid, ${this.added} added`).to.equal(true);
    expect(due <= this.added).to.equal(true);
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
