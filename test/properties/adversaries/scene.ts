import { expect } from "chai";
import { Contract, keccak256 } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { readInterface } from "../../../deploy/artifacts.ts";
import type { Answer, Run } from "../../../offchain/verification/game/interface.ts";
import { answerTo } from "../../../offchain/verification/game/player.ts";
import { decodeState, type MachineState } from "../../../offchain/vm/state.ts";
import {
  challengeWith,
  type Court,
  endOf,
  endWith,
  evidenceOf,
  lieFrom,
  type Opened,
  Outcome,
  Stage,
} from "../../fixtures/disputes.ts";
import { Accounts, spentBy } from "./accounts.ts";
import { Honest } from "./honest.ts";
import { type Dispute, nextDeadline, readDisputes, type Standing } from "./log.ts";

/** What one turn of an adversary is about. */
export interface Turn {
  readonly scene: Scene;
  readonly dispute: Dispute;
  readonly game: Standing;
  /** Who is to move. */
  readonly by: HardhatEthersSigner;
  /** {1} Moves that this account has made in the game before. */
  readonly number: number;
}

/** One way to play against who is right. */
export interface Adversary {
  readonly name: string;
  /** Which side it plays. An adversary in both roles has the watcher against it. */
  readonly role: "challenger" | "defender" | "both";
  /** Whether the work is at fault: not for a challenger, for a defender it is. */
  readonly work: "good" | "bad";
  /** Errors by which its attempts are refused, all that it meets. */
  readonly refused?: readonly string[];
  /** How many challenges it gets opened. */
  readonly challenges?: number;
  /** What it does first. A challenger of its own is there already if it only defends. */
  readonly begin: (scene: Scene) => Promise<unknown>;
  /** Answers whether it has moved. */
  readonly turn: (turn: Turn) => Promise<boolean>;
}

/** {1} First step of a run at which liars say something else. */
const FIRST_LIE = 777n;

/** One adversary against one honest player, from the beginning to the end of all their disputes. */
export class Scene {
  readonly court: Court;
  readonly honest: Honest;
  /** Of the adversary, besides its role's own. */
  readonly puppets: readonly HardhatEthersSigner[];
  /** Errors by which an attempt was refused. */
  readonly met = new Set<string>();
  readonly #adversary: Adversary;
  readonly #accounts: Accounts;
  readonly #stake: bigint;
  readonly #machine: Contract;
  readonly #moves = new Map<string, number>();

  static async open(court: Court, adversary: Adversary): Promise<Scene> {
    const { totalStake } = await court.bonding.getOrchestrator(court.orchestrator);
    const machine = new Contract(await court.disputes.MACHINE(), readInterface("Machine"));
    return new Scene(court, adversary, await Accounts.open(court), totalStake, machine);
  }

  private constructor(court: Court, adversary: Adversary, accounts: Accounts, stake: bigint, machine: Contract) {
    this.court = court;
    this.#adversary = adversary;
    this.#accounts = accounts;
    this.#stake = stake;
    this.#machine = machine;
    this.puppets = court.others.slice(0, 6);
    const { broadcaster, orchestrator, stranger } = court;
    this.honest = new Honest(
      court,
      { challenger: orchestrator, defender: broadcaster, both: stranger }[adversary.role],
    );
  }

  /** Plays until nothing is open. */
  async play(): Promise<void> {
    const { court, honest } = this;
    if (this.#adversary.role === "defender") await challengeWith(court, endOf(court.trace));
    await this.#adversary.begin(this);
    for (;;) {
      if (await honest.act()) continue;
      if (await this.#turn()) continue;
      const disputes = await this.disputes();
      if (disputes.every(({ outcome }) => outcome !== Outcome.Open)) return this.#release();
      const deadline = nextDeadline(disputes, BigInt(await court.networkHelpers.time.latest()));
      if (deadline === null) throw new Error("a challenge is open, and nobody ends it");
      await court.networkHelpers.time.increaseTo(deadline);
    }
  }

  disputes(): Promise<Dispute[]> {
    return readDisputes(this.court);
  }

  // --- What an adversary can do ---

  /** A final state that says of good work that it is a fault. */
  falseEnd(changes: Partial<Pick<MachineState, "step" | "status" | "verdict">> = {}): Uint8Array {
    return endWith(endOf(this.court.trace), { verdict: 2, ...changes });
  }

  /** A run that is another from a step on, and ends in `end` if that is given. */
  lie(end?: Uint8Array, from = FIRST_LIE): Run {
    const last = end === undefined ? undefined : { hash: keccak256(end), step: decodeState(end).step };
    return lieFrom(this.court.trace, from, last);
  }

  /** Accuses the orchestrator of a fault that is none. @param sequence of a receipt of its own */
  async accuse(end = this.falseEnd(), sequence = 0): Promise<Opened> {
    const evidence = await evidenceOf(this.court, { sequence });
    return challengeWith(this.court, end, { evidence, run: this.lie(end) });
  }

  /** Defends with `run` against each challenge that is open. */
  async defend(by: HardhatEthersSigner, run: Run): Promise<void> {
    for (const { id, claim, list } of await this.disputes()) {
      const answer = await answerTo(run, list, this.court.arity);
      if (answer?.kind !== "move") throw new Error("no disagreement");
      const value = claim.defenceBond;
      const game = this.court.disputes.connect(by);
      await game.defend(id, claim, answer.pick, [...answer.shown], [...answer.hashes], { value });
    }
  }

  /** What a liar answers to the last list of a game; null if it has nothing to say. */
  answer({ game, dispute, by }: Turn, run?: Run): Promise<Answer | null> {
    const isChallenger = by.address === dispute.claim.challenger;
    return answerTo(run ?? this.lie(isChallenger ? this.falseEnd() : undefined), game.list, this.court.arity);
  }

  /** Moves as a liar does, as far as it can. */
  async move(turn: Turn, run?: Run): Promise<boolean> {
    const answer = await this.answer(turn, run);
    if (answer?.kind !== "move") return false;
    const { dispute, game, by } = turn;
    const { id, claim } = dispute;
    const connected = this.court.disputes.connect(by);
    await connected.move(id, claim.challenger, game.defender, answer.pick, [...answer.shown], [...answer.hashes]);
    return true;
  }

  /** Tries what has to be refused by an error, of the game or of the machine. */
  async attempt(sent: Promise<unknown>, error: string): Promise<void> {
    const [from, name] = error.startsWith("Machine")
      ? [this.#machine, error]
      : [this.court.disputes, `DisputeGame${error}`];
    await expect(sent, error).to.be.revertedWithCustomError(from, name);
    this.met.add(error);
  }

  /** Anyone may; here it is somebody who has no part in it, so that it costs neither side anything. */
  async #release(): Promise<void> {
    for (const { id, claim, outcome, games } of await this.disputes()) {
      for (const { mover, defender } of games) {
        if (outcome === Outcome.Refuted && mover !== null) await this.court.disputes.release(id, defender, claim);
      }
    }
  }

  /** The first turn of any of its accounts in which the adversary moves. */
  async #turn(): Promise<boolean> {
    const now = BigInt(await this.court.networkHelpers.time.latest());
    const signers = new Map((await this.court.ethers.getSigners()).map((signer) => [signer.address, signer]));
    for (const dispute of await this.disputes()) {
      for (const game of dispute.games) {
        const isOther = game.mover !== null && game.mover !== this.honest.account.address;
        if (dispute.outcome !== Outcome.Open || !isOther || now >= game.until) continue;
        const key = `${dispute.id} ${game.defender} ${game.mover}`;
        const number = this.#moves.get(key) ?? 0;
        const turn = { scene: this, dispute, game, by: signers.get(game.mover)!, number };
        if (!(await this.#adversary.turn(turn))) continue;
        this.#moves.set(key, number + 1);
        return true;
      }
    }
    return false;
  }

  // --- What has to be so in the end ---

  async judge(): Promise<void> {
    const { court } = this;
    const { role, work, challenges = 1 } = this.#adversary;
    const disputes = await this.disputes();
    expect(disputes.length, "challenges").to.equal(challenges);
    const expected = work === "good" ? Outcome.Refuted : Outcome.Sustained;
    for (const { outcome } of disputes) expect(outcome).to.equal(expected);
    await this.#judgeTime();

    const { disputes: open, totalStake } = await court.bonding.getOrchestrator(court.orchestrator);
    expect(open, "disputes that the BondingManager counts").to.equal(0n);
    expect(totalStake === this.#stake, "the stake stays").to.equal(work === "good");
    expect(await court.ethers.provider.getBalance(court.disputes), "left in the game").to.equal(0n);
    await this.#judgeMoney(role, disputes);
  }

  /** Twice the clock after its opening a challenge is over, but for the seconds of the blocks in which others were played. */
  async #judgeTime(): Promise<void> {
    const { disputes } = this.court;
    const claims = new Map((await this.disputes()).map(({ id, claim }) => [id, claim]));
    for (const { args, blockNumber } of await disputes.queryFilter(disputes.filters.ChallengeSettled())) {
      const { openedAt, clock } = claims.get(args.id)!;
      const { timestamp } = (await this.court.ethers.provider.getBlock(blockNumber))!;
      expect(BigInt(timestamp) <= openedAt + 2n * clock + 60n, "within two clocks").to.equal(true);
    }
  }

  async #judgeMoney(role: Adversary["role"], disputes: readonly Dispute[]): Promise<void> {
    const [changes, spent] = await Promise.all([this.#accounts.changes(), this.#accounts.spent()]);
    const sum = (amounts: Iterable<bigint>): bigint => [...amounts].reduce((a, b) => a + b, 0n);
    const fees = sum([...spent.values()].map((of) => of.fees));
    expect(sum(changes.values()), "all there is, and the fees of all transactions").to.equal(-fees);

    const me = this.honest.account.address;
    const treasury = await this.court.treasury.getAddress();
    const mine = spentBy(spent, me);
    const games = disputes.flatMap(({ claim, games: all }) =>
      all.map((game) => ({ ...game, bond: claim.defenceBond })),
    );
    const refuted = disputes.filter(({ outcome }) => outcome === Outcome.Refuted).map(({ claim }) => claim.bond);
    const lost = sum([...refuted, ...games.filter(({ stage }) => stage === Stage.Lost).map(({ bond }) => bond)]);
    const refunds = lost - changes.get(treasury)!;
    if (role !== "both") {
      // Nobody's bonds but the adversary's are lost, and none of them comes back to it.
      expect(changes.get(me)! + mine.fees, "what the honest side gets").to.equal(refunds);
      // It pays tips itself, and everything where nobody lost to it.
      if (lost > 0n) expect(changes.get(me)! >= -mine.tips, "the honest side is whole").to.equal(true);
    }
    const others = sum([...changes].filter(([account]) => account !== me && account !== treasury).map(([, by]) => by));
    const penalties = BigInt(this.court.parameters.disputes.penalty) * BigInt(refuted.length);
    if (refuted.length > 0) expect(others <= -penalties, "the adversary pays").to.equal(true);
  }
}
