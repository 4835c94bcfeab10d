import { readdirSync, readFileSync } from "node:fs";

// CPU times as Linux counts them: proc(5).

/** {1/s} Of `/proc/<pid>/stat`: the same on all of today's machines. */
const TICKS_PER_SECOND = 100;
/** Behind the name, which may hold anything, beginning with the third field: utime and stime, then those of children that have ended. */
const OWN = [11, 12] as const;
const CHILDREN = [13, 14] as const;

function secondsOf(pid: number | "self", fields: readonly number[]): number {
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  const values = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields.reduce((sum, field) => sum + Number(values[field]), 0) / TICKS_PER_SECOND;
}

/** {s} Of this process's children that have ended, and of theirs. */
export const endedChildrenSeconds = (): number => secondsOf("self", CHILDREN);

/** {s} Of a process that runs, and of its children that have ended. */
export const treeSeconds = (pid: number): number => secondsOf(pid, [...OWN, ...CHILDREN]);

/** {ms} Of all threads of a process that runs, but of none that have ended. Exact to what a thread has done since it was last interrupted. */
export function threadsMs(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`))
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "latin1").split(" ")[0]);
  return nanoseconds / 1e6;
}
