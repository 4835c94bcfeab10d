import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { listProposals } from "../../deploy/governance/list.ts";
import type { Proposal } from "../../deploy/governance/list.ts";
import type { Contracts } from "../common/context.ts";
import { TaskError } from "../common/failure.ts";
import { theOne } from "../gov/show.ts";

/** The poll that the command line names. */
export async function findPoll(
  hre: HardhatRuntimeEnvironment,
  { deployment }: Contracts,
  beginning: string,
): Promise<Proposal> {
  const digits = beginning.replace(/…$/, "");
  if (!/^\d+$/.test(digits)) throw new TaskError(`${beginning} is not the number of a poll: npx hardhat polls list`);
  const { ethers } = await hre.network.getOrCreate();
  return theOne(await listProposals(ethers.provider, deployment, "Polls"), digits, "npx hardhat polls list");
}
