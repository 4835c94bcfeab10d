import path from "node:path";
import type { Explanations } from "../mutants/explained.ts";
import type { Condition } from "./conditions.ts";

/** {1} Part of a folder's outcomes that tests have to meet, whatever is explained. */
export const LEAST = 0.98;

/** One way in which a condition can come out. */
interface Outcome {
  /** Stays the same when other code changes. */
  readonly id: string;
  readonly line: number;
  readonly isReached: boolean;
}

/** What the tests met of one file's conditions. */
export interface Outcomes {
  readonly file: string;
  readonly all: readonly Outcome[];
}

/** @param reached Lines of the rewritten file that were run. */
export function outcomesOf(file: string, conditions: readonly Condition[], reached: ReadonlySet<number>): Outcomes {
  const all = conditions.flatMap(({ line, where, text, met, unmet }) => [
    { id: `${where}: never met: ${text}`, line, isReached: reached.has(met) },
    { id: `${where}: always met: ${text}`, line, isReached: reached.has(unmet) },
  ]);
  return { file, all };
}

/** What there is to tell of the files, and of it, what is wrong. */
export function judge(
  files: readonly Outcomes[],
  explanations: Explanations,
): { readonly lines: string[]; readonly complaints: string[] } {
  const [lines, complaints]: [string[], string[]] = [[], []];
  const missing = new Set<string>();
  for (const { file, all } of files) {
    if (all.length === 0) continue;
    const unreached = all.filter(({ isReached }) => !isReached);
    lines.push(`${file}: ${all.length - unreached.length} of ${all.length} outcomes`);
    for (const { id, line } of unreached) {
      missing.add(id);
      const explanation = explanations[id];
      if (explanation === undefined) complaints.push(`${file}:${line} ${id}`);
      else lines.push(`  ${file}:${line} ${id}`, `    ${explanation}`);
    }
  }
  for (const [folder, of] of Map.groupBy(files, ({ file }) => path.dirname(file))) {
    const all = of.flatMap((outcomes) => outcomes.all);
    const reached = all.filter(({ isReached }) => isReached).length;
    if (all.length > 0) lines.push(`${folder}: ${((100 * reached) / all.length).toFixed(1)} %`);
    if (reached < LEAST * all.length)
      complaints.push(`${folder}: ${reached} of ${all.length} are less than ${100 * LEAST} %`);
  }
  for (const id of Object.keys(explanations)) if (!missing.has(id)) complaints.push(`explained in vain: ${id}`);
  return { lines, complaints };
}
