import { globSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

export const USAGE = `npm run test:mutants -- [options]

  --contracts PATH   file or folder whose contracts are mutated; may be given several times (default: contracts/)
  --count N          mutants to test (default: 150)
  --seed N           decides which mutants are tested (default: 1)
  --jobs N           mutants that are tested at the same time (default: one for each core)
  --only TEXT        only mutants whose identifier contains TEXT, all of them; may be given several times
  --report FILE      where the report goes as JSON (default: out/mutants/report.json)
  --list             only prints the identifiers of all mutants, in the order of their files
  --help

PROPERTY_SEED replaces the seed of the property tests.
`;

export interface Options {
  /** Below the root of the project, with slashes. */
  readonly files: readonly string[];
  readonly count: number;
  readonly seed: number;
  readonly jobs: number;
  readonly only: readonly string[];
  readonly report: string;
  readonly list: boolean;
}

/** @returns undefined when only help is wanted. */
export function parseOptions(args: string[], project: string): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      contracts: { type: "string", multiple: true },
      count: { type: "string", default: "150" },
      seed: { type: "string", default: "1" },
      jobs: { type: "string", default: String(availableParallelism()) },
      only: { type: "string", multiple: true, default: [] },
      report: { type: "string", default: path.join("out", "mutants", "report.json") },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  return {
    files: filesOf(project, values.contracts),
    count: numberOf("count", values.count, 1),
    seed: numberOf("seed", values.seed, 0),
    jobs: numberOf("jobs", values.jobs, 1),
    only: values.only,
    report: values.report,
    list: values.list,
  };
}

/** The value of an option that is a number of at least so much. */
export function numberOf(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least) throw new Error(`--${name} is a number from ${least}: ${text}`);
  return value;
}

/** The files below the paths; without any, the protocol's own, without mocks and specifications. */
function filesOf(project: string, paths: readonly string[] | undefined): string[] {
  const found = new Set<string>();
  for (const given of paths ?? ["contracts"]) {
    const absolute = path.resolve(project, given);
    const isFolder = statSync(absolute, { throwIfNoEntry: false })?.isDirectory();
    if (isFolder === undefined) throw new Error(`--contracts ${given}: there is no such file or folder`);
    const files = isFolder
      ? globSync("**/*.sol", { cwd: absolute }).map((file) => path.join(absolute, file))
      : [absolute];
    for (const file of files) {
      const relative = path.relative(project, file).replaceAll(path.sep, "/");
      if (paths === undefined && /^contracts\/(test|interfaces)\//.test(relative)) continue;
      found.add(relative);
    }
  }
  return [...found].sort();
}
