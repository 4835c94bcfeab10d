import type {
  Announced,
  ChallengeState,
  Court,
  GameState,
  MadeClaim,
  Moved,
  Sending,
} from "../../../../offchain/verification/agents/interface.ts";
import type { SignedOutput } from "../../../../offchain/verification/evidence/interface.ts";

/** A contract that says what the test has put here. */
export class Court__Fake implements Court {
  readonly account = "0x0000000000000000000000000000000000000001";
  readonly asked: [number, number][] = [];
  time = 10_000;
  number = 1_000;
  events: { claims: MadeClaim[]; moves: Moved[] } = { claims: [], moves: [] };
  evidence: SignedOutput | null = null;
  state: ChallengeState = { outcome: "open", games: 0 };

  head = async () => ({ number: this.number, hash: `0x${this.number}`, time: this.time });
  blockAt = async () => 500;
  windows = async () => ({ opening: 600, clock: 100 });
  bondFor = async () => 1n;
  challenge = async () => this.state;
  game = async (): Promise<GameState> => ({ stage: "none", listRoot: "0x", since: 0, left: 0 });
  kept = async () => 0n;
  moves = async () => [];
  act = async (): Promise<Sending> => ({ kind: "sent" });

  async announced(from: number, to: number): Promise<Announced> {
    this.asked.push([from, to]);
    return { ...this.events, claims: this.events.claims.map((made) => ({ ...made, shown: () => this.evidence })) };
  }
}
