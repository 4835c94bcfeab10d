import { id as hash } from "ethers";
import type { Provider } from "ethers";
import { targetOf } from "../alpha/network.ts";
import { readInterface } from "../artifacts.ts";
import { knownAt } from "../calls.ts";
import { CONTRACT_NAMES } from "../contracts.ts";
import type { ContractName, Deployment } from "../contracts.ts";
import { DeploymentError } from "../errors.ts";
import { PARAMETERS } from "../governed.ts";
import { pages } from "../pages.ts";
import { accessManagerOf } from "../status/access.ts";
import { listProposals } from "./list.ts";
import type { Proposal } from "./list.ts";

type Call = Proposal["calls"][number];

/** Something that a call sets as a whole, whatever it was before: the later one of two such calls undoes the earlier one. */
interface Setting {
  /** `BondingManager.setParameters`, `Treasury logic` */
  readonly subject: string;
  /** Where it shows on the chain that it was set. */
  readonly address: string;
  readonly topic: string;
  /** How the event's data begin, if they say what was set. */
  readonly data?: string;
}

/** Another proposal that sets the same, or calls the same function of the same contract. */
export interface Overlap {
  readonly subject: string;
  /** Whether the later one undoes the earlier one whatever it says: setters set everything. */
  readonly undoes: boolean;
  readonly proposal: Proposal;
}

const ACCEPTED: readonly Proposal["state"][] = ["Succeeded", "Queued"];
const VOTED_ON: readonly Proposal["state"][] = ["Pending", "Active"];
const UPGRADED = hash("Upgraded(address)");

function settingsOf(deployment: Deployment, calls: readonly Call[]): Setting[] {
  return calls.flatMap(({ target, data }) => {
    const known = knownAt(deployment, target);
    const method = known?.abi.parseTransaction({ data })?.name;
    if (known === undefined || method === undefined) return [];
    if (method === "upgradeAndCall") {
      const name = known.name.replace(/ proxy$/, "") as ContractName;
      if (!CONTRACT_NAMES.includes(name)) return [];
      return [{ subject: `${name} logic`, address: deployment.contracts[name].proxy, topic: UPGRADED }];
    }
    if (known.name === "AlphaController") {
      const [contractId] = known.abi.decodeFunctionData(method, data) as unknown as [string?];
      const name = CONTRACT_NAMES.find((each) => targetOf(each) === contractId);
      if (method !== "setContractInfo" || name === undefined) return [];
      const { topicHash } = known.abi.getEvent("SetContractInfo")!;
      return [{ subject: `${name} logic`, address: target, topic: topicHash, data: contractId! }];
    }
    const parameter = PARAMETERS.find(({ contract, setter }) => contract === known.name && setter === method);
    if (parameter === undefined) return [];
    const { topicHash } = readInterface(parameter.contract).getEvent(parameter.event)!;
    return [{ subject: `${known.name}.${method}`, address: target, topic: topicHash }];
  });
}

/** Contract and function of each call. */
function functionsOf(deployment: Deployment, calls: readonly Call[]): string[] {
  return calls.map(({ target, data }) => {
    const known = knownAt(deployment, target);
    const selector = data.slice(0, 10);
    return `${known?.name ?? target}.${known?.abi.parseTransaction({ data })?.name ?? selector}`;
  });
}

/** Open proposals that set something that these calls set, or call what they call. @param own number of the proposal with these calls */
export async function overlapsOf(
  provider: Provider,
  deployment: Deployment,
  calls: readonly Call[],
  own: string,
): Promise<Overlap[]> {
  const subjectsOf = (of: readonly Call[]): string[] => settingsOf(deployment, of).map(({ subject }) => subject);
  const subjects = new Set(subjectsOf(calls));
  const others = new Set(
    functionsOf(
      deployment,
      calls.filter((each) => subjectsOf([each]).length === 0),
    ),
  );
  const now = BigInt((await provider.getBlock("latest"))!.timestamp);
  const expiration = await accessManagerOf(provider, deployment).expiration();
  const open = (await listProposals(provider, deployment)).filter(
    ({ id, state, eta }) =>
      id !== own &&
      [...ACCEPTED, ...VOTED_ON].includes(state) &&
      // The AccessManager executes nothing that was left lying for so long.
      (eta === 0n || now < eta + expiration),
  );
  return open.flatMap((proposal) =>
    [
      ...subjectsOf(proposal.calls).filter((each) => subjects.has(each)),
      ...new Set(functionsOf(deployment, proposal.calls).filter((each) => others.has(each))),
    ].map((subject) => ({ subject, undoes: subjects.has(subject), proposal })),
  );
}

/** A person's sentence about it. */
export const overlapText = ({ subject, undoes, proposal: { id, state } }: Overlap): string =>
  undoes
    ? `proposal ${id.slice(0, 8)}…, which is ${state}, sets ${subject} too: whichever is executed later undoes the other`
    : `proposal ${id.slice(0, 8)}…, which is ${state}, calls ${subject} too: look at both (npx hardhat gov show ${id.slice(0, 8)})`;

/**
 * Refuses to propose what would undo something that is accepted already. Those that are still voted on may fail, and anybody with some stake can make one: they stop nothing.
 * @throws DeploymentError ProposalsOverlap
 */
export function requireNoneAccepted(id: string, overlaps: readonly Overlap[]): void {
  const accepted = overlaps.filter(({ undoes, proposal }) => undoes && ACCEPTED.includes(proposal.state));
  if (accepted.length === 0) return;
  throw new DeploymentError(
    "ProposalsOverlap",
    `${id} would undo what was voted:\n- ${accepted.map(overlapText).join("\n- ")}\nWait until it is executed, and propose then: setters take what stands there by that time`,
  );
}

/**
 * Refuses to go on with a proposal whose calls were made before somebody else's change of the same, which they would undo.
 * @throws DeploymentError ProposalsOverlap
 */
export async function requireNothingSince(
  provider: Provider,
  deployment: Deployment,
  migration: string,
  proposalId: string,
): Promise<void> {
  const own = (await listProposals(provider, deployment)).find(({ id }) => id === proposalId);
  if (own === undefined) return;
  const changed: string[] = [];
  for (const { subject, address, topic, data = "0x" } of settingsOf(deployment, own.calls)) {
    const logs = await pages(provider, { from: own.block + 1 }, (fromBlock, toBlock) =>
      provider.getLogs({ address, topics: [topic], fromBlock, toBlock }),
    );
    if (logs.some((log) => log.data.startsWith(data))) changed.push(subject);
  }
  if (changed.length === 0) return;
  throw new DeploymentError(
    "ProposalsOverlap",
    `${migration} was proposed before ${changed.join(", ")} was called by somebody else, and would undo that: look at both with \`npx hardhat migrate simulate ${migration}\`, and propose anew what is still wanted`,
  );
}
