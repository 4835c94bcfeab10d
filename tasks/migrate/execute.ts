import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { execute } from "../../deploy/governance/proposals.ts";
import { print, printJson } from "../common/output.ts";
import { openToSend } from "./open.ts";
import type { SendArguments } from "./open.ts";

export default async function (args: SendArguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  const opened = await openToSend(hre, args);
  const done = await execute(opened);
  if (args.json) printJson({ migration: opened.id, done });
  else print(`${opened.id} ${done}`);
}
