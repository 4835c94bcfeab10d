import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";

const ROOT = path.join(import.meta.dirname, "..");
const DOCUMENT = "audits/INVARIANTS.md";
/** Every invariant of the design: how many there are of each letter. */
const IDS = Object.entries({ S: 7, P: 6, V: 4, N: 3 }).flatMap(([letter, count]) =>
  Array.from({ length: count }, (_, i) => `${letter}${i + 1}`),
);
const STATUS = /^(holds \(tested\)|partly: .+|not built yet)$/;
const TITLE = /\bit(?:\.only|\.skip)?\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`((?:[^`\\]|\\.)*)`)/g;

/** A function of a Solidity test. */
const FUNCTION = /\bfunction ((?:invariant|test)_\w+)\(/g;
/** The IDs in its name. */
const FUNCTION_IDS = /^(?:invariant|test)_((?:[A-Z]\d+_)+)/;

const problems: string[] = [];

// --- What the document says ---

const rows = readFileSync(path.join(ROOT, DOCUMENT), "utf8")
  .split("\n")
  .filter((line) => /^\| *[A-Z]\d+ *\|/.test(line))
  .map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("\\|", "|")),
  );
const statements = new Map(rows.filter((row) => row.length === 4).map((row) => [row[0]!, row[3]!]));
const named = rows.filter((row) => row.length === 3) as [string, string, string][];

for (const id of IDS) if (!statements.has(id)) problems.push(`${id} has no row in ${DOCUMENT}`);
for (const [id, status] of statements) {
  const tests = named.filter((row) => row[0] === id).length;
  if (!STATUS.test(status)) problems.push(`${id} has no status that is known: "${status}"`);
  if (status === "not built yet" && tests > 0) problems.push(`${id} is not built yet, but has tests`);
  if (status !== "not built yet" && tests === 0) problems.push(`${id} has no test`);
}

// --- What the tests say ---

const titles = new Map<string, string[]>();
for (const file of globSync("test/**/*.test.ts", { cwd: ROOT })) {
  const source = readFileSync(path.join(ROOT, file), "utf8");
  const found = [...source.matchAll(TITLE)].map((match) => (match[1] ?? match[2] ?? match[3])!.replace(/\\(.)/g, "$1"));
  titles.set(file.replaceAll(path.sep, "/"), found);
}
for (const file of globSync("{contracts,test}/**/*.t.sol", { cwd: ROOT })) {
  const source = readFileSync(path.join(ROOT, file), "utf8");
  titles.set(
    file.replaceAll(path.sep, "/"),
    [...source.matchAll(FUNCTION)].map((match) => match[1]!),
  );
}

/** A title begins with one ID; a function may be about several. */
function idsOf(title: string): string[] {
  const id = /^([A-Z]\d+):/.exec(title)?.[1];
  return id === undefined ? (FUNCTION_IDS.exec(title)?.[1]?.split("_").slice(0, -1) ?? []) : [id];
}

for (const [id, file, title] of named) {
  if (!statements.has(id)) problems.push(`${id} has a test but no statement`);
  if (!existsSync(path.join(ROOT, file))) problems.push(`${id}: there is no ${file}`);
  else if (titles.get(file)?.includes(title) !== true) problems.push(`${id}: ${file} has no test "${title}"`);
}
for (const [file, found] of titles) {
  for (const title of found) {
    for (const id of idsOf(title)) {
      const known = named.some((row) => row[0] === id && row[1] === file && row[2] === title);
      if (!known) problems.push(`${file}: "${title}" is not in ${DOCUMENT} as a test of ${id}`);
    }
  }
}

if (problems.length === 0) {
  process.stdout.write(`${statements.size} invariants, ${named.length} tests of them\n`);
} else {
  process.stderr.write(`${problems.join("\n")}\n`);
  process.exitCode = 1;
}
