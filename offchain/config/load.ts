import { readFile } from "node:fs/promises";
import JSON5 from "json5";
import type { z } from "zod";
import { StreamflowError } from "../errors.ts";
import { SCHEMAS, type Role } from "./schema.ts";
import { settingsOf, type Setting } from "./settings.ts";

type Tree = { [key: string]: unknown };

/** Where a role's settings come from; a later source wins: file, environment, flags. */
export interface Sources {
  /** Path of a JSON5 file. */
  readonly file?: string | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Values by flag name (`--chain-rpc-url`), as typed. */
  readonly flags?: Readonly<Record<string, string | boolean | undefined>>;
}

function fail(detail: string, cause?: unknown): never {
  throw new StreamflowError("ConfigInvalid", detail, {}, { cause });
}

function put(tree: Tree, path: readonly string[], value: unknown): void {
  let node = tree;
  for (const key of path.slice(0, -1)) {
    const child = node[key];
    if (child === undefined) node = node[key] = {};
    else if (typeof child === "object" && child !== null && !Array.isArray(child)) node = child as Tree;
    else fail(`${path.join(".")} cannot be set: ${key} is not a group of settings`);
  }
  node[path.at(-1) as string] = value;
}

function ensureGroup(tree: Tree, path: readonly string[]): void {
  let node: unknown = tree;
  for (const key of path) {
    if (typeof node !== "object" || node === null || Array.isArray(node)) return;
    node = (node as Tree)[key] ??= {};
  }
}

function describe(issue: z.core.$ZodIssue): string {
  const place = issue.path.join(".");
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => `${place === "" ? key : `${place}.${key}`}: no such setting`).join("; ");
  if (issue.code === "invalid_type" && issue.input === undefined) return `${place}: required`;
  return `${place}: ${issue.message}`;
}

/** Text from a flag or a variable as the kind of value that the schema expects; what does not fit is left for the schema to refuse. */
function typed(setting: Setting, text: string, source: string): unknown {
  if (setting.kind === "string") return text;
  if (setting.kind === "boolean") return text === "true" ? true : text === "false" ? false : text;
  if (setting.kind === "number") return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
  try {
    return JSON5.parse<unknown>(text);
  } catch (cause) {
    return fail(`${source}: not valid JSON: ${text.slice(0, 100)}`, cause);
  }
}

async function readTree(file: string): Promise<Tree> {
  const text = await readFile(file, "utf8").catch((cause: unknown) =>
    fail(`cannot read the configuration file ${file}`, cause),
  );
  let tree: unknown;
  try {
    tree = JSON5.parse(text);
  } catch (cause) {
    return fail(`${file}: ${(cause as Error).message}`, cause);
  }
  if (typeof tree !== "object" || tree === null || Array.isArray(tree))
    return fail(`${file}: expected an object of settings`);
  return tree as Tree;
}

/**
 * A role's configuration from file, environment and flags, validated as a whole.
 * @throws StreamflowError ConfigInvalid naming every setting that is unknown, missing or out of range
 */
export async function loadConfig<R extends Role>(role: R, sources: Sources): Promise<z.output<(typeof SCHEMAS)[R]>> {
  const schema = SCHEMAS[role];
  const tree = sources.file === undefined ? {} : await readTree(sources.file);

  for (const setting of settingsOf(schema)) {
    // A group that nobody mentioned is reported by its missing settings, not as a missing group.
    for (let depth = 1; depth < setting.path.length; depth++) ensureGroup(tree, setting.path.slice(0, depth));
    const variable = sources.environment?.[setting.variable];
    if (variable !== undefined) put(tree, setting.path, typed(setting, variable, setting.variable));
    const flag = sources.flags?.[setting.flag];
    if (flag !== undefined)
      put(tree, setting.path, typeof flag === "string" ? typed(setting, flag, setting.flag) : flag);
  }

  const result = schema.safeParse(tree, { reportInput: true });
  if (!result.success) return fail(result.error.issues.map(describe).join("; "), result.error);
  return result.data as z.output<(typeof SCHEMAS)[R]>;
}
