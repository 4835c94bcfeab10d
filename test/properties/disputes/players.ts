import { expect } from "chai";
import { hexlify } from "ethers";
import type { Result } from "ethers";
import type { List } from "../../../offchain/verification/game/interface.ts";
import { answerTo, listAfter } from "../../../offchain/verification/game/player.ts";
import { encodeState } from "../../../offchain/vm/state.ts";
import { Outcome } from "../../../sim/model/disputes/challenge.ts";
import { wordsOf } from "../../../sim/model/disputes/claim.ts";
import type { Claim } from "../../../sim/model/disputes/claim.ts";
import { turnOf } from "../../../sim/model/disputes/game.ts";
import type { Side } from "../../../sim/model/disputes/game.ts";
import { ARITY } from "../../../sim/model/disputes/lists.ts";
import { GWEI } from "../../../sim/model/disputes/parameters.ts";
import { Refusal } from "../../../sim/model/refusal.ts";
import { isOpen, noise, runOf } from "./book.ts";
import type { Book, Opened, Play } from "./book.ts";
import { show, shownArgs } from "./lists.ts";
import type { Measure, Pair, Shown } from "./pair.ts";
import { OUTSIDERS } from "./stage.ts";
import { ANY } from "./steps.ts";
import type { Act, Flaw, Talk } from "./steps.ts";

const LAST = Number(ARITY);

type Wish<K extends Act["do"]> = Extract<Act, { do: K }>;

/** Both sides of all games, and whoever ends them. */
export class Players {
  readonly #pair: Pair;
  readonly #book: Book;

  constructor(pair: Pair, book: Book) {
    this.#pair = pair;
    this.#book = book;
  }

  // --- What an action is about ---

  /** Mostly a challenge for which it makes sense. */
  challengeOf(act: Wish<"defend" | "settle">): Opened | undefined {
    const { now } = this.#pair.models.rounds;
    const defender = act.do === "defend" ? this.#pair.stage.accounts[act.by] : undefined;
    return this.#book.challenge(act.which, (opened) => {
      const { claim, games } = opened.challenge;
      if (!isOpen(opened)) return false;
      if (defender === undefined) return games === 0n || act.which % 3 === 0;
      const has = this.#book.plays.some((play) => play.opened === opened && play.defender === defender);
      return !has && now <= claim.openedAt + claim.clock;
    });
  }

  /** Mostly a game for which it makes sense. */
  playOf(act: Wish<"answer" | "timeout" | "release">): Play | undefined {
    const { now } = this.#pair.models.rounds;
    const late = this.#book.plays.some((play) => isOpen(play.opened) && lastMoment(play) < now);
    return this.#book.play(act.which, (play) => {
      if (turnOf(play.game) === null) return false;
      if (act.do === "release") return play.opened.challenge.outcome === Outcome.Refuted;
      if (act.do === "answer") return now <= lastMoment(play);
      return isOpen(play.opened) && (!late || lastMoment(play) < now);
    });
  }

  // --- Moves ---

  async defend({ by, which, talk, flaw }: Wish<"defend">, opened: Opened): Promise<void> {
    const from = this.#pair.stage.accounts[by]!;
    const { disputes } = this.#pair.models;
    const { id, challenge, list } = opened;
    const claim = flawed(challenge.claim, flaw, which);
    const answer = await this.#moveOn(opened, list, talk, which, false);
    const shown = show(list, answer.pick, flaw, undefined, which);
    const hashes = disputed(answer.hashes, list, answer.pick, flaw);
    const value = claim.defenceBond + (flaw === "value" ? 1n : 0n);
    const args = [id, wordsOf(claim), ...shownArgs(shown), hashes];
    const done = await this.#pair.perform(
      { from, on: "disputes", method: "defend", args, value },
      (cost) => disputes.defend({ caller: from, value }, id, claim, { ...shown, hashes }, cost),
      { cap: claim.gasPriceCap, read: () => this.#spent(opened, from, "defender", 0n) },
    );
    if (!done.ok) return;
    this.#book.begin(opened, from, listAfter(list, answer.pick, hashes), answer.honest);
    if (from === claim.challenger) this.#pair.count("defence by the challenger itself");
    if (from === claim.orchestrator) this.#pair.count("defence by the orchestrator");
    if (challenge.games > 1n) this.#pair.count("defence beside others");
  }

  /** Whose turn it is goes on as the list allows: by a move, or by a proof. */
  async answer({ talk, n, flaw }: Wish<"answer">, play: Play): Promise<void> {
    const side = turnOf(play.game) ?? "challenger";
    const party = { challenger: play.opened.challenge.claim.challenger, defender: play.defender }[side];
    const from = flaw === "party" ? this.#pair.stage.accounts[n % OUTSIDERS]! : party;
    // Now and then what the list does not allow.
    const proves = (play.list.level === 1) !== (n % 29 === 7);
    await (proves ? this.#prove(play, side, from, { talk, n, flaw }) : this.#move(play, side, from, { talk, n, flaw }));
  }

  async #move(play: Play, side: Side, from: string, { talk, n, flaw }: Omit<Wish<"answer">, "do" | "which">) {
    const { opened, list, defender, game } = play;
    const { disputes } = this.#pair.models;
    const { claim } = opened.challenge;
    const answer = list.level > 1 ? await this.#moveOn(opened, list, talk, n, isRight(play, side)) : silly(list, n);
    const shown = show(list, answer.pick, flaw, play.old.at(-1), n);
    const hashes = disputed(answer.hashes, list, answer.pick, flaw);
    const challenger = flaw === "claim" ? defender : claim.challenger;
    const before = game.costs[side];
    const done = await this.#pair.perform(
      {
        from,
        on: "disputes",
        method: "move",
        args: [opened.id, challenger, defender, ...shownArgs(shown), hashes],
      },
      (cost) => disputes.move(from, opened.id, { challenger, defender }, { ...shown, hashes }, cost),
      { cap: claim.gasPriceCap, read: () => this.#spent(opened, defender, side, before) },
    );
    if (!done.ok) return;
    play.old.push(list);
    play.list = listAfter(list, answer.pick, hashes);
    play.honest[side] &&= answer.honest;
    if (opened.challenge.outcome !== Outcome.Open) this.#pair.count("move after the end");
  }

  async #prove(play: Play, side: Side, from: string, { talk, n, flaw }: Omit<Wish<"answer">, "do" | "which">) {
    const { opened, list, defender } = play;
    const { disputes, machine } = this.#pair.models;
    const { trial } = opened;
    const claim = flawed(opened.challenge.claim, flaw, n);
    const answer = list.level === 1 ? await answerTo(runOf(talk, trial, n), list) : null;
    if (isRight(play, side) && talk === "truth" && list.level === 1)
      expect(answer, "V1: who is right has an answer").to.not.equal(null);
    const pick = answer?.pick ?? 1 + (n % LAST);
    const step = list.from + BigInt(pick - 1);
    const witness = await trial.truth.witnessAt(step);
    const state = spoiled(hexlify(encodeState(witness.state)), flaw === "state");
    const proof = spoiled(hexlify(witness.proof), flaw === "proof");
    const shown = show(list, pick, flaw, play.old.at(-1), n);
    machine.learnStep(await this.#step(claim.program, state, proof));
    if (flaw === "none") {
      const [next] = await trial.truth.hashesAt([step + 1n]);
      expect(machine.step(), "the one state that follows").to.equal(next);
    }
    const done = await this.#pair.perform(
      {
        from,
        on: "disputes",
        method: "prove",
        args: [opened.id, defender, wordsOf(claim), ...shownArgs(shown), state, proof],
      },
      (cost) => disputes.prove(from, opened.id, defender, claim, { ...shown, state, proof }, cost),
      this.#ended(play, side, from),
    );
    if (!done.ok) return;
    const loser = side === "challenger" ? "defender" : "challenger";
    expect(play.honest[loser], `V1: a ${loser} that has told nothing but the truth has lost to a proof`).to.equal(
      false,
    );
    this.#pair.count(`${side} wins by a proof`);
  }

  /** What a side moves: what it knows better, or whatever comes to its mind. */
  async #moveOn(opened: Opened, list: List, talk: Talk, n: number, right: boolean) {
    const answer = talk === "noise" ? null : await answerTo(runOf(talk, opened.trial, n), list);
    if (right && talk === "truth") expect(answer, "V1: who is right has an answer").to.not.equal(null);
    if (answer?.kind !== "move") return silly(list, n);
    return { pick: answer.pick, hashes: answer.hashes, honest: talk === "truth" };
  }

  // --- Ends ---

  async timeout({ by, which, flaw }: Wish<"timeout">, play: Play): Promise<void> {
    const { disputes } = this.#pair.models;
    const { opened, defender, game } = play;
    const claim = flawed(opened.challenge.claim, flaw, which);
    const winner = turnOf(game) === "challenger" ? "defender" : "challenger";
    const from = this.#ender(by, { challenger: claim.challenger, defender }[winner]);
    const done = await this.#pair.perform(
      { from, on: "disputes", method: "timeout", args: [opened.id, defender, wordsOf(claim)] },
      (cost) => disputes.timeout(from, opened.id, defender, claim, cost),
      this.#ended(play, winner, from),
    );
    if (done.ok) this.#pair.count(`${winner} wins by the clock`);
  }

  async settle({ by, which, flaw }: Wish<"settle">, opened: Opened): Promise<void> {
    const { disputes } = this.#pair.models;
    const { id, challenge } = opened;
    const claim = flawed(challenge.claim, flaw, which);
    const from = this.#ender(by, claim.challenger);
    const known = challenge.costs;
    const done = await this.#pair.perform(
      { from, on: "disputes", method: "settle", args: [id, wordsOf(claim)] },
      (cost) => disputes.settle(from, id, claim, cost),
      {
        cap: claim.gasPriceCap,
        read: async () => (from === claim.challenger ? this.#refunded(challenge.pot, known) : null),
      },
    );
    if (!done.ok) return;
    const { loss, bounty } = (opened.slashed = done.result);
    this.#pair.count(loss > 0n ? "settled with a slash" : "settled without a slash");
    if (bounty > 0n) this.#pair.count("bounty");
    if (challenge.pot > 0n) this.#pair.count("settled with a pot");
  }

  async release({ by, which, flaw }: Wish<"release">, play: Play): Promise<void> {
    const { disputes } = this.#pair.models;
    const { opened, defender } = play;
    const claim = flawed(opened.challenge.claim, flaw, which);
    const from = this.#ender(by, defender);
    await this.#pair.perform(
      { from, on: "disputes", method: "release", args: [opened.id, defender, wordsOf(claim)] },
      () => disputes.release(opened.id, defender, claim),
    );
  }

  async withdraw(by: number): Promise<void> {
    const { disputes, payees } = this.#pair.models;
    const { accounts } = this.#pair.stage;
    const owed = accounts.filter((account) => disputes.payments.keptFor(account) > 0n);
    if (owed.length === 0 && by < ANY) return;
    const from = owed[by % owed.length] ?? accounts[by % accounts.length]!;
    const call = { from, on: "disputes", method: "withdraw", args: [] } as const;
    const done = await this.#pair.perform(call, () => disputes.payments.withdraw(from));
    if (done.ok && payees.get(from) === "greedy") this.#pair.count("withdraw by the greedy");
  }

  // --- What the contract shows of a call's cost ---

  /** {gwei ETH} What was added to a side's costs in its game. */
  async #spent({ id, challenge }: Opened, defender: string, side: Side, before: bigint): Promise<Shown> {
    const { chain } = this.#pair.stage;
    const [game] = (await chain.read("disputes", "gameOf", id, challenge.claim.challenger, defender)) as unknown as [
      Result,
    ];
    return { cost: (game.getValue(`${side}Costs`) as bigint) - before, whole: true };
  }

  /** Of a call by which `winner` has won. */
  #ended({ opened, defender, game }: Play, winner: Side, from: string): Measure {
    const { challenge, id } = opened;
    const { claim, pot, costs } = challenge;
    const own = game.costs[winner];
    const isWinners = from === { challenger: claim.challenger, defender }[winner];
    const read = async (): Promise<Shown | null> => {
      if (!isWinners) return null;
      if (winner === "defender") return this.#refunded(claim.bond + pot, own);
      const [shown] = (await this.#pair.stage.chain.read("disputes", "challengeOf", id)) as unknown as [Result];
      return { cost: (shown.getValue("costs") as bigint) - costs - own, whole: true };
    };
    return { cap: claim.gasPriceCap, read };
  }

  /** What the treasury did not get of what the other side has `lost` {wei ETH}, less the costs that were `known` {gwei ETH}. */
  async #refunded(lost: bigint, known: bigint): Promise<Shown | null> {
    const { chain, treasury } = this.#pair.stage;
    const rest = (await chain.balance(treasury)) - this.#pair.models.ether.of(treasury);
    if (lost === 0n) return null;
    if (rest > 0n) return { cost: (lost - rest) / GWEI - known, whole: true };
    return { cost: lost > known * GWEI ? (lost + GWEI - 1n) / GWEI - known : 0n, whole: false };
  }

  // --- Who ---

  /** The one that it is for, somebody without a part in it, or anybody. */
  #ender(by: number, winner: string): string {
    const { accounts } = this.#pair.stage;
    if (by < 500) return winner;
    return by < 800 ? accounts[OUTSIDERS + (by % 2)]! : accounts[by % accounts.length]!;
  }

  async #step(program: string, state: string, proof: string): Promise<() => string> {
    const call = {
      from: this.#pair.stage.accounts[0]!,
      on: "machine",
      method: "step",
      args: [program, state, proof],
    } as const;
    const refusal = await this.#pair.stage.chain.refusalOf(call);
    if (refusal !== null)
      return () => {
        throw new Refusal(refusal.name, refusal.args);
      };
    const [next] = (await this.#pair.stage.chain.ask(call)) as unknown as [string];
    return () => next;
  }
}

/** {s} In which who is to move is in time. */
export function lastMoment({ game }: Play): bigint {
  const side = turnOf(game);
  return side === null ? game.since : game.since + game.clocks[side];
}

/** Whether it is the turn of a side that has told nothing but the truth: it always has an answer. */
const isRight = ({ game, honest }: Play, side: Side): boolean => turnOf(game) === side && honest[side];

/** Disagrees somewhere, about nothing. */
function silly({ level }: List, n: number) {
  const hashes = Array.from({ length: LAST }, (_, i) => noise(n, i + level * LAST));
  return { pick: 1 + (n % LAST), hashes, honest: false };
}

/** The claim, or one that differs in a value. */
function flawed(claim: Claim, flaw: Flaw, n: number): Claim {
  if (flaw !== "claim") return claim;
  const { slashFraction, bond, challenger, orchestrator, openedAt, clock } = claim;
  const others: readonly Partial<Claim>[] = [
    { slashFraction: slashFraction + 1n },
    { bond: bond * 2n },
    { challenger: orchestrator },
    { openedAt: openedAt + 1n },
    { clock: clock / 2n },
    { orchestrator: challenger },
  ];
  return { ...claim, ...others[n % others.length] };
}

function disputed(hashes: readonly string[], list: List, pick: number, flaw: Flaw): readonly string[] {
  if (flaw === "hashes short") return hashes.slice(1);
  return flaw === "no disagreement" ? hashes.with(-1, list.hashes[pick]!) : hashes;
}

/** Its last byte is another. */
const spoiled = (bytes: string, flaw: boolean): string =>
  flaw && bytes.length > 2 ? bytes.slice(0, -1) + (bytes.endsWith("0") ? "1" : "0") : bytes;
