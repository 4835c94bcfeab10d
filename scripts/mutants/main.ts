// Breaks the contracts in small ways and asks the tests to notice: docs/testing-the-tests.md.
import path from "node:path";
import { publish, run, say } from "./command.ts";
import { Compiler } from "./compiler.ts";
import { readExplanations, staleIn } from "./explained.ts";
import { parseOptions, USAGE } from "./options.ts";
import type { Options } from "./options.ts";
import { build } from "./project.ts";
import { complaintsOf, progressOf, reportOf } from "./report.ts";
import { Bench, generate, testAll } from "./run.ts";
import { orderFairly } from "./sample.ts";
import { temporaryDirectory, Workspace } from "./workspace.ts";

const PROJECT = process.cwd();
const SURVIVORS = path.join("test", "mutants", "survivors.json5");

async function main({ files, count, seed, jobs, only, report: file, list }: Options): Promise<string[]> {
  const started = performance.now();
  const explanations = readExplanations(path.join(PROJECT, SURVIVORS));
  const directory = temporaryDirectory();
  if (!list) say("building a copy of the project");
  const first = Workspace.of(PROJECT, path.join(directory, "1"));
  const compiler = new Compiler();
  const units = await build(first.directory, compiler);
  const generated = await generate(compiler, units, files);
  const wanted = generated.filter(({ id }) => only.length === 0 || only.some((text) => id.includes(text)));
  if (list) {
    say(wanted.map(({ id }) => id).join("\n"));
    await compiler.close();
    return [];
  }

  const workspaces = [first];
  while (workspaces.length < Math.min(jobs, wanted.length))
    workspaces.push(first.copyTo(path.join(directory, String(workspaces.length + 1))));
  const benches = workspaces.map((workspace, i) => new Bench(workspace, units, i === 0 ? compiler : undefined));
  try {
    const originals = await benches[0]!.originals(files);
    const baseline = await benches[0]!.baseline(originals);
    const all = only.length > 0 ? wanted.length : Math.min(count, wanted.length);
    say(`${wanted.length} candidates; the tests take ${baseline.toFixed(1)} s without any of them`);

    let done = 0;
    const { tested, discarded } = await testAll(
      benches,
      orderFairly(wanted, seed),
      all,
      (bench, mutant) => bench.test(mutant, originals, baseline, explanations[mutant.id] === undefined),
      (one) => say(progressOf(one, ++done, all)),
    );
    const texts = new Map(
      units.flatMap((unit) => unit.files.map(({ path: file, name }) => [file, unit.input.sources[name]!.content])),
    );
    const report = reportOf(
      {
        seed,
        candidates: wanted.length,
        discarded,
        seconds: (performance.now() - started) / 1000,
        stale: staleIn(explanations, generated),
      },
      tested,
      texts,
      explanations,
    );
    publish(report, file, "contract");
    return complaintsOf(report, only.length > 0);
  } finally {
    await Promise.all(benches.map((bench) => bench.close()));
  }
}

await run(async () => {
  const options = parseOptions(process.argv.slice(2), PROJECT);
  if (options !== undefined) return main(options);
  say(USAGE);
  return [];
});
