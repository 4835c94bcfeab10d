import { Contract, toQuantity, Wallet } from "ethers";
import type { Consistency } from "../../types/index.ts";
import { readInterface } from "../artifacts.ts";
import { describeCall } from "../calls.ts";
import type { Deployment } from "../contracts.ts";
import { DeploymentError } from "../errors.ts";
import { administratorOf } from "../hand-over.ts";
import type { Call } from "../migrations/calls.ts";
import { contextOf } from "../migrations/migration.ts";
import type { Artifacts, Context, Migration } from "../migrations/migration.ts";
import type { Parameters } from "../parameters.ts";
import { openSender } from "../sender.ts";
import { accessManagerOf } from "../status/access.ts";
import { inspect } from "../status/index.ts";
import type { Row } from "../status/index.ts";
import { stepOf } from "./prepare.ts";
import { governorOf } from "./proposals.ts";
import { readRecord } from "./record.ts";
import type { MigrationRecord } from "./record.ts";
import { smoke } from "./smoke.ts";
import type { Obedient, Smoke } from "./smoke.ts";

/** What a change looks like once it has happened. */
export interface Simulation {
  readonly calls: readonly { readonly says: string; readonly call: string; readonly gasUsed: bigint }[];
  /** Rows of `deploy status` that are others than before. */
  readonly changes: readonly { readonly subject: string; readonly before: string; readonly after: string }[];
  readonly smoke: readonly Smoke[];
  /** Reasons not to propose it. */
  readonly problems: readonly string[];
}

export interface SimulateOptions extends Obedient {
  readonly deployment: Deployment;
  readonly dir: string;
  readonly parameters: Parameters;
  readonly id: string;
  readonly migration: Migration;
  /** Of a proposal that is about to be made; otherwise what is on disk, or what the sources make. */
  readonly record?: MigrationRecord;
}

/** Executes a migration on `provider`, which is a copy of the chain, as its administrator would after a vote, and looks at everything. */
export async function simulate(options: SimulateOptions): Promise<Simulation> {
  const { provider, deployment, dir, parameters, id, migration } = options;
  const record = options.record ?? readRecord(dir, id, deployment.chainId);
  const context = contextOf(provider, deployment);
  // Unless it is prepared already: what exists is not created again.
  const artifacts =
    record?.proposal === null || record === undefined ? await prepareOn(options, context) : record.artifacts;
  const calls = record?.proposal?.calls ?? (await migration.enact(context, artifacts));

  const problems: string[] = [];
  if (await migration.enacted(context, artifacts))
    problems.push("the chain has got it already: there is nothing to vote on");
  const before = await inspect({ provider, dir, parameters });
  const executed: Simulation["calls"][number][] = [];
  try {
    for (const call of calls) {
      const gasUsed = await executeAs(options, call);
      executed.push({ says: call.says, call: describeCall(deployment, call.target, call.data), gasUsed });
    }
    await requireConsistent(options);
  } catch (error) {
    problems.push(`call ${executed.length + 1} of ${calls.length} fails: ${(error as Error).message.split("\n")[0]}`);
    return { calls: executed, changes: [], smoke: [], problems };
  }
  const after = await inspect({ provider, dir, parameters });
  const changes = changesBetween(before, after);
  problems.push(...(await findings(context, migration, artifacts)), ...unannounced(migration, changes));
  const actions = await smoke({ provider }, deployment);
  problems.push(...actions.flatMap(({ action, problem }) => (problem === null ? [] : [`${action}: ${problem}`])));
  return { calls: executed, changes, smoke: actions, problems };
}

/** @throws DeploymentError SimulationFailed */
export function requireGood(id: string, { problems }: Simulation): void {
  if (problems.length > 0)
    throw new DeploymentError(
      "SimulationFailed",
      `${id} is not good on a copy of the chain:\n- ${problems.join("\n- ")}\nChange the migration, and simulate again`,
    );
}

/** What is not as the migration says: on a copy, or after it has happened. */
export async function findings(context: Context, migration: Migration, artifacts: Artifacts): Promise<string[]> {
  const enacted = await migration.enacted(context, artifacts);
  return [
    ...(enacted ? [] : ["it says itself that it did not happen"]),
    ...(await migration.verify(context, artifacts)),
  ];
}

/** Moves by itself, or tells of what is to come. */
const RESTLESS = ["minter.inflation"];

export function changesBetween(before: readonly Row[], after: readonly Row[]): Simulation["changes"] {
  const [old, now] = [before, after].map(
    (rows) =>
      new Map(rows.filter(({ section }) => section !== "pending").map(({ subject, found }) => [subject, found])),
  ) as [Map<string, string>, Map<string, string>];
  const subjects = new Set([...old.keys(), ...now.keys()]);
  return [...subjects]
    .filter((subject) => !RESTLESS.includes(subject) && old.get(subject) !== now.get(subject))
    .map((subject) => ({ subject, before: old.get(subject) ?? "", after: now.get(subject) ?? "" }));
}

function unannounced({ changes }: Migration, found: Simulation["changes"]): string[] {
  const said = (subject: string): boolean =>
    changes.some((each) => subject === each || subject.startsWith(`${each}: `));
  return found
    .filter(({ subject }) => !said(subject))
    .map(
      ({ subject, before, after }) =>
        `it changes "${subject}" from "${before}" to "${after}", which it does not say in \`changes\``,
    );
}

// --- As others ---

async function prepareOn({ provider, migration }: SimulateOptions, context: Context): Promise<Artifacts> {
  const signer = Wallet.createRandom().connect(provider);
  await give(provider, signer.address);
  const sender = await openSender({ signer }, provider);
  return migration.prepare(stepOf(sender, context), context);
}

/** As the administrator, with its delay; {1} gas of the call. */
async function executeAs(
  { provider, deployment, parameters }: SimulateOptions,
  { target, data }: Call,
): Promise<bigint> {
  const { account } = administratorOf(deployment, parameters);
  const manager = accessManagerOf(provider, deployment);
  const abi = readInterface("AccessManager");
  // The Governor calls itself without the AccessManager.
  if (target === account) return sendAs(provider, account, target, data);
  const [immediate, delay] = await manager.canCall(account, target, data.slice(0, 10));
  if (!immediate && delay > 0n) {
    await sendAs(provider, account, deployment.accessManager, abi.encodeFunctionData("schedule", [target, data, 0]));
    await provider.send("evm_increaseTime", [Number(delay)]);
  }
  return sendAs(provider, account, deployment.accessManager, abi.encodeFunctionData("execute", [target, data]));
}

/** What the Governor asks of every proposal at its end. */
async function requireConsistent({ provider, deployment }: SimulateOptions): Promise<void> {
  const governor = governorOf(provider, deployment);
  const consistency = new Contract(await governor.CONSISTENCY(), readInterface("Consistency"), provider);
  await (consistency as unknown as Consistency).requireConsistent(
    (await governor.votingDelay()) + (await governor.votingPeriod()),
    await governor.timelock(),
  );
}

async function give(provider: Obedient["provider"], address: string): Promise<void> {
  await provider.send("hardhat_setBalance", [address, toQuantity(10n ** 20n)]);
}

async function sendAs(provider: Obedient["provider"], from: string, to: string, data: string): Promise<bigint> {
  await give(provider, from);
  await provider.send("hardhat_impersonateAccount", [from]);
  const hash = (await provider.send("eth_sendTransaction", [{ from, to, data }])) as string;
  await provider.send("hardhat_stopImpersonatingAccount", [from]);
  const receipt = await provider.getTransactionReceipt(hash);
  if (receipt?.status !== 1) throw new Error(`transaction ${hash} was reverted`);
  return receipt.gasUsed;
}
