import { readdir, readFile } from "node:fs/promises";

/** What a process takes at one moment. */
export interface Vitals {
  /** {bytes} */
  readonly memory: number;
  readonly handles: number;
}

/** From the kernel's own account (Linux). @throws when there is no such process */
export async function vitalsOf(pid: number): Promise<Vitals> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kibibytes === undefined) throw new Error(`process ${pid} has no memory`);
  return { memory: Number(kibibytes) * 1_024, handles: (await readdir(`/proc/${pid}/fd`)).length };
}

/** How a figure went over a run. */
export interface Course {
  /** Median of the second fifth of the run. */
  readonly early: number;
  /** Median of the last fifth. */
  readonly late: number;
  readonly most: number;
  readonly isFlat: boolean;
}

/** {1} Growth that is none. */
const GROWTH = 1.15;

/** @param slack by how much the figure may grow in any case */
export function courseOf(values: readonly number[], slack: number): Course {
  const fifth = Math.max(1, Math.floor(values.length / 5));
  const early = median(values.slice(fifth, 2 * fifth));
  const late = median(values.slice(-fifth));
  return { early, late, most: Math.max(...values), isFlat: late <= Math.max(early * GROWTH, early + slack) };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
