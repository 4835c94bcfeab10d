import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { propose } from "../../deploy/governance/proposals.ts";
import type { ProposalRecord } from "../../deploy/governance/record.ts";
import { requireGood, simulate } from "../../deploy/governance/simulate.ts";
import { networkOption } from "../common/context.ts";
import { print, printJson } from "../common/output.ts";
import { fork } from "./fork.ts";
import { openToSend } from "./open.ts";
import type { SendArguments } from "./open.ts";

export default async function (args: SendArguments, hre: HardhatRuntimeEnvironment): Promise<ProposalRecord> {
  await hre.tasks.getTask("build").run({ quiet: true });
  const opened = await openToSend(hre, args);
  const proposal = await propose({
    ...opened,
    rehearse: async (record) => {
      requireGood(opened.id, await simulate({ ...opened, ...(await fork(hre)), record }));
      if (!args.json) print("it is good on a copy of the chain");
    },
    onTransaction: (step, hash) => {
      if (!args.json) print(`${hash}  ${step}`);
    },
  });
  if (args.json) printJson(proposal);
  else {
    print(proposal.description);
    print(
      `\nproposal ${proposal.id}; when it is voted on: npx hardhat gov show ${opened.id}${await networkOption(hre, args.dir)}`,
    );
  }
  return proposal;
}
