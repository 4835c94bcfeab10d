import type { SignedOutput } from "../evidence/interface.ts";
import type { Picked } from "../game/interface.ts";

/** What a challenge fixes, and every action on it hands in again: `IDisputeGame.Claim`. */
export interface Claim {
  readonly service: string;
  readonly program: string;
  readonly listRoot: string;
  readonly orchestrator: string;
  readonly challenger: string;
  readonly faultRound: bigint;
  /** {s, Unix} */
  readonly openedAt: bigint;
  /** {s} Of each side of a game. */
  readonly clock: bigint;
  /** {1} */
  readonly depth: bigint;
  /** {gwei/gas} */
  readonly gasPriceCap: bigint;
  /** {1e18 = 1} */
  readonly slashFraction: bigint;
  /** {wei} The challenger's. */
  readonly bond: bigint;
  /** {wei} Of each defender. */
  readonly defenceBond: bigint;
}

/** A claim as it was announced. */
export interface MadeClaim {
  readonly id: string;
  readonly claim: Claim;
  /** The challenger's, of the whole run. */
  readonly list: readonly string[];
  readonly block: number;
}

/** The same with what the challenger has shown. */
export interface AnnouncedClaim extends MadeClaim {
  /** Read when it is asked for: most claims are somebody else's. Null when it has numbers that no node signs. */
  readonly shown: () => SignedOutput | null;
}

/** A move as it was announced: `pick` is where its author disagrees with the list before, `hashes` what it says instead. */
export interface Moved {
  readonly id: string;
  readonly defender: string;
  readonly pick: number;
  readonly hashes: readonly string[];
}

/** As the contract numbers them. */
export const OUTCOMES = ["none", "open", "sustained", "refuted"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** As the contract numbers them. */
export const STAGES = ["none", "challengersTurn", "defendersTurn", "lost", "won", "released"] as const;
export type Stage = (typeof STAGES)[number];

export interface ChallengeState {
  readonly outcome: Outcome;
  /** {1} Games that are being played. */
  readonly games: number;
}

export interface GameState {
  readonly stage: Stage;
  readonly listRoot: string;
  /** {s, Unix} When the last move was made. */
  readonly since: number;
  /** {s} What the side that is to move has left since then. */
  readonly left: number;
}

export interface CourtHead {
  readonly number: number;
  readonly hash: string;
  /** {s, Unix} */
  readonly time: number;
}

/** What was announced in some blocks, in its order. */
export interface Announced {
  readonly claims: readonly AnnouncedClaim[];
  readonly moves: readonly Moved[];
}

/** Where a move goes: the game of `defender`, and where the other side's list is wrong. */
export interface Turn extends Picked {
  readonly made: MadeClaim;
  readonly defender: string;
}

/** What an account does in a dispute. */
export type Action =
  | { readonly kind: "challenge"; readonly evidence: SignedOutput; readonly said: Uint8Array; readonly bond: bigint }
  | ({ readonly kind: "defend"; readonly made: MadeClaim; readonly hashes: readonly string[] } & Picked)
  | ({ readonly kind: "move"; readonly hashes: readonly string[] } & Turn)
  | ({ readonly kind: "prove"; readonly state: Uint8Array; readonly proof: Uint8Array } & Turn)
  | { readonly kind: "timeout" | "release"; readonly made: MadeClaim; readonly defender: string }
  | { readonly kind: "settle"; readonly made: MadeClaim }
  | { readonly kind: "withdraw" };

/**
 * What became of an action: `sent`, but perhaps in no block yet, or `refused` by the contract as things stand, with the name of its error. An action that
 * was sent is not sent twice: doing it again looks after its transaction.
 */
export type Sending = { readonly kind: "sent" } | { readonly kind: "refused"; readonly error: string };

/** The contract that judges, as one account sees it. */
export interface Court {
  readonly account: string;
  head(): Promise<CourtHead>;
  /** Number of the first block that is not older. @param time {s, Unix} */
  blockAt(time: number): Promise<number>;
  /** {s} How long after its time a receipt can be challenged; of each side of a game. For challenges to come. */
  windows(): Promise<{ opening: number; clock: number }>;
  /** {wei} What a challenge of the orchestrator needs now. */
  bondFor(orchestrator: string): Promise<bigint>;
  challenge(id: string): Promise<ChallengeState>;
  game(made: MadeClaim, defender: string): Promise<GameState>;
  /** {wei} What `withdraw` would pay. */
  kept(): Promise<bigint>;
  /** Of these blocks, both included. */
  announced(from: number, to: number): Promise<Announced>;
  /** All moves of a game. */
  moves(made: MadeClaim, defender: string): Promise<readonly Moved[]>;
  /** Errors: those of the network; a refusal by the contract is an answer. */
  act(action: Action): Promise<Sending>;
}

export type Role = "challenger" | "defender";

/** A dispute of this node that is not over. */
export interface StoredDispute {
  readonly id: string;
  readonly role: Role;
  /** Null when nobody has shown it to this node. */
  readonly evidence: SignedOutput | null;
  /** Null before the claim is on chain. */
  readonly made: MadeClaim | null;
  /** Who plays for the orchestrator. */
  readonly defenders: readonly string[];
}

/** What a dispute is about. */
export interface About {
  /** Of the receipt. */
  readonly digest: string;
  readonly evidence: SignedOutput;
}

/** What the store remembers of disputes. All but what is to be challenged could be read from the chain again. */
export interface DisputeRows {
  /** Adds a dispute that is to be opened; one that is known stays as it is. */
  plan(id: string, about: About): void;
  /** Adds a dispute with its claim, or the claim to one that is known: the last claim counts, and the first evidence. */
  made(made: MadeClaim, role: Role, about: About | null): void;
  /** Of a dispute that is known; of others it does nothing. */
  joined(id: string, defender: string): void;
  /** Also when it is over. */
  get(id: string): StoredDispute | null;
  open(): StoredDispute[];
  /** @param outcome for whoever looks into the store */
  close(id: string, outcome: string): void;
  /** First block that was not read; null when none was. */
  cursor(): number | null;
  setCursor(block: number): void;
}
