import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { vote } from "../../deploy/governance/proposals.ts";
import { supportOf } from "../common/arguments.ts";
import { print, printJson } from "../common/output.ts";
import { openToSend } from "./open.ts";
import type { SendArguments } from "./open.ts";

interface VoteArguments extends SendArguments {
  readonly support: string;
  readonly reason: string;
}

export default async function (args: VoteArguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  const support = supportOf(args.support);
  const opened = await openToSend(hre, args);
  const voter = await opened.signer.getAddress();
  const done = await vote(opened, support, args.reason);
  if (args.json) printJson({ migration: opened.id, voter, done });
  else print(`${voter} ${done === "overrode" ? "voted with its own stake" : done} on ${opened.id}`);
}
