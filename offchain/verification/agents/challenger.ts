import { concat, getBytes } from "ethers";
import { StreamflowError } from "../../errors.ts";
import { encodeState, type MachineState, Status, Verdict } from "../../vm/state.ts";
import { bytesOfEvidence, disputeId } from "../evidence/evidence.ts";
import type { Accuser, Evidence, EvidenceBytes, SignedOutput } from "../evidence/interface.ts";
import type { SegmentStore } from "../evidence/segment-store.ts";
import type { Run } from "../game/interface.ts";
import { depthOf, firstList } from "../game/player.ts";
import type { VerificationDomain } from "../interface.ts";
import { receiptDigest } from "../messages.ts";
import { Agent, type AgentModules, type BondLimit } from "./agent.ts";
import type { CourtHead, MadeClaim, StoredDispute } from "./interface.ts";
import { answerIn } from "./turn.ts";

export interface ChallengerOptions extends BondLimit {
  readonly domain: VerificationDomain;
}

export interface ChallengerModules extends AgentModules {
  readonly segments: SegmentStore;
}

/** What may be otherwise in the next block, so that a challenge is tried again until its window is over. */
const PASSING = new Set(["DisputeGameBondMismatch", "EnforcedPause"]);

/** The broadcaster's side: opens challenges, plays them against everybody who defends, and settles them. */
export class Challenger extends Agent implements Accuser {
  readonly #domain: VerificationDomain;
  readonly #segments: SegmentStore;

  constructor(options: ChallengerOptions, modules: ChallengerModules) {
    super(options, modules);
    this.#domain = options.domain;
    this.#segments = modules.segments;
  }

  async accuse(evidence: Evidence, bytes: EvidenceBytes): Promise<void> {
    // The bytes first: what is planned may be opened at once.
    await this.#segments.add(evidence, bytesOfEvidence(evidence, bytes));
    const digest = receiptDigest(evidence.receipt.receipt, this.#domain);
    this.modules.rows.plan(disputeId(evidence, this.#domain), { digest, evidence });
  }

  protected override async attend(dispute: StoredDispute, head: CourtHead): Promise<void> {
    const { court, log } = this.modules;
    const { id, evidence, made } = dispute;
    const { outcome, games } = await court.challenge(id);
    if (evidence === null) return this.finish(id, "not ours");
    if (outcome === "none") return this.#open(id, evidence, head);
    // Announced in a block that was not read yet.
    if (made === null) return;
    if (made.claim.challenger !== court.account) return this.finish(id, "somebody else's");
    if (outcome === "sustained") {
      log.info({ dispute: id, orchestrator: made.claim.orchestrator }, "challenge won: the orchestrator was at fault");
      return this.finish(id, outcome);
    }
    if (outcome === "refuted") {
      log.error({ dispute: id, bond: made.claim.bond.toString() }, "challenge lost: it was refuted");
      return this.finish(id, outcome);
    }
    for (const defender of dispute.defenders) await this.#play(made, evidence, defender, head);
    if (games === 0 && head.time > Number(made.claim.openedAt + made.claim.clock))
      await this.act(id, { kind: "settle", made });
  }

  async #open(id: string, evidence: SignedOutput, head: CourtHead): Promise<void> {
    const { court, runs, log } = this.modules;
    const { timestamp, stepBound, orchestrator } = evidence.receipt.receipt;
    const { opening } = await court.windows();
    if (head.time > timestamp + opening) {
      log.error({ dispute: id, timestamp }, "not challenged: its time is over");
      return this.finish(id, "too late");
    }
    const bond = await court.bondFor(orchestrator);
    this.requireAffordable(bond);
    const run = await runs.of(id, evidence);
    const { state } = await run.witnessAt(stepBound);
    if (!isFault(state)) {
      log.error({ dispute: id, verdict: state.verdict, status: state.status }, "not challenged: it is no fault");
      return this.finish(id, "no fault");
    }
    const said = await saidBy(run, state);
    const sending = await court.act({ kind: "challenge", evidence, said, bond });
    if (sending.kind === "sent") {
      log.warn({ dispute: id, orchestrator, bond: bond.toString() }, "challenge sent");
    } else if (PASSING.has(sending.error)) {
      log.info({ dispute: id, error: sending.error }, "challenge not taken yet");
    } else if ((await court.challenge(id)).outcome === "none") {
      const refused = new StreamflowError("ChallengeRefused", `the contract does not take it: ${sending.error}`, {
        error: sending.error,
      });
      this.complain(id, refused);
      await this.finish(id, sending.error);
    }
  }

  async #play(made: MadeClaim, evidence: SignedOutput, defender: string, head: CourtHead): Promise<void> {
    const { court, runs } = this.modules;
    const { id } = made;
    const game = await court.game(made, defender);
    const isOver = head.time > game.since + game.left;
    if (game.stage === "defendersTurn" && isOver) await this.act(id, { kind: "timeout", made, defender });
    if (game.stage !== "challengersTurn" || isOver) return;
    const next = await answerIn(court, await runs.of(id, evidence), made, defender, game);
    if (next === "wait") return;
    if (next === "noAnswer") {
      throw new StreamflowError("NoAnswer", `what ${defender} says last is what this node's own run says`);
    }
    await this.act(id, next);
  }
}

/** What a program says when it has ended; a run that is not over at its bound says nothing. */
function isFault({ status, verdict }: MachineState): boolean {
  return (status === Status.halted || status === Status.trapped) && verdict === Verdict.fault;
}

/** What the contract is told: the final state, and the hashes between the first and the last of the list. */
async function saidBy(run: Run, final: MachineState): Promise<Uint8Array> {
  const { hashes } = await firstList(run, depthOf(final.step));
  return getBytes(concat([encodeState(final), ...hashes.slice(1, -1)]));
}
