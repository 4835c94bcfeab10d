// Breaks the payment library in small ways and asks its unit tests to notice: docs/testing-the-tests.md.
import path from "node:path";
import { Stryker } from "@stryker-mutator/core";
import { publish, run, say } from "../command.ts";
import { readExplanations, staleIn } from "../explained.ts";
import { complaintsOf, reportOf } from "../report.ts";
import { temporaryDirectory } from "../workspace.ts";
import { parseOptions, USAGE } from "./options.ts";
import type { Options } from "./options.ts";
import { resultsOf } from "./results.ts";
import { SETTINGS } from "./settings.ts";

const PROJECT = process.cwd();
const SURVIVORS = path.join("test", "mutants", "library-survivors.json5");

async function main({ files, isWhole, hasLines, jobs, report: file }: Options): Promise<string[]> {
  const started = performance.now();
  const explanations = readExplanations(path.join(PROJECT, SURVIVORS));
  const stryker = new Stryker({
    ...SETTINGS,
    mutate: [...files],
    concurrency: jobs,
    tempDirName: temporaryDirectory(),
  });
  const mutants = await stryker.runMutationTest();

  const { texts, candidates, discarded, tested } = resultsOf(mutants, PROJECT);
  const report = reportOf(
    {
      candidates: candidates.length,
      discarded,
      seconds: (performance.now() - started) / 1000,
      stale: hasLines ? [] : staleIn(explanations, candidates),
    },
    tested,
    texts,
    explanations,
  );
  publish(report, file, "file");
  return complaintsOf(report, !isWhole);
}

await run(async () => {
  const options = parseOptions(process.argv.slice(2));
  if (options !== undefined) return main(options);
  say(USAGE);
  return [];
});
