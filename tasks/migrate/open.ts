import path from "node:path";
import type { Signer } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { HardhatEthersProvider } from "@nomicfoundation/hardhat-ethers/types";
import { readDeployment } from "../../deploy/contracts.ts";
import type { Deployment } from "../../deploy/contracts.ts";
import { loadMigration } from "../../deploy/governance/load.ts";
import { readParameters } from "../../deploy/parameters.ts";
import type { Parameters } from "../../deploy/parameters.ts";
import { requireChain } from "../../deploy/index.ts";
import type { Migration } from "../../deploy/migrations/migration.ts";
import { directoryOf, signerOf } from "../common/context.ts";

export interface MigrateArguments {
  readonly migration: string;
  readonly dir: string;
  readonly json: boolean;
}

export interface SendArguments extends MigrateArguments {
  readonly from: string;
}

/** A migration and the deployment that it changes. */
export interface Opened {
  readonly id: string;
  readonly migration: Migration;
  readonly dir: string;
  readonly deployment: Deployment;
  readonly parameters: Parameters;
  readonly provider: HardhatEthersProvider;
  /** {s, Unix} Of the next block. */
  readonly now: bigint;
}

export async function open(hre: HardhatRuntimeEnvironment, name: string, option: string): Promise<Opened> {
  const { id, migration } = await loadMigration(name);
  const { ethers, networkName } = await hre.network.getOrCreate();
  const dir = directoryOf(hre, option, networkName);
  const deployment = readDeployment(path.join(dir, "deployment.json"));
  const { provider } = ethers;
  await requireChain(provider, deployment);
  const parameters = readParameters(path.join(dir, "parameters.json5"));
  const block = (await provider.send("eth_getBlockByNumber", ["pending", false])) as { timestamp: string };
  return { id, migration, dir, deployment, parameters, provider, now: BigInt(block.timestamp) };
}

/** The same, and who sends. */
export async function openToSend(
  hre: HardhatRuntimeEnvironment,
  { migration, dir, from }: SendArguments,
): Promise<Opened & { readonly signer: Signer }> {
  return { ...(await open(hre, migration, dir)), signer: await signerOf(hre, from) };
}
