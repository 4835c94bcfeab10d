import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { SolcInput, SolcOutput, StorageLayout } from "@openzeppelin/upgrades-core";
import { z } from "zod";
import { type ArtifactName, readArtifact } from "../artifacts.ts";
import { CONTRACT_NAMES } from "../contracts.ts";
import { DeploymentError } from "../errors.ts";
import { inspecting, type Build, type Inspected } from "./inspect.ts";

/** Contracts whose code runs on the storage of a proxy. */
export const LOGICS = [...CONTRACT_NAMES, "BondingFaults", "BondingLedger"] as const satisfies readonly ArtifactName[];
export type LogicName = (typeof LOGICS)[number];

/** All that was released of each logic. */
export type Release = Readonly<Record<LogicName, Inspected>>;

/** The same of an older version, which did not have all of them. */
export type PastRelease = Readonly<Partial<Release>>;

const ROOT = path.join(import.meta.dirname, "..", "..");
export const RELEASES = path.join(ROOT, "deploy", "releases");

const VERSION = /^(\d+)\.(\d+)\.(\d+)$/;

const inspectedSchema = z.strictObject({
  abi: z.array(z.string()),
  immutables: z.array(z.string()),
  unsafe: z.array(z.string()),
  layout: z.custom<StorageLayout>((value) => typeof value === "object" && value !== null && "storage" in value),
});

/** What the compiled contracts are now. Each build is compiled once more for its layouts: some seconds each. */
export function inspectCompiled(): Release {
  return inspectLogics(LOGICS);
}

/** The same of some of them. */
export function inspectLogics<N extends LogicName>(names: readonly N[]): Readonly<Record<N, Inspected>> {
  const builds = new Map<string, (name: string) => Inspected>();
  const inspected = names.map((name) => {
    const { buildInfoId } = readArtifact(name);
    const inspect = builds.get(buildInfoId) ?? inspecting(readBuild(buildInfoId));
    builds.set(buildInfoId, inspect);
    return [name, stable(inspect(name))] as const;
  });
  return Object.fromEntries(inspected) as Record<N, Inspected>;
}

/** A build of the compiler, from `artifacts/build-info`. */
export function readBuild(buildInfoId: string): Build {
  const file = path.join(ROOT, "artifacts", "build-info", buildInfoId);
  const { input, solcVersion } = JSON.parse(readFileSync(`${file}.json`, "utf8")) as {
    input: SolcInput;
    solcVersion: string;
  };
  const { output } = JSON.parse(readFileSync(`${file}.output.json`, "utf8")) as { output: SolcOutput };
  return { input, output, solcVersion };
}

/** Versions with a snapshot, the oldest first. */
export function releasedVersions(directory = RELEASES): string[] {
  return readdirSync(directory)
    .filter((name) => VERSION.test(name))
    .sort((a, b) => compareVersions(a, b));
}

/** @throws DeploymentError ReleaseInvalid */
export function readRelease(version: string, directory = RELEASES): PastRelease {
  const from = path.join(directory, version);
  const read = (file: string): [string, Inspected] => {
    const name = path.basename(file, ".json");
    if (!LOGICS.some((one) => one === name)) throw new Error(`${name} is no contract of these sources`);
    return [name, inspectedSchema.parse(JSON.parse(readFileSync(path.join(from, file), "utf8")))];
  };
  try {
    return Object.fromEntries(readdirSync(from).map(read));
  } catch (cause) {
    throw new DeploymentError("ReleaseInvalid", `${from} is no snapshot of a release: restore it`, { cause });
  }
}

/** A snapshot is written once: what was released does not change. @throws DeploymentError ReleaseInvalid */
export function writeRelease(version: string, release: Release, directory = RELEASES): void {
  if (!VERSION.test(version))
    throw new DeploymentError("ReleaseInvalid", `${version} is not a version: write it as 1.2.3`);
  const target = path.join(directory, version);
  try {
    mkdirSync(directory, { recursive: true });
    mkdirSync(target);
  } catch (cause) {
    throw new DeploymentError("ReleaseInvalid", `${target} is there already: a release does not change`, { cause });
  }
  for (const name of LOGICS)
    writeFileSync(path.join(target, `${name}.json`), `${JSON.stringify(release[name], null, 2)}\n`);
}

/** Whether a version may take away what callers of another one use: by the rules of semantic versioning. */
export function mayBreak(version: string, released: string): boolean {
  const [now, before] = [partsOf(version), partsOf(released)];
  return now[0] > before[0] || (now[0] === 0 && before[0] === 0 && now[1] > before[1]);
}

function compareVersions(a: string, b: string): number {
  const [x, y] = [partsOf(a), partsOf(b)];
  return x[0] - y[0] || x[1] - y[1] || x[2] - y[2];
}

function partsOf(version: string): [number, number, number] {
  const [, major, minor, patch] = VERSION.exec(version) ?? [];
  return [Number(major), Number(minor), Number(patch)];
}

/** The same for the same sources: the compiler numbers its types anew in each run, and lines move. */
export function stable({ layout, ...rest }: Inspected): Inspected {
  const { storage, types, namespaces = {} } = layout;
  const numbers = new Map<string, number>();
  const text = JSON.stringify({ storage, types, namespaces }, (key, value: unknown) => {
    if (key === "astId") return undefined;
    return key === "src" && typeof value === "string" ? value.replace(/:\d+$/, "") : value;
  }).replace(/(t_\w+\([\w$]+\))(\d+)/g, (_, head: string, number: string) => {
    if (!numbers.has(number)) numbers.set(number, numbers.size + 1);
    return `${head}${numbers.get(number)!}`;
  });
  return { ...rest, layout: JSON.parse(text) as StorageLayout };
}
