import { StreamflowError } from "../../errors.ts";
import type { SignedOutput } from "../evidence/interface.ts";
import { answerTo } from "../game/player.ts";
import { Agent, type AgentModules, type BondLimit } from "./agent.ts";
import type { CourtHead, GameState, MadeClaim, StoredDispute } from "./interface.ts";
import { answerIn, firstListOf } from "./turn.ts";

export interface DefenderOptions extends BondLimit {
  /** {1} Share of its clock that the orchestrator has for itself before this node joins in: 0 for its own defender, below 1 for others. */
  readonly patience: number;
}

/** The orchestrator's side, played by itself or by anyone else: refutes claims that are wrong. */
export class Defender extends Agent {
  readonly #patience: number;
  /** Lists of claims that the programs have confirmed, so that they need not run for them again. */
  readonly #confirmed = new Set<string>();

  constructor(options: DefenderOptions, modules: AgentModules) {
    super(options, modules);
    this.#patience = options.patience;
  }

  protected override async attend({ id, evidence, made }: StoredDispute, head: CourtHead): Promise<void> {
    const { court, log } = this.modules;
    if (made === null) return this.finish(id, "not ours");
    const { outcome } = await court.challenge(id);
    // A reorganisation has removed it; it may come back.
    if (outcome === "none") return;
    const game = await court.game(made, court.account);
    if (outcome === "sustained") {
      const { orchestrator } = made.claim;
      log.error(
        { dispute: id, orchestrator, ownGame: game.stage },
        "challenge sustained: the orchestrator was slashed",
      );
      return this.finish(id, outcome);
    }
    if (outcome === "refuted") {
      if (isPlayed(game)) return void (await this.act(id, { kind: "release", made, defender: court.account }));
      log.info({ dispute: id, ownGame: game.stage }, "challenge refuted");
      return this.finish(id, outcome);
    }
    if (evidence === null) {
      throw new StreamflowError("EvidenceMissing", `what ${made.claim.challenger} has shown cannot be read`);
    }
    if (game.stage === "none") return this.#defend(made, evidence, head);
    if (isPlayed(game)) await this.#play(made, evidence, game, head);
  }

  async #defend(made: MadeClaim, evidence: SignedOutput, head: CourtHead): Promise<void> {
    const { runs } = this.modules;
    const { id, claim } = made;
    const passed = head.time - Number(claim.openedAt);
    if (passed > Number(claim.clock)) {
      throw new StreamflowError("DefenceLate", `the claim of ${claim.challenger} was not answered in time`);
    }
    if (passed < this.#patience * Number(claim.clock)) return;
    if (this.#confirmed.has(claim.listRoot)) return;
    this.requireAffordable(claim.defenceBond);
    const answer = await answerTo(await runs.of(id, evidence), firstListOf(made));
    if (answer === null) {
      this.#confirmed.add(claim.listRoot);
      const { orchestrator } = claim;
      throw new StreamflowError("FaultConfirmed", `${orchestrator} is rightly accused: its own run ends in a fault`);
    }
    if (answer.kind !== "move") throw new TypeError("a claim has at least two levels");
    const { kind: _, next: __, ...move } = answer;
    await this.act(id, { kind: "defend", made, ...move });
  }

  async #play(made: MadeClaim, evidence: SignedOutput, game: GameState, head: CourtHead): Promise<void> {
    const { court, runs } = this.modules;
    const { id } = made;
    const defender = court.account;
    const isOver = head.time > game.since + game.left;
    if (game.stage === "challengersTurn" && isOver) await this.act(id, { kind: "timeout", made, defender });
    if (game.stage !== "defendersTurn" || isOver) return;
    const next = await answerIn(court, await runs.of(id, evidence), made, defender, game);
    if (next === "wait") return;
    if (next === "noAnswer") {
      throw new StreamflowError("NoAnswer", "what the challenger says last is what this node's own run says");
    }
    await this.act(id, next);
  }
}

function isPlayed({ stage }: GameState): boolean {
  return stage === "challengersTurn" || stage === "defendersTurn";
}
