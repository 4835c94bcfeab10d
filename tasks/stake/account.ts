import { ZeroAddress } from "ethers";
import type { Signer } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { ContractTypes } from "../../deploy/contracts.ts";
import { addressOf } from "../common/arguments.ts";
import type { Contracts, WriteArguments } from "../common/context.ts";
import { openContracts, signerOf } from "../common/context.ts";
import { TaskError } from "../common/failure.ts";

/** Who acts on its stake, and through what. */
export interface Actor {
  readonly contracts: Contracts;
  readonly signer: Signer;
  readonly address: string;
  /** Sends as the signer. */
  readonly bonding: ContractTypes["BondingManager"];
}

export async function openActor({ dir, from }: WriteArguments, hre: HardhatRuntimeEnvironment): Promise<Actor> {
  const contracts = await openContracts(hre, dir);
  const signer = await signerOf(hre, from);
  return { contracts, signer, address: await signer.getAddress(), bonding: contracts.bonding.connect(signer) };
}

/** The orchestrator that was named, or the one behind whom the account stands. */
export async function orchestratorOf({ contracts, address }: Actor, named: string): Promise<string> {
  if (named !== "") return addressOf(named);
  const { orchestrator } = await contracts.bonding.getDelegator(address);
  if (orchestrator === ZeroAddress) throw new TaskError(`${address} stands behind nobody: name an orchestrator`);
  return orchestrator;
}
