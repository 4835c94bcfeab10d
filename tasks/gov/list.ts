import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { Asked } from "../../deploy/governance/ballot.ts";
import { listProposals } from "../../deploy/governance/list.ts";
import type { Proposal } from "../../deploy/governance/list.ts";
import { openContracts } from "../common/context.ts";
import type { CommonArguments } from "../common/context.ts";
import { print, printable, printJson, printTable, rough } from "../common/output.ts";

export default function (args: CommonArguments, hre: HardhatRuntimeEnvironment): Promise<Proposal[]> {
  return list("ProtocolGovernor", args, hre);
}

/** Prints all proposals or all polls. */
export async function list(
  where: Asked,
  { dir, json }: CommonArguments,
  hre: HardhatRuntimeEnvironment,
): Promise<Proposal[]> {
  const { deployment } = await openContracts(hre, dir);
  const { ethers } = await hre.network.getOrCreate();
  const proposals = await listProposals(ethers.provider, deployment, where);
  if (json) printJson(proposals);
  else if (proposals.length === 0) print(where === "Polls" ? "nothing was asked yet" : "nothing was proposed yet");
  else
    printTable(
      [
        where === "Polls" ? "poll" : "proposal",
        "title",
        "state",
        "last round",
        "for (LPT)",
        "against (LPT)",
        "abstain (LPT)",
      ],
      proposals.map(({ id, description, state, deadline, votes }) => [
        `${id.slice(0, 8)}…`,
        titleOf(description),
        state,
        String(deadline),
        rough(votes.for),
        rough(votes.against),
        rough(votes.abstain),
      ]),
      ["last round", "for (LPT)", "against (LPT)", "abstain (LPT)"],
    );
  return proposals;
}

/** The first line, which may be a heading, on one line of a terminal. */
export const titleOf = (description: string): string =>
  printable(description.split("\n")[0]!.replace(/^#+ */, "")).slice(0, 70);
