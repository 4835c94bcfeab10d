import path from "node:path";
import { Compiler, DoesNotCompile } from "./compiler.ts";
import type { Compiled, CompiledFile, Unit } from "./compiler.ts";
import { mutantsOf } from "./mutants.ts";
import type { Mutant } from "./mutants.ts";
import { declaredIn } from "./places.ts";
import type { Tested } from "./report.ts";
import { runTests, testsOf } from "./tests.ts";
import type { Run } from "./tests.ts";
import type { Workspace } from "./workspace.ts";

/** Part of their usual sequences that property tests run on every mutant. */
const GLANCE = 0.1;

/** {s} */
const BASELINE_LIMIT = 900;

/** All mutants of the files, in the order of the files and their sources. */
export async function generate(
  compiler: Compiler,
  units: readonly Unit[],
  files: readonly string[],
): Promise<Mutant[]> {
  const mutants: Mutant[] = [];
  for (const unit of units) {
    const trees = await compiler.parse(unit);
    const declared = declaredIn(trees.values());
    for (const { path: file, name } of unit.files) {
      if (!files.includes(file)) continue;
      mutants.push(...mutantsOf(file, unit.input.sources[name]!.content, trees.get(name)!, declared));
    }
  }
  return mutants;
}

/** What the files become without a mistake. */
export type Originals = ReadonlyMap<Unit, readonly Compiled[]>;

/** A workspace with a compiler: tests one mutant after the other. */
export class Bench {
  readonly #workspace: Workspace;
  readonly #units: readonly Unit[];
  readonly #compiler: Compiler;

  constructor(workspace: Workspace, units: readonly Unit[], compiler = new Compiler()) {
    this.#workspace = workspace;
    this.#units = units;
    this.#compiler = compiler;
  }

  /** Compiles everything that any of the files is part of. */
  async originals(files: readonly string[]): Promise<Originals> {
    const originals = new Map<Unit, readonly Compiled[]>();
    for (const unit of this.#units) {
      const concerned = new Set(files.flatMap((file) => filesWith(unit, file)));
      if (concerned.size > 0) originals.set(unit, await this.#compiler.compile(unit, [...concerned]));
    }
    return originals;
  }

  /**
   * The tests on the originals, compiled as mutants are.
   * @returns {s} how long they take; @throws when they fail, because then they would kill everything.
   */
  async baseline(originals: Originals): Promise<number> {
    for (const compiled of originals.values()) this.#place(compiled);
    const { unit, properties } = testsOf(this.#workspace.directory, []);
    const run = await this.#run([...unit, ...properties], BASELINE_LIMIT, GLANCE);
    this.#workspace.restore();
    if (run.result !== "passed") throw new Error(`the tests fail without any mutant: ${run.by}: ${run.message}`);
    return run.seconds;
  }

  /** @returns undefined when it is no mutant: it does not compile, or it becomes the same code. */
  async test(mutant: Mutant, originals: Originals, baseline: number, thorough: boolean): Promise<Tested | undefined> {
    const started = performance.now();
    const changed = await this.#change(mutant, originals);
    if (changed.size === 0) return undefined;

    const { unit, properties } = testsOf(this.#workspace.directory, [mutant.contract, ...changed]);
    // Generous, because the machine has other things to do: only what hangs should reach it.
    const limit = 30 + 5 * baseline;
    let run = await this.#run([...unit, ...properties], limit, GLANCE);
    // Nobody should read about a survivor that `npx hardhat test` kills.
    if (run.result === "passed" && thorough && properties.length > 0)
      run = await this.#run(properties, limit / GLANCE, 1);
    this.#workspace.restore();
    return {
      mutant,
      result: run.result === "passed" ? "survived" : run.result === "failed" ? "killed" : "timed out",
      ...(run.by === undefined ? {} : { by: run.by }),
      seconds: (performance.now() - started) / 1000,
    };
  }

  /** Puts the mutant's code in place. @returns the contracts that it changes. */
  async #change({ file, text }: Mutant, originals: Originals): Promise<Set<string>> {
    const changed = new Set<string>();
    try {
      for (const [unit, before] of originals) {
        const [own] = unit.files.filter(({ path: other }) => other === file);
        if (own === undefined) continue;
        const after = await this.#compiler.compile(unit, filesWith(unit, file), { name: own.name, text });
        const different = after.filter((one) => !before.some((other) => isSame(one, other)));
        different.forEach(({ contract }) => changed.add(contract));
        this.#place(different);
      }
    } catch (error) {
      if (!(error instanceof DoesNotCompile)) throw error;
    }
    return changed;
  }

  #place(compiled: readonly Compiled[]): void {
    for (const { path: file, contract, code } of compiled) this.#workspace.replace(file, contract, code);
  }

  #run(files: readonly string[], limit: number, times: number): Promise<Run> {
    const { directory } = this.#workspace;
    const paths = files.map((file) => path.join(directory, file));
    return runTests(directory, paths, limit, times);
  }

  close(): Promise<void> {
    return this.#compiler.close();
  }
}

/** The files of a unit that a file is part of. */
function filesWith(unit: Unit, file: string): CompiledFile[] {
  const name = unit.files.find(({ path: other }) => other === file)?.name;
  return name === undefined ? [] : unit.files.filter(({ parts }) => parts.has(name));
}

/** The creation code holds the runtime code, so constructors count as well. */
const isSame = (a: Compiled, b: Compiled): boolean =>
  a.path === b.path && a.contract === b.contract && a.code.bytecode.object === b.code.bytecode.object;

/** Tests the first `count` true mutants of the candidates: which ones does not depend on how many benches there are. */
export async function testAll(
  benches: readonly Bench[],
  candidates: readonly Mutant[],
  count: number,
  test: (bench: Bench, mutant: Mutant) => Promise<Tested | undefined>,
  done: (tested: Tested) => void,
): Promise<{ tested: Tested[]; discarded: number }> {
  const results = new Map<number, Tested>();
  let next = 0;
  let discarded = 0;
  const work = async (bench: Bench): Promise<void> => {
    while (next < candidates.length && next - discarded < count) {
      const i = next++;
      const tested = await test(bench, candidates[i]!);
      if (tested === undefined) {
        discarded += 1;
        continue;
      }
      results.set(i, tested);
      done(tested);
    }
  };
  await Promise.all(benches.map(work));
  return { tested: [...results].sort(([a], [b]) => a - b).map(([, tested]) => tested), discarded };
}
