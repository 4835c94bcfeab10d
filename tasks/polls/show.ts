import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { Proposal } from "../../deploy/governance/list.ts";
import { openContracts } from "../common/context.ts";
import type { CommonArguments } from "../common/context.ts";
import { print, printable, printJson } from "../common/output.ts";
import { printStanding } from "../gov/show.ts";
import { findPoll } from "./find.ts";

export default async function show(
  { poll, dir, json }: CommonArguments & { readonly poll: string },
  hre: HardhatRuntimeEnvironment,
): Promise<Proposal> {
  const contracts = await openContracts(hre, dir);
  const found = await findPoll(hre, contracts, poll);
  if (json) printJson(found);
  else {
    print(`${found.description.split("\n").map(printable).join("\n")}\n`);
    await printStanding(`poll ${found.id.slice(0, 8)}…`, found, contracts.rounds);
  }
  return found;
}
