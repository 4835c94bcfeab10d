import path from "node:path";
import { isAddress } from "ethers";
import type { Signer } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { Deployment } from "../../deploy/contracts.ts";
import type { LivepeerToken, RoundsManager, ServiceRegistry } from "../../types/index.ts";

export interface CommonArguments {
  /** Directory of deployment.json; empty: that of the network. */
  readonly dir: string;
  readonly json: boolean;
}

export interface WriteArguments extends CommonArguments {
  /** Number or address of an account of the network. */
  readonly from: string;
}

/** The deployed registry and what the tasks need beside it. */
export interface RegistryContext {
  readonly deployment: Deployment;
  readonly registry: ServiceRegistry;
  readonly rounds: RoundsManager;
  readonly token: LivepeerToken;
}

/** Connects to the deployment on the network that the command line names, as a reader. */
export async function openRegistry(hre: HardhatRuntimeEnvironment, dir: string): Promise<RegistryContext> {
  // Compiled contracts may be missing when tasks are loaded.
  const { connect, readDeployment } = await import("../../deploy/contracts.ts");
  const { ethers, networkName } = await hre.network.getOrCreate();
  const directory = path.resolve(
    hre.config.paths.root,
    dir === "" ? path.join("deploy", "networks", networkName) : dir,
  );
  const deployment = readDeployment(path.join(directory, "deployment.json"));
  const { chainId } = await ethers.provider.getNetwork();
  if (chainId !== BigInt(deployment.chainId)) {
    throw new Error(
      `${directory} is a deployment on chain ${deployment.chainId}, network ${networkName} is chain ${chainId}`,
    );
  }
  const at = deployment.contracts;
  return {
    deployment,
    registry: connect("ServiceRegistry", at.ServiceRegistry.proxy, ethers.provider),
    rounds: connect("RoundsManager", at.RoundsManager.proxy, ethers.provider),
    token: connect("LivepeerToken", at.LivepeerToken.proxy, ethers.provider),
  };
}

/** The account of the network with this number or address. */
export async function signerOf(hre: HardhatRuntimeEnvironment, from: string): Promise<Signer> {
  const { ethers, networkName } = await hre.network.getOrCreate();
  const signers = await ethers.getSigners();
  const signer = isAddress(from)
    ? signers.find(({ address }) => address.toLowerCase() === from.toLowerCase())
    : signers[/^\d+$/.test(from) ? Number(from) : -1];
  if (signer === undefined) throw new Error(`network ${networkName} has no account ${from}`);
  return signer;
}
