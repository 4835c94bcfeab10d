import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { ContractTypes } from "../../deploy/contracts.ts";
import type { Account, WriteArguments } from "../common/context.ts";
import { accountOf, openAccount } from "../common/context.ts";

/** Who acts on its ETH in the broker. */
export interface Payer extends Account {
  /** Sends as the signer. */
  readonly broker: ContractTypes["TicketBroker"];
}

export async function openPayer(args: WriteArguments, hre: HardhatRuntimeEnvironment): Promise<Payer> {
  const account = await openAccount(args, hre);
  return { ...account, broker: account.contracts.broker.connect(account.signer) };
}

/** The broadcaster that was named, or who sends. */
export async function senderOf(hre: HardhatRuntimeEnvironment, named: string, payer: Payer): Promise<string> {
  return named === "" ? payer.address : accountOf(hre, named);
}
