import { expect } from "chai";
import { Outcome } from "../../../sim/model/disputes/challenge.ts";
import { turnOf } from "../../../sim/model/disputes/game.ts";
import { sum } from "../amounts.ts";
import { Book, isOpen } from "./book.ts";
import { Challengers } from "./challengers.ts";
import { Coalition } from "./coalition.ts";
import { createModels } from "./models.ts";
import type { Models } from "./models.ts";
import { Others } from "./others.ts";
import { Pair } from "./pair.ts";
import { lastMoment, Players } from "./players.ts";
import { ETHER, ORCHESTRATORS, OUTSIDERS, SETTLED } from "./stage.ts";
import type { Stage } from "./stage.ts";
import type { Act, Scene, Sequence, Step, Wait } from "./steps.ts";

/** {round} The farthest that the clock moves at once: looking at everything takes the gas of all idle rounds. */
const MOST_ROUNDS = 40n;

interface Task {
  /** {s} The last moment at which it is in time, or before which it is too early. */
  readonly due: bigint;
  readonly run: () => Promise<void>;
}

/** Contracts and models for one sequence, and who does what in it. */
export class World {
  readonly #stage: Stage;
  readonly #models: Models;
  readonly #pair: Pair;
  readonly #book: Book;
  readonly #challengers: Challengers;
  readonly #players: Players;
  readonly #others: Others;

  static async open(stage: Stage): Promise<World> {
    await stage.restore();
    return new World(stage, await createModels(stage));
  }

  private constructor(stage: Stage, models: Models) {
    this.#stage = stage;
    this.#models = models;
    this.#pair = new Pair(stage, models);
    this.#book = new Book(models.disputes);
    this.#challengers = new Challengers(this.#pair, this.#book);
    this.#players = new Players(this.#pair, this.#book);
    this.#others = new Others(this.#pair);
  }

  /** The scene, the sequence, and the end of all that it began. */
  async run({ scene, steps }: Sequence): Promise<void> {
    try {
      await this.#enter(scene);
      const coalition = new Coalition(this.#pair, this.#book);
      for (const step of steps) {
        await this.#step(step);
        coalition.check();
      }
      await this.#drain();
      coalition.check();
      await this.#checkEmpty();
    } catch (error) {
      if (error instanceof Error) error.message += `\nCalls:\n${this.#pair.transcript.join("\n")}`;
      throw error;
    }
  }

  /** Two orchestrators with stake of their own and of others, all of it active. */
  async #enter({ own, foreign }: Scene): Promise<void> {
    const { rounds } = this.#models;
    const { accounts } = this.#stage;
    rounds.now = rounds.startOf(SETTLED);
    for (const n of ORCHESTRATORS) {
      await this.#others.register(n, own[n]);
      rounds.now += 1n;
      if (foreign[n] > 0n) await this.#others.bond(accounts[OUTSIDERS + n]!, foreign[n], accounts[n]!);
      rounds.now += 1n;
    }
    // Their youth is over.
    rounds.now = rounds.startOf(rounds.current + 3n);
  }

  async #step({ wait, baseFee, act }: Step): Promise<void> {
    const { rounds } = this.#models;
    const task = this.#taskOf(act);
    if (task === null) return;
    const time = this.#timeOf(wait, task.due);
    const last = rounds.startOf(rounds.current + MOST_ROUNDS);
    rounds.now = time <= rounds.now ? rounds.now + 1n : time < last ? time : last;
    this.#pair.baseFee = baseFee;
    await task.run();
  }

  /** What is to be done, and about what; null if there is nothing of that kind. */
  #taskOf(act: Act): Task | null {
    const { rounds, staking } = this.#models;
    const players = this.#players;
    switch (act.do) {
      case "defend":
      case "settle": {
        const opened = players.challengeOf(act);
        if (opened === undefined) return null;
        const { openedAt, clock } = opened.challenge.claim;
        const run = () => (act.do === "defend" ? players.defend(act, opened) : players.settle(act, opened));
        return { due: openedAt + clock, run };
      }
      case "answer":
      case "timeout":
      case "release": {
        const play = players.playOf(act);
        if (play === undefined) return null;
        if (act.do === "release") return { due: rounds.now, run: () => players.release(act, play) };
        const run = () => (act.do === "answer" ? players.answer(act, play) : players.timeout(act, play));
        return { due: lastMoment(play), run };
      }
      case "withdrawStake": {
        const { from, id } = this.#others.lockOf(act.by, act.lock);
        const lock = staking.account(from).locks.get(id);
        const due = lock === undefined ? rounds.now : rounds.startOf(lock.withdrawRound);
        return { due, run: () => this.#others.withdrawStake(act) };
      }
      default:
        return { due: rounds.now, run: () => this.#act(act) };
    }
  }

  async #act(act: Act): Promise<void> {
    switch (act.do) {
      case "challenge":
        return this.#challengers.challenge(act);
      case "withdraw":
        return this.#players.withdraw(act.by);
      case "receiptKey":
        return this.#others.receiptKey(act);
      case "signer":
        return this.#others.signer(act);
      case "become":
        return this.#others.become(act);
      case "switch":
        return this.#others.switch(act.pause);
      case "setParameters":
        return this.#others.setParameters(act);
      case "setBonding":
        return this.#others.setBonding(act);
      case "setRoundLength":
        return this.#others.setRoundLength(act);
      case "bond":
        return this.#others.bond(this.#others.staker(act.by), act.amount, this.#stage.accounts[act.behind]!);
      case "unbond":
        return this.#others.unbond(act);
      case "unjail":
        return this.#others.unjail(act);
      case "otherOpen":
        return this.#others.open(act);
      case "otherClose":
        return this.#others.close(act);
      case "otherSlash":
        return this.#others.slash(act);
    }
  }

  /** {s} */
  #timeOf(wait: Wait, due: bigint): bigint {
    const { rounds } = this.#models;
    switch (wait.to) {
      case "second":
        return rounds.now + wait.seconds;
      case "due":
        return due + wait.offset;
      case "round":
        return rounds.startOf(rounds.current + 1n) + wait.offset;
    }
  }

  // --- The end ---

  /** All clocks run out, everyone settles, releases and withdraws. */
  async #drain(): Promise<void> {
    const { rounds, payees } = this.#models;
    const { accounts } = this.#stage;
    this.#pair.baseFee = 0n;
    for (const play of this.#book.plays) {
      if (turnOf(play.game) === null || !isOpen(play.opened)) continue;
      this.#pass(lastMoment(play) + 1n);
      await this.#players.timeout({ do: "timeout", by: 0, which: 0, flaw: "none" }, play);
    }
    for (const opened of this.#book.opened.filter(isOpen)) {
      this.#pass(opened.challenge.claim.openedAt + opened.challenge.claim.clock + 1n);
      await this.#players.settle({ do: "settle", by: 0, which: 0, flaw: "none" }, opened);
    }
    for (const play of this.#book.plays) {
      if (turnOf(play.game) === null) continue;
      this.#pass(rounds.now + 1n);
      await this.#players.release({ do: "release", by: 0, which: 0, flaw: "none" }, play);
    }
    for (const who of accounts.keys())
      if (payees.has(accounts[who]!)) await this.#others.become({ do: "become", who, what: 0 });
    for (const account of accounts) {
      if (this.#models.disputes.payments.keptFor(account) === 0n) continue;
      this.#pass(rounds.now + 1n);
      await this.#players.withdraw(0);
    }
    await this.#others.closeAll();
  }

  /** Nothing is left, and what each account got and gave adds up to zero with the treasury. */
  async #checkEmpty(): Promise<void> {
    const { chain, accounts, treasury } = this.#stage;
    const { disputes, rounds } = this.#models;
    // The last steps may have been of time alone, which the chain has not seen yet.
    this.#pass(rounds.now + 1n);
    await this.#pair.mine();
    expect(this.#pair.diary.unfinished, "V4: everything ends").to.equal(0);
    expect(await chain.balance(chain.addresses.disputes), "V4: nothing is left").to.equal(0n);
    for (const { id, challenge } of this.#book.opened) {
      await this.#pair.compareChallenge(id);
      expect(challenge.outcome).to.be.oneOf([Outcome.Sustained, Outcome.Refuted]);
    }
    await this.#pair.compareStake();
    const changes = await Promise.all(
      accounts.map(async (account) => (await chain.balance(account)) + (this.#pair.fees.get(account) ?? 0n) - ETHER),
    );
    expect(sum(changes) + (await chain.balance(treasury)), "V4: no ETH is lost or made").to.equal(0n);
    expect(disputes.challenges.size).to.equal(this.#book.opened.length);
  }

  #pass(time: bigint): void {
    const { rounds } = this.#models;
    rounds.now = time > rounds.now ? time : rounds.now + 1n;
  }
}
