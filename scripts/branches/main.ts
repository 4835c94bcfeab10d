// Tells which outcomes of the contracts' conditions no unit test meets: docs/testing-the-tests.md.
import { spawnSync } from "node:child_process";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Node } from "../mutants/ast.ts";
import { temporaryDirectory, Workspace } from "../mutants/workspace.ts";
import { branching } from "./conditions.ts";
import type { Condition } from "./conditions.ts";

const ROOT = path.join(import.meta.dirname, "..", "..");
const directory = path.join(temporaryDirectory(), "project");
Workspace.of(ROOT, directory);

// --- Rewrite ---

const trees = new Map<string, Node>();
for (const file of globSync("artifacts/contracts/**/*.json", { cwd: ROOT })) {
  const { inputSourceName, sourceName, buildInfoId } = readJson(path.join(ROOT, file)) as Record<string, string>;
  const build = readJson(path.join(ROOT, "artifacts/build-info", `${buildInfoId}.output.json`)) as Build;
  trees.set(sourceName!, build.output.sources[inputSourceName!]!.ast);
}
const conditions = new Map<string, readonly Condition[]>();
for (const [file, tree] of [...trees].sort()) {
  if (file.startsWith("contracts/test/")) continue;
  const target = path.join(directory, file);
  const rewritten = branching(readFileSync(target, "utf8"), tree);
  writeFileSync(target, rewritten.text);
  conditions.set(file, rewritten.conditions);
}

// --- Run ---

const { status, stdout } = spawnSync("npm", ["run", "coverage"], { cwd: directory, encoding: "utf8" });
if (status !== 0) throw new Error(`the tests failed\n${stdout}`);

// --- Report ---

const reached = new Map<string, Set<number>>();
let lines = new Set<number>();
for (const line of readFileSync(path.join(directory, "coverage", "lcov.info"), "utf8").split("\n")) {
  const file = /^SF:(.*)/.exec(line)?.[1];
  if (file !== undefined) reached.set(file, (lines = new Set()));
  const hit = /^DA:(\d+),1/.exec(line)?.[1];
  if (hit !== undefined) lines.add(Number(hit));
}
for (const [file, all] of conditions) {
  const hits = reached.get(file);
  const missing = all.flatMap(({ line, text, met, unmet }) => [
    ...(hits?.has(met) === true ? [] : [`  ${file}:${line} is never met: ${text}`]),
    ...(hits?.has(unmet) === true ? [] : [`  ${file}:${line} is always met: ${text}`]),
  ]);
  if (all.length > 0)
    process.stdout.write(`${file}: ${2 * all.length - missing.length} of ${2 * all.length} outcomes\n`);
  for (const line of missing) process.stdout.write(`${line}\n`);
  if (missing.length > 0) process.exitCode = 1;
}

interface Build {
  readonly output: { readonly sources: Readonly<Record<string, { readonly ast: Node }>> };
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"));
}
