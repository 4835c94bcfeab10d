import type { Signer } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { ContractTypes } from "../../deploy/contracts.ts";
import type { Contracts, WriteArguments } from "../common/context.ts";
import { accountOf, openContracts, signerOf } from "../common/context.ts";

/** Who acts on its ETH in the broker. */
export interface Payer {
  readonly contracts: Contracts;
  readonly signer: Signer;
  readonly address: string;
  /** Sends as the signer. */
  readonly broker: ContractTypes["TicketBroker"];
}

export async function openPayer({ dir, from }: WriteArguments, hre: HardhatRuntimeEnvironment): Promise<Payer> {
  const contracts = await openContracts(hre, dir);
  const signer = await signerOf(hre, from);
  return { contracts, signer, address: await signer.getAddress(), broker: contracts.broker.connect(signer) };
}

/** The broadcaster that was named, or who sends. */
export async function senderOf(hre: HardhatRuntimeEnvironment, named: string, payer: Payer): Promise<string> {
  return named === "" ? payer.address : accountOf(hre, named);
}
