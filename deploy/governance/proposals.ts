import { id as hashOf } from "ethers";
import type { Provider } from "ethers";
import { describeCall } from "../calls.ts";
import { connect } from "../contracts.ts";
import type { ContractTypes, Deployment } from "../contracts.ts";
import { DeploymentError } from "../errors.ts";
import { contextOf } from "../migrations/migration.ts";
import type { Migration } from "../migrations/migration.ts";
import type { Call } from "../migrations/calls.ts";
import { ADMIN_ROLE } from "../hand-over.ts";
import { castBallot } from "./ballot.ts";
import type { Support } from "./ballot.ts";
import { openSender } from "../sender.ts";
import { accessManagerOf } from "../status/access.ts";
import { overlapsOf, overlapText, requireNoneAccepted, requireNothingSince } from "./overlaps.ts";
import { prepare, requirePrepared } from "./prepare.ts";
import type { PrepareOptions } from "./prepare.ts";
import { writeRecord } from "./record.ts";
import { STATES } from "./states.ts";
import type { State } from "./states.ts";
import type { MigrationRecord, ProposalRecord } from "./record.ts";

type Governor = ContractTypes["ProtocolGovernor"];

export const governorOf = (provider: Provider | null, { contracts }: Deployment): Governor =>
  connect("ProtocolGovernor", contracts.ProtocolGovernor.proxy, provider);

/** Arguments of `propose`; `queue` and `execute` want the hash of the text instead. */
const argumentsOf = ({ calls }: Pick<ProposalRecord, "calls">): [string[], bigint[], string[]] => [
  calls.map(({ target }) => target),
  calls.map(() => 0n),
  calls.map(({ data }) => data),
];

/** What is voted on, as a text: the reasons, and each call with its sentence. Nobody else can propose it: the last line names who may. */
export function textOf(
  deployment: Deployment,
  { lip, title, text }: Migration,
  calls: readonly Call[],
  proposer: string,
): string {
  const list = calls.map(
    ({ says, target, data }, i) => `${i + 1}. ${says}\n   \`${describeCall(deployment, target, data)}\``,
  );
  return `# LIP-${lip}: ${title}\n\n${text.trim()}\n\n## What is called\n\n${list.join("\n")}\n\n#proposer=${proposer}`;
}

export interface ProposeOptions extends PrepareOptions {
  /** Executes it on a copy of the chain, and throws if it is not good there. */
  readonly rehearse: (record: MigrationRecord) => Promise<void>;
  /** Called with a sentence for each proposal that is voted on and sets the same. */
  readonly onOverlap?: (text: string) => void;
}

/**
 * Proposes a migration that is prepared, after a rehearsal.
 * @throws DeploymentError NoGovernor, NotPrepared, AlreadyProposed, ProposalsOverlap, and what `rehearse` throws
 */
export async function propose(options: ProposeOptions): Promise<ProposalRecord> {
  const { signer, deployment, dir, id, migration, rehearse } = options;
  const provider = signer.provider!;
  const governor = governorOf(provider, deployment);
  await requireGoverns(provider, deployment);
  const known = requirePrepared(dir, id, deployment);
  const proposer = await signer.getAddress();
  if (known.proposal !== null) {
    const state = await stateOf(governor, known.proposal.id);
    if (state !== undefined && !OVER.includes(state)) return known.proposal;
  }
  const { artifacts } = await prepare({ ...options });
  const context = contextOf(provider, deployment, dir);
  const calls = [...(await migration.enact(context, artifacts))];
  const description = textOf(deployment, migration, calls, proposer);
  const proposalId = await governor.getProposalId(...argumentsOf({ calls }), hashOf(description));
  const proposal = { id: proposalId.toString(), proposer, description, calls };
  const state = await stateOf(governor, proposal.id);
  if (state !== undefined && OVER.includes(state))
    throw new DeploymentError(
      "AlreadyProposed",
      `proposal ${proposal.id}, with the same text and calls, is ${state}: say in the migration's text what is different now, and propose again`,
    );
  const overlaps = await overlapsOf(provider, deployment, calls, proposal.id);
  requireNoneAccepted(id, overlaps);
  for (const overlap of overlaps) options.onOverlap?.(overlapText(overlap));
  const record = { ...known, artifacts, proposal };
  await rehearse(record);
  // On disk before it leaves: whoever is killed here finds it again.
  writeRecord(dir, id, record);
  if (state === undefined) {
    const data = governor.interface.encodeFunctionData("propose", [...argumentsOf(proposal), description]);
    const sender = await openSender(options, provider);
    await sender.send(`propose ${id}`, deployment.contracts.ProtocolGovernor.proxy, data);
  }
  return proposal;
}

/** Ended without having been executed. */
const OVER: readonly State[] = ["Canceled", "Defeated", "Expired"];

/** @throws DeploymentError NoGovernor */
export async function requireGoverns(provider: Provider, deployment: Deployment): Promise<void> {
  const [governs] = await accessManagerOf(provider, deployment).hasRole(
    ADMIN_ROLE,
    deployment.contracts.ProtocolGovernor.proxy,
  );
  if (!governs)
    throw new DeploymentError(
      "NoGovernor",
      'the Governor does not govern this deployment: set governance.administrator to "governor" in parameters.json5, and run `npx hardhat deploy run`',
    );
}

/** Undefined if there is no such proposal. */
export async function stateOf(governor: Governor, proposalId: bigint | string): Promise<State | undefined> {
  if ((await governor.proposalSnapshot(proposalId)) === 0n) return undefined;
  return STATES[Number(await governor.state(proposalId))];
}

/** @throws DeploymentError NotPrepared, NotProposed */
export function requireProposed(dir: string, id: string, deployment: Deployment): ProposalRecord {
  const { proposal } = requirePrepared(dir, id, deployment);
  if (proposal === null)
    throw new DeploymentError("NotProposed", `${id} is not proposed yet: npx hardhat migrate propose ${id}`);
  return proposal;
}

export interface StepOptions extends PrepareOptions {
  /** {s, Unix} Of the chain. */
  readonly now: bigint;
}

/** Votes as {castBallot} does. @throws DeploymentError NotProposed, NotNow, NoStake */
export async function vote(
  options: StepOptions,
  support: Support,
  reason: string,
): Promise<"voted" | "overrode" | "had voted"> {
  const { deployment, dir, id } = options;
  const proposal = requireProposed(dir, id, deployment);
  await requireState(options, proposal, ["Active"]);
  return castBallot({ ...options, where: "ProtocolGovernor", proposal: proposal.id, support, reason });
}

/** Schedules the calls of a proposal that was accepted; nothing if they are. @throws DeploymentError NotProposed, NotNow, ProposalsOverlap */
export async function queue(options: StepOptions): Promise<"queued" | "was queued"> {
  const { deployment, dir, id } = options;
  const proposal = requireProposed(dir, id, deployment);
  if ((await requireState(options, proposal, ["Succeeded", "Queued", "Executed"])) !== "Succeeded") return "was queued";
  await requireNothingSince(options.signer.provider!, deployment, id, proposal.id);
  await send(options, `queue ${id}`, "queue", [...argumentsOf(proposal), hashOf(proposal.description)]);
  return "queued";
}

/** Executes what is scheduled; nothing if it was. @throws DeploymentError NotProposed, NotNow, ProposalsOverlap */
export async function execute(options: StepOptions): Promise<"executed" | "was executed"> {
  const { signer, deployment, dir, id, now } = options;
  const proposal = requireProposed(dir, id, deployment);
  if ((await requireState(options, proposal, ["Queued", "Executed"])) === "Executed") return "was executed";
  const eta = await governorOf(signer.provider, deployment).proposalEta(proposal.id);
  if (now < eta) throw new DeploymentError("NotNow", `${id} waits for its timelock: execute it from ${time(eta)} on`);
  await requireNothingSince(signer.provider!, deployment, id, proposal.id);
  await send(options, `execute ${id}`, "execute", [...argumentsOf(proposal), hashOf(proposal.description)]);
  return "executed";
}

async function send(
  options: StepOptions,
  step: string,
  method: "queue" | "execute",
  args: readonly unknown[],
): Promise<void> {
  const { signer, deployment } = options;
  const to = deployment.contracts.ProtocolGovernor.proxy;
  const data = governorOf(null, deployment).interface.encodeFunctionData(method as "queue", args as never);
  await (await openSender(options, signer.provider!)).send(step, to, data);
}

/** The state, if it is one of these; else when it will be, or what to do. */
async function requireState(
  { signer, deployment, id }: StepOptions,
  proposal: ProposalRecord,
  states: readonly State[],
): Promise<State> {
  const governor = governorOf(signer.provider, deployment);
  const state = await stateOf(governor, proposal.id);
  if (state !== undefined && states.includes(state)) return state;
  throw new DeploymentError(
    "NotNow",
    `${id} ${await adviceFor(governor, deployment, signer.provider!, proposal, state)}`,
  );
}

async function adviceFor(
  governor: Governor,
  deployment: Deployment,
  provider: Provider,
  { id }: ProposalRecord,
  state: State | undefined,
): Promise<string> {
  const rounds = connect("RoundsManager", deployment.contracts.RoundsManager.proxy, provider);
  const begins = async (round: bigint): Promise<string> => `round ${round} (${time(await rounds.roundStart(round))})`;
  switch (state) {
    case undefined:
      return "was not proposed to the end: npx hardhat migrate propose again";
    case "Pending":
      return `is proposed; the vote begins in ${await begins((await governor.proposalSnapshot(id)) + 1n)}`;
    case "Active":
      return `is being voted on; the vote is over in ${await begins((await governor.proposalDeadline(id)) + 1n)}`;
    case "Succeeded":
      return "was accepted: npx hardhat migrate queue";
    case "Queued":
      return `is queued: npx hardhat migrate execute, from ${time(await governor.proposalEta(id))} on`;
    case "Executed":
      return "was executed: npx hardhat migrate verify";
    default:
      return `is ${state}: change what was wrong with it, and propose again`;
  }
}

const time = (seconds: bigint): string =>
  `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
