import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { Proposal } from "../../deploy/governance/list.ts";
import type { CommonArguments } from "../common/context.ts";
import { list } from "../gov/list.ts";

export default function (args: CommonArguments, hre: HardhatRuntimeEnvironment): Promise<Proposal[]> {
  return list("Polls", args, hre);
}
