import type { RanOn } from "../ran-on.ts";
/** {s} By the clock, and {MB} for each agent: most that a dispute may take. */
export const GOAL = { seconds: 60, memoryMb: 1_024 } as const;

/** What one process has taken. */
export interface Taken {
  /** {s} */
  readonly cpuSeconds: number;
  /** {MB} Most that it has ever had in memory. */
  readonly memoryMb: number;
}

/** A dispute that two processes have played to its end. */
export interface Played {
  /** {s} From the start of both processes until the contract has decided and both have seen it. */
  readonly seconds: number;
  /** {1} Lists, from the challenger's first one on. */
  readonly lists: number;
  /** What has ended the game: a step that the contract has executed, or the clock of who has none to show. */
  readonly end: "proof" | "timeout";
  /** {1} Challenge, moves and end. */
  readonly transactions: number;
  readonly challenger: Taken;
  readonly defender: Taken;
}

export interface DisputeResult {
  /** {1} Of the shorter of both runs. */
  readonly steps: number;
  /** {bytes} */
  readonly sourceBytes: number;
  readonly outputBytes: number;
  /** {ms} How often an agent looks for a new block. */
  readonly pollMs: number;
  readonly goal: typeof GOAL;
  /** By who is right; the other one lies in the second half of the run. */
  readonly challenger: Played;
  readonly defender: Played;
  /** With what ran beside it: the load of the last minute {1}, and the time by the clock is the longer for what is above the cores. */
  readonly ranOn: RanOn & { readonly load: number };
}

export function isWithinGoal({ challenger, defender }: DisputeResult): boolean {
  return [challenger, defender].every(
    (played) =>
      played.seconds < GOAL.seconds &&
      played.challenger.memoryMb < GOAL.memoryMb &&
      played.defender.memoryMb < GOAL.memoryMb,
  );
}

export const TABLE_HEAD = ["who is right", "challenger", "defender"];

export function tableRows({ challenger, defender, steps }: DisputeResult): string[][] {
  const row = (title: string, of: (played: Played) => string | number): string[] => [
    title,
    String(of(challenger)),
    String(of(defender)),
  ];
  return [
    row(`seconds over ${steps.toLocaleString("en")} steps (goal ${GOAL.seconds})`, ({ seconds }) => seconds),
    row("lists", ({ lists }) => lists),
    row("ended by", ({ end }) => end),
    row("transactions", ({ transactions }) => transactions),
    row("challenger, CPU s", (played) => played.challenger.cpuSeconds),
    row("defender, CPU s", (played) => played.defender.cpuSeconds),
    row(`challenger, MB (goal ${GOAL.memoryMb})`, (played) => played.challenger.memoryMb),
    row(`defender, MB (goal ${GOAL.memoryMb})`, (played) => played.defender.memoryMb),
  ];
}
