import { ZeroAddress } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { ContractTypes } from "../../deploy/contracts.ts";
import { addressOf } from "../common/arguments.ts";
import type { Account, WriteArguments } from "../common/context.ts";
import { openAccount } from "../common/context.ts";
import { TaskError } from "../common/failure.ts";

/** Who acts on its stake, and through what. */
export interface Actor extends Account {
  /** Sends as the signer. */
  readonly bonding: ContractTypes["BondingManager"];
}

export async function openActor(args: WriteArguments, hre: HardhatRuntimeEnvironment): Promise<Actor> {
  const account = await openAccount(args, hre);
  return { ...account, bonding: account.contracts.bonding.connect(account.signer) };
}

/** The orchestrator that was named, or the one behind whom the account stands. */
export async function orchestratorOf({ contracts, address }: Actor, named: string): Promise<string> {
  if (named !== "") return addressOf(named);
  const { orchestrator } = await contracts.bonding.getDelegator(address);
  if (orchestrator === ZeroAddress) throw new TaskError(`${address} stands behind nobody: name an orchestrator`);
  return orchestrator;
}
