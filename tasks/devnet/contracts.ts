import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type HDNodeWallet, JsonRpcProvider } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { Deployment } from "../../deploy/contracts.ts";
import { deploy } from "../../deploy/index.ts";
import { type Parameters, readParameters } from "../../deploy/parameters.ts";
import { developmentWallet } from "../../offchain/eth/keys.ts";
import { startChain } from "./chain.ts";

export const LOCALHOST_PARAMETERS = fileURLToPath(
  new URL("../../deploy/networks/localhost/parameters.json5", import.meta.url),
);

/** The contracts on a chain of their own, and a directory for what belongs to them. */
export interface LocalContracts {
  readonly dir: string;
  readonly rpcUrl: string;
  readonly provider: JsonRpcProvider;
  readonly deployer: HDNodeWallet;
  readonly deployment: Deployment;
  /** Of the deployment, for nodes. */
  readonly deploymentFile: string;
  readonly parameters: Parameters;
  /** Ends the chain and removes the directory. */
  readonly close: () => Promise<void>;
}

/** @param name in that of the directory; @param change of the local network's parameters */
export async function deployLocally(
  network: HardhatRuntimeEnvironment["network"],
  name: string,
  change: (parameters: Parameters) => Parameters,
): Promise<LocalContracts> {
  const dir = await mkdtemp(join(tmpdir(), `streamflow-${name}-`));
  const chain = await startChain(network);
  const { rpcUrl } = chain;
  const provider = new JsonRpcProvider(rpcUrl, undefined, { staticNetwork: true, cacheTimeout: -1 });
  const close = async (): Promise<void> => {
    provider.destroy();
    await chain.close();
    await rm(dir, { recursive: true });
  };
  try {
    const deployer = developmentWallet(0).connect(provider);
    const parameters = change(readParameters(LOCALHOST_PARAMETERS));
    const files = join(dir, "network");
    const deployment = await deploy({ signer: deployer, parameters, dir: files });
    const deploymentFile = join(files, "deployment.json");
    return { dir, rpcUrl, provider, deployer, deployment, deploymentFile, parameters, close };
  } catch (error) {
    await close();
    throw error;
  }
}
