import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { answerTo } from "../../../offchain/verification/game/player.ts";
import { type Court, Outcome } from "../../fixtures/disputes.ts";
import { type Dispute, readDisputes, type Standing } from "./log.ts";

/** Plays by the library alone, in either role, from what the chain's log says. */
export class Honest {
  readonly account: HardhatEthersSigner;
  readonly #court: Court;

  constructor(court: Court, account: HardhatEthersSigner) {
    this.#court = court;
    this.account = account;
  }

  /** Does the first thing that it has to do now; false: there is none. */
  async act(): Promise<boolean> {
    for (const dispute of await readDisputes(this.#court)) {
      if (dispute.outcome === Outcome.Open && (await this.#play(dispute))) return true;
    }
    return false;
  }

  get #disputes(): Court["disputes"] {
    return this.#court.disputes.connect(this.account);
  }

  async #play(dispute: Dispute): Promise<boolean> {
    const { id, claim, games } = dispute;
    const me = this.account.address;
    const isChallenger = claim.challenger === me;
    const now = BigInt(await this.#court.networkHelpers.time.latest());
    for (const game of games) {
      if (!isChallenger && game.defender !== me) continue;
      if (game.mover === me) return this.#answer(dispute, game);
      if (game.mover !== null && now >= game.until) {
        await this.#disputes.timeout(id, game.defender, claim);
        return true;
      }
    }
    if (!isChallenger && !games.some(({ defender }) => defender === me) && now < claim.openedAt + claim.clock) {
      if (await this.#defend(dispute)) return true;
    }
    const isOver = now >= claim.openedAt + claim.clock && games.every(({ mover }) => mover === null);
    if (isOver) await this.#disputes.settle(id, claim);
    return isOver;
  }

  /** A claim that is true has no defence. */
  async #defend({ id, claim, list }: Dispute): Promise<boolean> {
    const answer = await answerTo(this.#court.trace, list, this.#court.arity);
    if (answer?.kind !== "move") return false;
    const value = claim.defenceBond;
    await this.#disputes.defend(id, claim, answer.pick, [...answer.shown], [...answer.hashes], { value });
    return true;
  }

  async #answer({ id, claim }: Dispute, { defender, list }: Standing): Promise<boolean> {
    const answer = await answerTo(this.#court.trace, list, this.#court.arity);
    if (answer === null) throw new Error("who is right has no answer");
    const shown = [...answer.shown];
    if (answer.kind === "move") {
      await this.#disputes.move(id, claim.challenger, defender, answer.pick, shown, [...answer.hashes]);
    } else {
      await this.#disputes.prove(id, defender, claim, answer.pick, shown, answer.state, answer.proof);
    }
    return true;
  }
}
