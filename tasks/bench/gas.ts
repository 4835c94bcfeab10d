import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { z } from "zod";
import { LIVE_SIZE, OPERATIONS, SIZE_GOAL } from "./gas/operations.ts";
import {
  combine,
  differences,
  GAS_HEAD,
  gasRows,
  isUneven,
  resultsSchema,
  SCENES,
  SIZE_HEAD,
  sizeRows,
  sizesSchema,
} from "./gas/report.ts";
import type { Numbers, SceneName } from "./gas/report.ts";
import { ALPHA_HEAD, alphaRows, alphaSchema, flatten } from "./gas/alpha-report.ts";
import type { AlphaCosts } from "./gas/alpha-report.ts";
import { drawTable } from "./gas/table.ts";

const RESULTS = fileURLToPath(new URL("../../test/bench/results/", import.meta.url));
const GAS_FILE = `${RESULTS}gas.json`;
const SIZES_FILE = `${RESULTS}sizes.json`;
const ALPHA_FILE = `${RESULTS}alpha-gas.json`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** `npx hardhat bench gas`: the exit status is 1 if an operation's cost depends on the extent; with `--check`, if something costs another amount than is kept. */
export default async function bench({ check }: { check: boolean }, hre: HardhatRuntimeEnvironment): Promise<boolean> {
  await hre.tasks.getTask("build").run({ quiet: true });
  const pass = check ? await compare(hre) : await record(hre);
  if (!pass) process.exitCode = 1;
  return pass;
}

async function record(hre: HardhatRuntimeEnvironment): Promise<boolean> {
  const { writeJson } = await import("../../offchain/node/stream-report.ts");
  const sizes = await sizesOf(hre);
  const results = combine(
    {
      n10: await measureIn(hre, "n10"),
      n10000: await measureIn(hre, "n10000"),
      history2000: await measureIn(hre, "history2000"),
    },
    OPERATIONS,
  );
  await mkdir(RESULTS, { recursive: true });
  await writeJson(GAS_FILE, results);
  await writeJson(SIZES_FILE, sizes);
  const alpha = await measureAlphaIn(hre);
  await writeJson(ALPHA_FILE, alpha);

  say(drawTable(GAS_HEAD, gasRows(results, OPERATIONS)));
  say("gas with 10 orchestrators, with 10,000, and with 10 after 2,000 rounds; +: above the goal\n");
  say(drawTable(ALPHA_HEAD, alphaRows(alpha)));
  say("gas behind the proxies of an alpha, with what imports its sender's position and without it\n");
  say(drawTable(SIZE_HEAD, sizeRows(sizes)));
  say(
    `runtime code; goal ${SIZE_GOAL.toLocaleString("en")}, the live protocol's largest ${LIVE_SIZE.toLocaleString("en")}`,
  );
  const uneven = Object.keys(results).filter((name) => isUneven(results[name]!));
  if (uneven.length > 0) process.stderr.write(`bench gas: more than 2 % apart: ${uneven.join(", ")}\n`);
  return uneven.length === 0;
}

/** Only with few orchestrators and a short history, which takes seconds. */
async function compare(hre: HardhatRuntimeEnvironment): Promise<boolean> {
  const kept = await readKept(GAS_FILE, resultsSchema);
  const keptGas = Object.fromEntries(Object.entries(kept).map(([name, { n10 }]) => [name, n10]));
  const changes = [
    ...differences(keptGas, await measureIn(hre, "n10")),
    ...differences(flatten(await readKept(ALPHA_FILE, alphaSchema)), flatten(await measureAlphaIn(hre))),
    ...differences(await readKept(SIZES_FILE, sizesSchema), await sizesOf(hre)),
  ];
  for (const line of changes) say(line);
  if (changes.length > 0) process.stderr.write("bench gas: what is kept is not current: run `npm run bench:gas`\n");
  return changes.length === 0;
}

async function readKept<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  return schema.parse(JSON.parse(await readFile(file, "utf8")));
}

async function measureIn(hre: HardhatRuntimeEnvironment, name: SceneName): Promise<Numbers> {
  // They read what the build has made.
  const { Chain } = await import("./gas/chain.ts");
  const { Scene } = await import("./gas/scene.ts");
  const { measure } = await import("./gas/measure.ts");
  const { orchestrators, rounds } = SCENES[name];
  const started = performance.now();
  const dir = await mkdtemp(path.join(os.tmpdir(), "streamflow-bench-"));
  const chain = await Chain.start(hre.network, dir);
  try {
    const gas = await measure(await Scene.build(chain, SCENES[name]));
    const seconds = Math.round((performance.now() - started) / 1_000);
    const extent = `${orchestrators.toLocaleString("en")} orchestrators, ${rounds.toLocaleString("en")} rounds`;
    say(`${name}: ${extent}, ${seconds} s`);
    return gas;
  } finally {
    await chain.close();
    await rm(dir, { recursive: true });
  }
}

async function measureAlphaIn({ network }: HardhatRuntimeEnvironment): Promise<AlphaCosts> {
  const { measureAlpha } = await import("./gas/alpha.ts");
  return measureAlpha(network);
}

/** {byte} Runtime code of what is deployed. */
async function sizesOf({ artifacts }: HardhatRuntimeEnvironment): Promise<Numbers> {
  const names = [...(await artifacts.getAllFullyQualifiedNames())];
  const sizes: [string, number][] = [];
  for (const name of names.filter((each) => /^contracts\/(?!test\/|libraries\/)/.test(each))) {
    const { contractName, deployedBytecode } = await artifacts.readArtifact(name);
    const size = deployedBytecode.length / 2 - 1;
    // Interfaces and abstract contracts have no code.
    if (size > 0) sizes.push([contractName, size]);
  }
  return Object.fromEntries(sizes.sort(([a], [b]) => a.localeCompare(b)));
}
