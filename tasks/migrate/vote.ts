import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { SUPPORT, vote } from "../../deploy/governance/proposals.ts";
import type { Support } from "../../deploy/governance/proposals.ts";
import { TaskError } from "../common/failure.ts";
import { print, printJson } from "../common/output.ts";
import { openToSend } from "./open.ts";
import type { SendArguments } from "./open.ts";

interface VoteArguments extends SendArguments {
  readonly support: string;
  readonly reason: string;
}

export default async function (args: VoteArguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  if (!Object.hasOwn(SUPPORT, args.support))
    throw new TaskError(`${args.support} is no vote: say for, against or abstain`);
  const opened = await openToSend(hre, args);
  const voter = await opened.signer.getAddress();
  const done = await vote(opened, args.support as Support, args.reason);
  if (args.json) printJson({ migration: opened.id, voter, done });
  else print(`${voter} ${done} on ${opened.id}`);
}
