import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { describeCall } from "../../deploy/calls.ts";
import { listProposals } from "../../deploy/governance/list.ts";
import type { Proposal } from "../../deploy/governance/list.ts";
import { loadMigration } from "../../deploy/governance/load.ts";
import { requireProposed } from "../../deploy/governance/proposals.ts";
import { directoryOf, openContracts } from "../common/context.ts";
import type { Contracts } from "../common/context.ts";
import { TaskError } from "../common/failure.ts";
import { lpt, moment, print, printable, printFacts, printJson } from "../common/output.ts";

interface Arguments {
  readonly proposal: string;
  readonly dir: string;
  readonly json: boolean;
}

export default async function ({ proposal, dir, json }: Arguments, hre: HardhatRuntimeEnvironment): Promise<Proposal> {
  const { deployment, rounds } = await openContracts(hre, dir);
  const { ethers, networkName } = await hre.network.getOrCreate();
  let wanted = proposal.replace(/…$/, "");
  if (!/^\d{5,}$/.test(wanted)) {
    const { id } = await loadMigration(proposal);
    wanted = requireProposed(directoryOf(hre, dir, networkName), id, deployment).id;
  }
  const only = theOne(await listProposals(ethers.provider, deployment), wanted, "npx hardhat gov list");
  if (json) {
    printJson(only);
    return only;
  }
  // Text of strangers, line by line: what a terminal would obey is not printed.
  print(only.description.split("\n").map(printable).join("\n"));
  print("\nWhat it really calls:");
  only.calls.forEach(({ target, data }, i) => print(`${i + 1}. ${printable(describeCall(deployment, target, data))}`));
  await printStanding(`proposal ${only.id.slice(0, 8)}…`, only, rounds);
  return only;
}

/** The one whose number begins like that. `command` lists them. */
export function theOne(proposals: readonly Proposal[], beginning: string, command: string): Proposal {
  const found = proposals.filter(({ id }) => id.startsWith(beginning));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw new TaskError(`${only === undefined ? "none" : "more than one"} begins with ${beginning}: ${command}`);
}

/** Where a vote stands. */
export async function printStanding(title: string, asked: Proposal, rounds: Contracts["rounds"]): Promise<void> {
  const { state, proposer, snapshot, deadline, votes, quorum, eta } = asked;
  const begins = async (round: bigint): Promise<string> => moment(await rounds.roundStart(round));
  printFacts(title, [
    ["state", state],
    ["proposer", proposer],
    ["stake counts as of", `round ${snapshot} (${await begins(snapshot)})`],
    ["vote ends with", `round ${deadline} (until ${await begins(deadline + 1n)})`],
    ["for", lpt(votes.for)],
    ["against", lpt(votes.against)],
    ["abstain", lpt(votes.abstain)],
    ["for and abstain need", quorum === null ? "known when the vote begins" : lpt(quorum)],
    ...(eta === 0n ? [] : ([["can be executed from", moment(eta)]] as const)),
  ]);
}
