import { availableParallelism } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { numberOf } from "../options.ts";
import { LIBRARY } from "./settings.ts";

export const USAGE = `npm run test:mutants:library -- [options]

  --files PATTERN    files that are broken, or FILE:FROM-TO for some lines of one; may be given several times (default: ${LIBRARY})
  --jobs N           mutants that are tested at the same time (default: one for each core)
  --report FILE      where the report goes as JSON (default: out/mutants/library.json)
  --help
`;

export interface Options {
  /** As Stryker reads them. */
  readonly files: readonly string[];
  /** {1} Whether it is the whole library; of a part of it no rate means anything. */
  readonly isWhole: boolean;
  /** Whether of some file only lines are broken. */
  readonly hasLines: boolean;
  readonly jobs: number;
  readonly report: string;
}

/** @returns undefined when only help is wanted. */
export function parseOptions(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      files: { type: "string", multiple: true },
      jobs: { type: "string", default: String(availableParallelism()) },
      report: { type: "string", default: path.join("out", "mutants", "library.json") },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const files = values.files ?? [LIBRARY];
  return {
    files,
    isWhole: values.files === undefined,
    hasLines: files.some((file) => /:\d/.test(file)),
    jobs: numberOf("jobs", values.jobs, 1),
    report: values.report,
  };
}
