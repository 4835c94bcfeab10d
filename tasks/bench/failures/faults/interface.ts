import type { Random } from "../../../../sim/engine/random.ts";
import type { DevnetOrchestrator } from "../../../devnet/network.ts";
import type { Line } from "../line.ts";

/** Whom a fault strikes, and with what. */
export interface Victim {
  readonly orchestrator: DevnetOrchestrator;
  /** Between the broadcaster and it. */
  readonly line: Line;
  /** Its store's file system, of which the size is limited; null where none could be made. */
  readonly disk: string | null;
  /** Breaks the ffmpeg of its transcoder in this way, or mends it (null). */
  readonly breakFfmpeg: (how: "fails" | "cuts" | "hangs" | null) => Promise<void>;
}

/** What is common to all. */
export interface Surroundings {
  /** Between all nodes and the chain. */
  readonly chainLine: Line;
  /** Whether the encoder repeats and swaps what it sends. */
  readonly setUnruly: (isUnruly: boolean) => void;
}

/** Ends a fault: what was broken works again when it resolves. */
export type End = () => Promise<void>;

/** One way to break something. */
export interface Fault {
  readonly kind: string;
  /** {s} How long it lasts: at least, at most. */
  readonly seconds: readonly [number, number];
  /** Whether it can be brought about here; without it, always. */
  readonly isPossible?: (victim: Victim) => boolean;
  readonly begin: (victim: Victim, surroundings: Surroundings, random: Random) => Promise<End>;
}
