import { keccak256 } from "ethers";
import type { Event } from "../events.ts";
import { Switch } from "../money.ts";
import type { Address } from "../money.ts";
import { need, Refusal } from "../refusal.ts";
import type { Slashed } from "../staking/slash.ts";
import { Admission, claimOf, Outcome } from "./challenge.ts";
import type { Challenge } from "./challenge.ts";
import { needClaim, wordsOf } from "./claim.ts";
import type { Claim } from "./claim.ts";
import type { Context } from "./context.ts";
import { clockOf, gameOf, needPlayed, Stage, timeLeft } from "./game.ts";
import type { Game, Side } from "./game.ts";
import { partOf, replaced } from "./lists.ts";
import type { Shown } from "./lists.ts";
import { bondOf, needParameters } from "./parameters.ts";
import type { DisputeParameters, Surroundings } from "./parameters.ts";
import { Payments } from "./payments.ts";
import type { Evidence } from "./receipt.ts";

/** Who calls, and the ETH that comes with it {wei}. */
export interface Sent {
  readonly caller: Address;
  readonly value: bigint;
}

/** An answer to a list: the part that is disputed, and what is said of it instead. */
export interface Answer extends Shown {
  readonly hashes: readonly string[];
}

/** The step that shows that a list is wrong. */
export interface Proof extends Shown {
  readonly state: string;
  readonly proof: string;
}

/**
 * Disputes about what orchestrators have signed: a challenge, a game for each defender, and who gets which bond. What gas a call takes is
 * measured in the contract, so the caller says what it `cost` there {gwei ETH}; everything else follows. Source: LIP-6.
 */
export class Disputes {
  /** All that it ever told. */
  readonly events: Event[] = [];
  readonly opening = new Switch();
  readonly admission: Admission;
  readonly payments: Payments;
  readonly challenges = new Map<string, Challenge>();
  parameters: DisputeParameters;
  readonly #context: Context;
  /** By challenge and defender. */
  readonly #games = new Map<string, Game>();

  constructor(context: Omit<Context, "emit">, parameters: DisputeParameters) {
    this.#context = { ...context, emit: (name, ...args) => void this.events.push({ name, args }) };
    this.admission = new Admission(this.#context);
    this.payments = new Payments(this.#context);
    this.parameters = parameters;
  }

  // --- The game ---

  /**
   * Opens a challenge.
   * @param data its calldata, which is told as it is
   * @returns its name
   */
  challenge(
    { caller, value, data }: Sent & { readonly data: string },
    evidence: Evidence,
    said: string,
    cost: bigint,
  ): string {
    this.opening.requireOn();
    const { emit, staking } = this.#context;
    const { round, id } = this.admission.judge(caller, evidence, this.parameters.openingWindow);
    need(!this.challenges.has(id), "DisputeGameExists", id);
    const { claim: terms, start } = claimOf(this.#context, { caller, evidence, said, round }, this.parameters);
    const { service, orchestrator, defenceBond } = terms;
    staking.openDispute(orchestrator, round, (open) => {
      const bond = bondOf(defenceBond, open);
      need(value === bond, "DisputeGameBondMismatch", value, bond);
    });

    this.#take(caller, value);
    const claim = { ...terms, bond: value };
    this.challenges.set(id, { claim, outcome: Outcome.Open, games: 0n, pot: 0n, costs: cost });
    emit("ChallengeOpened", id, orchestrator, caller, service, round, value);
    emit("ClaimMade", id, wordsOf(claim), start, data);
    return id;
  }

  /** Begins a game of the caller's own. */
  defend({ caller, value }: Sent, id: string, claim: Claim, answer: Answer, cost: bigint): void {
    const challenge = this.#open(id, claim);
    need(value === claim.defenceBond, "DisputeGameBondMismatch", value, claim.defenceBond);
    need(this.gameOf(id, caller) === undefined, "DisputeGameExists", id);
    const game = gameOf(claim, this.#context.rounds.now);
    game.listRoot = replaced(partOf(answer, claim.listRoot), answer.hashes);

    this.#take(caller, value);
    game.costs.defender = cost;
    challenge.games += 1n;
    this.#games.set(`${id}/${caller}`, game);
    this.#context.emit("Moved", id, caller, answer.pick, answer.hashes);
  }

  /** Goes on in a game, also after another one has ended the challenge. */
  move(
    caller: Address,
    id: string,
    { challenger, defender }: Record<Side, Address>,
    answer: Answer,
    cost: bigint,
  ): void {
    const isChallengers = this.challenges.get(id)?.claim.challenger === challenger;
    const { game, side } = needPlayed(isChallengers ? this.gameOf(id, defender) : undefined, id, defender);
    needParty(caller, { challenger, defender }[side]);
    need(game.level > 1n, "DisputeGameWrongLevel", game.level);
    const part = partOf(answer, game.listRoot);
    const left = timeLeft(game, side, this.#context.rounds.now);
    const listRoot = replaced(part, answer.hashes);

    game.clocks[side] = left;
    game.costs[side] += cost;
    Object.assign(game, {
      listRoot,
      level: game.level - 1n,
      since: this.#context.rounds.now,
      stage: side === "challenger" ? Stage.DefendersTurn : Stage.ChallengersTurn,
    });
    this.#context.emit("Moved", id, defender, answer.pick, answer.hashes);
  }

  /** Executes a step: who wrote the list has lost. */
  prove(caller: Address, id: string, defender: Address, claim: Claim, said: Proof, cost: bigint): void {
    const challenge = this.#open(id, claim);
    const { game, side } = needPlayed(this.gameOf(id, defender), id, defender);
    needParty(caller, { challenger: claim.challenger, defender }[side]);
    need(game.level === 1n, "DisputeGameWrongLevel", game.level);
    const { agreed, disputed } = partOf(said, game.listRoot);
    timeLeft(game, side, this.#context.rounds.now);
    const hash = keccak256(said.state);
    need(hash === agreed, "DisputeGameStateMismatch", hash, agreed);
    const next = this.#context.machine.step(claim.program, said.state, said.proof);
    need(next !== disputed, "DisputeGameNoDisagreement", disputed);

    this.#endGame(caller, { id, defender, challenge, game, winner: side }, cost);
  }

  /** Ends a game in which who is to move has no time left. */
  timeout(caller: Address, id: string, defender: Address, claim: Claim, cost: bigint): void {
    const challenge = this.#open(id, claim);
    const { game, side } = needPlayed(this.gameOf(id, defender), id, defender);
    const { passed, left } = clockOf(game, side, this.#context.rounds.now);
    need(passed > left, "DisputeGameClock", passed, left);

    const winner = side === "challenger" ? "defender" : "challenger";
    this.#endGame(caller, { id, defender, challenge, game, winner }, cost);
  }

  /** Ends a challenge that nobody has refuted. */
  settle(caller: Address, id: string, claim: Claim, cost: bigint): Slashed {
    const challenge = this.#open(id, claim);
    const { staking, rounds, tokens, treasury, emit } = this.#context;
    const { orchestrator, challenger, faultRound } = claim;
    const until = claim.openedAt + claim.clock;
    const over = rounds.now > until && challenge.games === 0n;
    need(over, "DisputeGameNotSettleable", until, challenge.games);

    const slashed = this.#slash(claim);
    tokens.create(challenger, slashed.bounty);
    tokens.create(treasury, slashed.loss - slashed.bounty);
    staking.closeDispute(orchestrator, faultRound);
    challenge.outcome = Outcome.Sustained;
    emit("ChallengeSettled", id, Outcome.Sustained, slashed.loss, slashed.bounty);
    const costs = challenge.costs + (caller === challenger ? cost : 0n);
    this.payments.payWinner(challenger, claim.bond, challenge.pot, costs);
    return slashed;
  }

  /** Gives the bond of a game back that another defender's victory has made void. */
  release(id: string, defender: Address, claim: Claim): void {
    const challenge = this.challenges.get(id);
    const outcome = this.outcomeOf(id);
    need(challenge !== undefined && outcome === Outcome.Refuted, "DisputeGameNotRefuted", id, outcome);
    needClaim(claim, challenge.claim);
    const { game } = needPlayed(this.gameOf(id, defender), id, defender);

    game.stage = Stage.Released;
    this.#context.emit("GameEnded", id, defender, Stage.Released);
    this.payments.send(defender, claim.defenceBond);
  }

  // --- Governance ---

  pause(caller: Address): void {
    this.opening.pause();
    this.#context.emit("Paused", caller);
  }

  unpause(caller: Address): void {
    this.opening.unpause();
    this.#context.emit("Unpaused", caller);
  }

  /** For challenges to come. */
  setParameters(next: DisputeParameters, around: Surroundings): void {
    needParameters(next, around);
    this.#context.emit("ParametersChanged", Object.values(this.parameters), Object.values(next));
    this.parameters = next;
  }

  // --- Views ---

  outcomeOf(id: string): bigint {
    return this.challenges.get(id)?.outcome ?? Outcome.None;
  }

  gameOf(id: string, defender: Address): Game | undefined {
    return this.#games.get(`${id}/${defender}`);
  }

  // --- Internals ---

  #open(id: string, claim: Claim): Challenge {
    const challenge = this.challenges.get(id);
    const outcome = this.outcomeOf(id);
    need(challenge !== undefined && outcome === Outcome.Open, "DisputeGameNotOpen", id, outcome);
    needClaim(claim, challenge.claim);
    return challenge;
  }

  #take(caller: Address, value: bigint): void {
    this.#context.ether.move(caller, this.#context.address, value);
  }

  /** Nothing for a round that was judged already. */
  #slash({ orchestrator, faultRound, slashFraction }: Claim): Slashed {
    try {
      return this.#context.staking.slash(orchestrator, faultRound, slashFraction);
    } catch (refusal) {
      if (refusal instanceof Refusal && refusal.name === "BondingManagerSlashed") return { loss: 0n, bounty: 0n };
      throw refusal;
    }
  }

  /** The call counts among the winner's costs if it is the winner's. */
  #endGame(
    caller: Address,
    over: { id: string; defender: Address; challenge: Challenge; game: Game; winner: Side },
    cost: bigint,
  ): void {
    const { id, defender, challenge, game, winner } = over;
    const { claim } = challenge;
    const { emit, staking } = this.#context;
    challenge.games -= 1n;
    if (winner === "challenger") {
      game.stage = Stage.Lost;
      challenge.pot += claim.defenceBond;
      challenge.costs += game.costs.challenger + (caller === claim.challenger ? cost : 0n);
      emit("GameEnded", id, defender, Stage.Lost);
      return;
    }
    game.stage = Stage.Won;
    challenge.outcome = Outcome.Refuted;
    emit("GameEnded", id, defender, Stage.Won);
    emit("ChallengeSettled", id, Outcome.Refuted, 0n, 0n);
    staking.closeDispute(claim.orchestrator, claim.faultRound);
    const costs = game.costs.defender + (caller === defender ? cost : 0n);
    this.payments.payWinner(defender, claim.defenceBond, claim.bond + challenge.pot, costs);
  }
}

function needParty(caller: Address, party: Address): void {
  need(caller === party, "DisputeGameNotParty", caller, party);
}
