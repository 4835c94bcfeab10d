import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { Obedient } from "../../deploy/governance/smoke.ts";
import { TaskError } from "../common/failure.ts";

/** A copy of the chain that the network names, in this process. What is done on it is forgotten with the process. */
export async function fork(hre: HardhatRuntimeEnvironment): Promise<Obedient> {
  const { networkConfig, networkName, ethers } = await hre.network.getOrCreate();
  if (networkConfig.type !== "http")
    throw new TaskError(
      `network ${networkName} is in this process and ends with it: name one that is served, such as --network localhost`,
    );
  const { chainId } = await ethers.provider.getNetwork();
  return forkOf(hre, await networkConfig.url.getUrl(), Number(chainId));
}

export async function forkOf(hre: HardhatRuntimeEnvironment, url: string, chainId: number): Promise<Obedient> {
  const { ethers } = await hre.network.create({
    network: "default",
    chainType: "l1",
    override: { chainId, forking: { url, enabled: true } },
  });
  // Calls on the last block of the original need the history of its hard forks; those on a block of the copy do not.
  await ethers.provider.send("evm_mine", []);
  return ethers;
}
