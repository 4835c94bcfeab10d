import path from "node:path";
import { getAddress } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { StoredWinner } from "../../offchain/pm/interface.ts";
import { requireSame } from "../../offchain/store/database.ts";
import type { StoreIdentity, StoreReader } from "../../offchain/store/interface.ts";
import { openStoreReader, storeFile } from "../../offchain/store/sqlite.ts";
import type { CommonArguments, Contracts } from "../common/context.ts";
import { openContracts } from "../common/context.ts";
import { TaskError } from "../common/failure.ts";

export interface StoreArguments extends CommonArguments {
  /** Data directory of a node. */
  readonly dataDir: string;
}

/** A node's store, for reading, and the contracts that its tickets are about. */
export interface NodeStoreView {
  readonly contracts: Contracts;
  readonly file: string;
  readonly identity: StoreIdentity;
  readonly reader: StoreReader;
}

/** Errors: `StoreNotFound`, `StoreVersionUnknown`, `StoreMismatch` when it is of another network. */
export async function openNodeStore(args: StoreArguments, hre: HardhatRuntimeEnvironment): Promise<NodeStoreView> {
  if (args.dataDir === "") throw new TaskError("say --data-dir, the directory that the node's settings call dataDir");
  const contracts = await openContracts(hre, args.dir);
  const file = storeFile(path.resolve(args.dataDir));
  const reader = openStoreReader(file);
  try {
    const { chainId, contracts: at } = contracts.deployment;
    const identity = { ...reader.identity, address: getAddress(reader.identity.address) };
    requireSame(identity, { ...identity, chainId: BigInt(chainId), broker: at.TicketBroker.proxy });
    return { contracts, file, identity, reader };
  } catch (error) {
    reader.close();
    throw error;
  }
}

/** Which ticket a winner is. */
export interface TicketName {
  readonly sender: string;
  readonly creationRound: number;
  readonly commitmentIndex: bigint;
  /** {wei ETH} */
  readonly faceValue: bigint;
}

export function nameOf({ ticket }: StoredWinner): TicketName {
  const { sender, creationRound, commitmentIndex, faceValue } = ticket;
  return { sender, creationRound, commitmentIndex, faceValue };
}
