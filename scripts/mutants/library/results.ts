import { readFileSync } from "node:fs";
import path from "node:path";
import type { MutantResult } from "@stryker-mutator/api/core";
import type { Subject, Tested } from "../report.ts";
import { SourceFile } from "./source-file.ts";

export interface Results {
  /** Of the files with mutants, by their paths below the root of the project. */
  readonly texts: ReadonlyMap<string, string>;
  /** Mutants that were made, whether they compile or not. */
  readonly candidates: readonly Subject[];
  /** How many of them do not compile. */
  readonly discarded: number;
  readonly tested: readonly Tested[];
}

const RESULTS: Partial<Record<MutantResult["status"], Tested["result"] | "discarded">> = {
  Killed: "killed",
  // Files that do not even load fail all tests.
  RuntimeError: "killed",
  Timeout: "timed out",
  Survived: "survived",
  // No test comes past it.
  NoCoverage: "survived",
  CompileError: "discarded",
};

/** What Stryker found, as the report wants it. */
export function resultsOf(mutants: readonly MutantResult[], project: string): Results {
  const texts = new Map<string, string>();
  const sources = new Map<string, SourceFile>();
  const sourceOf = (absolute: string): SourceFile => {
    const file = path.relative(project, absolute).replaceAll(path.sep, "/");
    let source = sources.get(file);
    if (source === undefined) {
      const text = readFileSync(absolute, "utf8");
      texts.set(file, text);
      sources.set(file, (source = new SourceFile(file, text)));
    }
    return source;
  };

  const candidates: Subject[] = [];
  const tested: Tested[] = [];
  for (const { fileName, location, mutatorName, replacement, status, statusReason, killedBy } of mutants) {
    // Its operator is left out.
    if (status === "Ignored") continue;
    const mutant = sourceOf(fileName).mutant(mutatorName, location, replacement);
    candidates.push(mutant);
    const result = RESULTS[status];
    if (result === undefined) throw new Error(`${mutant.id} was not tested: ${status} ${statusReason ?? ""}`);
    if (result === "discarded") continue;
    const by = status === "RuntimeError" ? statusReason : killedBy?.[0];
    tested.push({ mutant, result, ...(by === undefined ? {} : { by }) });
  }
  return { texts, candidates, discarded: candidates.length - tested.length, tested };
}
