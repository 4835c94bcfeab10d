import { id as hash } from "ethers";
import type { List, Run } from "../../../offchain/verification/game/interface.ts";
import { Outcome } from "../../../sim/model/disputes/challenge.ts";
import type { Challenge } from "../../../sim/model/disputes/challenge.ts";
import type { Disputes } from "../../../sim/model/disputes/disputes.ts";
import type { Game, Side } from "../../../sim/model/disputes/game.ts";
import type { Evidence } from "../../../sim/model/disputes/receipt.ts";
import type { Slashed } from "../../../sim/model/staking/slash.ts";
import type { Trial } from "./cases.ts";
import { ANY } from "./steps.ts";
import type { Talk } from "./steps.ts";

/** A challenge that was opened, with what its players know of it. */
export interface Opened {
  readonly id: string;
  readonly evidence: Evidence;
  readonly said: string;
  readonly trial: Trial;
  readonly list: List;
  /** Whether all that it says is so. */
  readonly honest: boolean;
  readonly challenge: Challenge;
  /** What it has taken, if it was sustained. */
  slashed?: Slashed;
}

/** A game that was begun. */
export interface Play {
  readonly opened: Opened;
  readonly defender: string;
  readonly game: Game;
  /** The last list, and the ones before it. */
  list: List;
  readonly old: List[];
  /** Which side has said nothing so far but what is so, about the first thing that was not. */
  readonly honest: Record<Side, boolean>;
}

/** What there is to act on, and which of it a selector means: mostly something for which an action makes sense. */
export class Book {
  readonly opened: Opened[] = [];
  readonly plays: Play[] = [];
  readonly #model: Disputes;

  constructor(model: Disputes) {
    this.#model = model;
  }

  challenge(n: number, wanted: (opened: Opened) => boolean): Opened | undefined {
    return pick(this.opened, n, wanted);
  }

  play(n: number, wanted: (play: Play) => boolean): Play | undefined {
    return pick(this.plays, n, wanted);
  }

  begin(opened: Opened, defender: string, list: List, honest: boolean): void {
    const game = this.#model.gameOf(opened.id, defender)!;
    const sides = { challenger: opened.honest, defender: honest };
    this.plays.push({ opened, defender, game, list, old: [opened.list], honest: sides });
  }
}

export const isOpen = ({ challenge }: Opened): boolean => challenge.outcome === Outcome.Open;

function pick<T>(all: readonly T[], n: number, wanted: (one: T) => boolean): T | undefined {
  const some = n < ANY ? all.filter(wanted) : all;
  return some[n % some.length];
}

/** What a side says of a run: what is so, a lie from a step on, or whatever comes to its mind. */
export function runOf(talk: Talk, { truth, steps }: Trial, n: number): Run {
  if (talk === "truth") return truth;
  const from = talk === "noise" ? 1n : 1n + (BigInt(n % 1_000) * steps) / 1_000n;
  return {
    hashesAt: async (at) => {
      const hashes = await truth.hashesAt(at);
      return at.map((step, i) => (step < from ? hashes[i]! : noise(n, step)));
    },
    witnessAt: (step) => truth.witnessAt(step),
  };
}

/** A hash of no state. */
export const noise = (n: number, step: bigint | number): string => hash(`${n} says of ${step}`);
