import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { Interface } from "ethers";
import type { ErrorFragment, JsonFragment } from "ethers";
import JSON5 from "json5";
import { format } from "prettier";
import { z } from "zod";

/** Why an error is given, and what to do about it. */
export interface Explanation {
  readonly cause: string;
  readonly remedy: string;
}

/** By the error's signature, such as `EnforcedPause()`. */
export type Explanations = Readonly<Record<string, Explanation>>;

/** What the compiler says of one contract. */
export interface Compiled {
  readonly contract: string;
  /** From the root of the project, or as it is imported. */
  readonly source: string;
  readonly abi: readonly JsonFragment[];
  /** From the comments: `@notice` is the cause, `@dev` the remedy. Empty where there is none. */
  readonly explanations: Explanations;
}

interface Row extends Explanation {
  readonly error: ErrorFragment;
}

/** Every error that a contract of the deployment can give. */
export interface ContractErrors {
  /** Those that the project defines, by contract. */
  readonly own: ReadonlyMap<string, readonly Row[]>;
  /** Those of the libraries that it builds on, each with the contracts that give it. */
  readonly foreign: readonly (Row & { readonly contracts: readonly string[] })[];
  /** What is not explained, or explained in vain. */
  readonly problems: readonly string[];
}

const ROOT = path.join(import.meta.dirname, "..");
const FOREIGN = "scripts/library-errors.json5";
const SENTENCE = /^\S.*\.$/;

/** Explains the errors whose comments are not the project's. */
export function readForeign(): Explanations {
  const sentence = z.string().regex(SENTENCE);
  const schema = z.record(z.string(), z.strictObject({ cause: sentence, remedy: sentence }));
  return schema.parse(JSON5.parse(readFileSync(path.join(ROOT, FOREIGN), "utf8")));
}

/** All compiled contracts, except those that only tests use. */
export function readCompiled(): Compiled[] {
  const artifacts = path.join(ROOT, "artifacts");
  const read = (file: string): unknown => JSON.parse(readFileSync(path.join(artifacts, file), "utf8"));
  const builds = new Map<string, Build>();
  return globSync("{contracts,@*}/**/*.json", { cwd: artifacts, exclude: ["contracts/test/**"] })
    .sort()
    .map((file) => {
      const { contractName, sourceName, inputSourceName, buildInfoId, abi } = read(file) as Artifact;
      const build = builds.get(buildInfoId) ?? (read(`build-info/${buildInfoId}.output.json`) as Build);
      builds.set(buildInfoId, build);
      const { userdoc, devdoc } = build.output.contracts[inputSourceName]![contractName]!;
      const explanations: Record<string, Explanation> = {};
      for (const { signature } of errorsIn(abi)) {
        explanations[signature] = {
          cause: userdoc.errors?.[signature]?.[0]?.notice ?? "",
          remedy: devdoc.errors?.[signature]?.[0]?.details ?? "",
        };
      }
      return { contract: contractName, source: sourceName, abi, explanations };
    });
}

/** Brings together which errors there are and what is said about them. */
export function contractErrors(compiled: readonly Compiled[], foreign: Explanations): ContractErrors {
  const problems: string[] = [];
  const check = (where: string, { error, cause, remedy }: Row): void => {
    if (!SENTENCE.test(cause)) problems.push(`${where}: the cause of ${error.name} is no sentence: "${cause}"`);
    if (!SENTENCE.test(remedy)) problems.push(`${where}: the remedy of ${error.name} is no sentence: "${remedy}"`);
  };

  const own = new Map<string, readonly Row[]>();
  const known = new Set<string>();
  const definers = compiled.filter(({ source }) => /^contracts\/(interfaces|libraries|migration)\//.test(source));
  for (const { contract, source, abi, explanations } of definers) {
    // What an interface inherits was told where it comes from.
    const rows = errorsIn(abi)
      .filter(({ signature }) => !known.has(signature) && foreign[signature] === undefined)
      .map(({ error, signature }) => ({ error, ...explanations[signature]! }));
    for (const row of rows) {
      known.add(row.error.format());
      check(source, row);
    }
    const name = contract.replace(/^I(?=[A-Z])/, "");
    if (rows.length > 0) own.set(name, [...(own.get(name) ?? []), ...rows]);
  }

  const others = new Map<string, Row & { contracts: string[] }>();
  for (const { contract, abi } of compiled.filter((one) => !definers.includes(one))) {
    for (const { error, signature } of errorsIn(abi)) {
      if (known.has(signature)) continue;
      const row = others.get(signature) ?? {
        error,
        contracts: [],
        ...(foreign[signature] ?? { cause: "", remedy: "" }),
      };
      if (row.contracts.length === 0) check(FOREIGN, row);
      row.contracts.push(contract);
      others.set(signature, row);
    }
  }
  for (const signature of Object.keys(foreign)) {
    if (!others.has(signature)) problems.push(`${FOREIGN}: no contract gives ${signature}`);
  }
  return { own, foreign: [...others.values()].sort((a, b) => (a.error.name < b.error.name ? -1 : 1)), problems };
}

/** `docs/contract-errors.md`. */
export function contractErrorsDoc({ own, foreign }: ContractErrors): Promise<string> {
  const lines = [
    "# Errors of the contracts",
    "",
    "Why a contract refuses a call and what to do about it. The selector is the first four bytes of the revert data, the arguments follow it; units stand in braces.",
    "",
    "Made from the contracts' comments and `scripts/library-errors.json5` by `npm run docs:contract-errors`.",
    "",
  ];
  for (const [contract, rows] of own) {
    lines.push(`## ${contract}`, "", ...table(["error", "selector", "cause", "what to do"], rows.map(cells)), "");
  }
  lines.push("## Libraries", "", "Defined by the libraries that the contracts are built on.", "");
  const last = foreign.map((row) => [...cells(row), row.contracts.toSorted().join(", ")]);
  lines.push(...table(["error", "selector", "cause", "what to do", "given by"], last), "");
  return format(lines.join("\n"), { parser: "markdown", printWidth: 120 });
}

/** What is written of an artifact and of the compiler's output, as far as it matters here. */
interface Artifact {
  readonly contractName: string;
  readonly sourceName: string;
  readonly inputSourceName: string;
  readonly buildInfoId: string;
  readonly abi: readonly JsonFragment[];
}

type Comments = Readonly<Record<string, readonly { readonly notice?: string; readonly details?: string }[]>>;

interface Docs {
  readonly userdoc: { readonly errors?: Comments };
  readonly devdoc: { readonly errors?: Comments };
}

interface Build {
  readonly output: { readonly contracts: Readonly<Record<string, Readonly<Record<string, Docs>>>> };
}

function errorsIn(abi: readonly JsonFragment[]): { error: ErrorFragment; signature: string }[] {
  return Interface.from(abi)
    .fragments.filter((fragment): fragment is ErrorFragment => fragment.type === "error")
    .map((error) => ({ error, signature: error.format() }));
}

const cells = ({ error, cause, remedy }: Row): string[] => [
  `\`${error.format("full").replace(/^error /, "")}\``,
  `\`${error.selector}\``,
  cause,
  remedy,
];

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`);
