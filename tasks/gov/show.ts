import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { describeCall } from "../../deploy/calls.ts";
import { listProposals } from "../../deploy/governance/list.ts";
import type { Proposal } from "../../deploy/governance/list.ts";
import { loadMigration } from "../../deploy/governance/load.ts";
import { requireProposed } from "../../deploy/governance/proposals.ts";
import { directoryOf, openContracts } from "../common/context.ts";
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
  const found = (await listProposals(ethers.provider, deployment)).filter(({ id }) => id.startsWith(wanted));
  const [only] = found;
  if (only === undefined || found.length > 1)
    throw new TaskError(
      `${only === undefined ? "no" : "more than one"} proposal begins with ${wanted}: npx hardhat gov list`,
    );
  if (json) {
    printJson(only);
    return only;
  }
  // Text of strangers, line by line: what a terminal would obey is not printed.
  print(only.description.split("\n").map(printable).join("\n"));
  print("\nWhat it really calls:");
  only.calls.forEach(({ target, data }, i) => print(`${i + 1}. ${printable(describeCall(deployment, target, data))}`));
  const begins = async (round: bigint): Promise<string> => moment(await rounds.roundStart(round));
  printFacts(`proposal ${only.id.slice(0, 8)}…`, [
    ["state", only.state],
    ["proposer", only.proposer],
    ["stake counts as of", `round ${only.snapshot} (${await begins(only.snapshot)})`],
    ["vote ends with", `round ${only.deadline} (until ${await begins(only.deadline + 1n)})`],
    ["for", lpt(only.votes.for)],
    ["against", lpt(only.votes.against)],
    ["abstain", lpt(only.votes.abstain)],
    ["for and abstain need", only.quorum === null ? "known when the vote begins" : lpt(only.quorum)],
    ...(only.eta === 0n ? [] : ([["can be executed from", moment(only.eta)]] as const)),
  ]);
  return only;
}
