import { Contract, Wallet } from "ethers";
import type { Consistency } from "../../types/index.ts";
import { readInterface } from "../artifacts.ts";
import { describeCall } from "../calls.ts";
import type { Deployment } from "../contracts.ts";
import { DeploymentError } from "../errors.ts";
import { administratorOf } from "../hand-over.ts";
import { contextOf } from "../migrations/migration.ts";
import type { Artifacts, Context, Migration } from "../migrations/migration.ts";
import type { Parameters } from "../parameters.ts";
import { reasonOf } from "../refusal.ts";
import { openSender } from "../sender.ts";
import { inspect } from "../status/index.ts";
import type { Row } from "../status/index.ts";
import { executeAs, give } from "./obedient.ts";
import type { Obedient } from "./obedient.ts";
import { overlapsOf, overlapText } from "./overlaps.ts";
import { stepOf } from "./prepare.ts";
import { governorOf } from "./proposals.ts";
import { readRecord } from "./record.ts";
import type { MigrationRecord } from "./record.ts";

/** How something went that people do with the protocol. */
export interface Played {
  readonly scenario: string;
  /** The step and what was wrong in it; null if nothing was. */
  readonly problem: string | null;
  /** {s} */
  readonly seconds: number;
}

/** What a change looks like once it has happened. */
export interface Simulation {
  readonly calls: readonly { readonly says: string; readonly call: string; readonly gasUsed: bigint }[];
  /** Rows of `deploy status` that are others than before. */
  readonly changes: readonly { readonly subject: string; readonly before: string; readonly after: string }[];
  /** What people do, done afterwards. */
  readonly scenarios: readonly Played[];
  /** A sentence for each open proposal that sets or calls the same. */
  readonly overlaps: readonly string[];
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
  /** Plays what people do on the copy, once the calls are executed, with what came of them; without it nothing is played. */
  readonly suite?: (executed: Pick<Simulation, "calls" | "changes">) => Promise<readonly Played[]>;
}

/** Executes a migration on `provider`, which is a copy of the chain, as its administrator would after a vote, and looks at everything. */
export async function simulate(options: SimulateOptions): Promise<Simulation> {
  const { provider, deployment, dir, parameters, id, migration, suite = () => Promise.resolve([]) } = options;
  const record = options.record ?? readRecord(dir, id, deployment.chainId);
  const context = contextOf(provider, deployment, dir);
  // Unless it is prepared already: what exists is not created again.
  const artifacts =
    record?.proposal === null || record === undefined ? await prepareOn(options, context) : record.artifacts;
  const calls = record?.proposal?.calls ?? (await migration.enact(context, artifacts));

  const problems: string[] = [];
  if (await migration.enacted(context, artifacts))
    problems.push("the chain has got it already: there is nothing to vote on");
  const found = await overlapsOf(provider, deployment, calls, record?.proposal?.id ?? "");
  const overlaps = found.map(overlapText);
  const before = await inspect({ provider, dir, parameters });
  const executed: Simulation["calls"][number][] = [];
  try {
    for (const call of calls) {
      const gasUsed = await executeAs(provider, deployment, administratorOf(deployment, parameters).account, call);
      executed.push({ says: call.says, call: describeCall(deployment, call.target, call.data), gasUsed });
    }
    await requireConsistent(options);
  } catch (error) {
    const failed =
      executed.length < calls.length
        ? `call ${executed.length + 1} of ${calls.length} fails`
        : "what comes of all calls is refused";
    problems.push(`${failed}: ${reasonOf(error)}`);
    return { calls: executed, changes: [], scenarios: [], overlaps, problems };
  }
  const after = await inspect({ provider, dir, parameters });
  const changes = changesBetween(before, after);
  problems.push(...(await findings(context, migration, artifacts)), ...unannounced(migration, changes));
  const scenarios = await suite({ calls: executed, changes });
  problems.push(...scenarios.flatMap(({ scenario, problem }) => (problem === null ? [] : [`${scenario}: ${problem}`])));
  return { calls: executed, changes, scenarios, overlaps, problems };
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

/** What the Governor asks of every proposal at its end. */
async function requireConsistent({ provider, deployment }: SimulateOptions): Promise<void> {
  const governor = governorOf(provider, deployment);
  const consistency = new Contract(await governor.CONSISTENCY(), readInterface("Consistency"), provider);
  await (consistency as unknown as Consistency).requireConsistent(
    (await governor.votingDelay()) + (await governor.votingPeriod()),
    await governor.timelock(),
  );
}
