import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { propose } from "../../deploy/governance/proposals.ts";
import type { ProposalRecord } from "../../deploy/governance/record.ts";
import { requireGood } from "../../deploy/governance/simulate.ts";
import { networkOption } from "../common/context.ts";
import { print, printJson } from "../common/output.ts";
import { openToSend } from "./open.ts";
import type { SendArguments } from "./open.ts";
import { rehearse } from "./rehearse.ts";

export interface ProposeArguments extends SendArguments {
  readonly suite: string;
}

export default async function (args: ProposeArguments, hre: HardhatRuntimeEnvironment): Promise<ProposalRecord> {
  await hre.tasks.getTask("build").run({ quiet: true });
  const opened = await openToSend(hre, args);
  const proposal = await propose({
    ...opened,
    rehearse: async (record) => {
      requireGood(opened.id, await rehearse(hre, { ...opened, record }, args));
      if (!args.json) print("it is good on a copy of the chain");
    },
    onOverlap: (text) => {
      process.stderr.write(`note: ${text}\n`);
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
