import { readdir, readFile } from "node:fs/promises";

/** What a process takes at one moment. */
export interface Vitals {
  /** {bytes} Objects and buffers that are alive, or dead and not collected yet. */
  readonly objects: number;
  /** {bytes} Resident memory: with all that the allocators keep for what comes. */
  readonly resident: number;
  readonly handles: number;
}

/**
 * From the kernel's own account (Linux) and from what the process tells Prometheus.
 * @param monitor where it serves `/metrics`
 * @throws when there is no such process, or it tells nothing
 */
export async function vitalsOf(pid: number, monitor: string): Promise<Vitals> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kibibytes === undefined) throw new Error(`process ${pid} has no memory`);
  const metrics = await (await fetch(`${monitor}/metrics`)).text();
  const gauge = (name: string) => {
    const value = new RegExp(`^${name}{[^}]*} (\\S+)$`, "m").exec(metrics)?.[1];
    if (value === undefined) throw new Error(`process ${pid} does not tell its ${name}`);
    return Number(value);
  };
  return {
    objects: gauge("nodejs_heap_size_used_bytes") + gauge("nodejs_external_memory_bytes"),
    resident: Number(kibibytes) * 1_024,
    handles: (await readdir(`/proc/${pid}/fd`)).length,
  };
}

/** How a figure went over a run. */
export interface Course {
  /** Of the second fifth of the run. */
  readonly early: number;
  /** Of the last fifth. */
  readonly late: number;
  readonly most: number;
  readonly isFlat: boolean;
}

/** {1} Growth that is none. */
const GROWTH = 1.15;

/**
 * @param slack by how much the figure may grow in any case
 * @param of    what a fifth is told by: the least of a heap is what is left when all that is dead was just collected
 */
export function courseOf(values: readonly number[], slack: number, of: "median" | "least" = "median"): Course {
  const fifth = Math.max(1, Math.floor(values.length / 5));
  const told = of === "median" ? median : (some: readonly number[]) => Math.min(...some);
  const early = told(values.slice(fifth, 2 * fifth));
  const late = told(values.slice(-fifth));
  return { early, late, most: Math.max(...values), isFlat: late <= Math.max(early * GROWTH, early + slack) };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
