// Tells which outcomes of the contracts' conditions no unit test meets: docs/testing-the-tests.md.
import { spawnSync } from "node:child_process";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Node } from "../mutants/ast.ts";
import { readExplanations } from "../mutants/explained.ts";
import { temporaryDirectory, Workspace } from "../mutants/workspace.ts";
import { branching } from "./conditions.ts";
import type { Condition } from "./conditions.ts";
import { judge, outcomesOf } from "./outcomes.ts";

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
const none = new Set<number>();
const outcomes = [...conditions].map(([file, all]) => outcomesOf(file, all, reached.get(file) ?? none));
const explanations = readExplanations(path.join(ROOT, "test", "branches", "unmet.json5"));
const { lines: told, complaints } = judge(outcomes, explanations);
process.stdout.write(`${[...told, ...complaints.map((complaint) => `failed: ${complaint}`)].join("\n")}\n`);
if (complaints.length > 0) process.exitCode = 1;

interface Build {
  readonly output: { readonly sources: Readonly<Record<string, { readonly ast: Node }>> };
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"));
}
