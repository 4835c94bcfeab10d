import path from "node:path";
import { getAddress, isAddress } from "ethers";
import type { ContractRunner, Signer } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { ContractTypes, Deployment } from "../../deploy/contracts.ts";
import { pages } from "../../deploy/pages.ts";
import { addressOf } from "./arguments.ts";
import { TaskError } from "./failure.ts";
import { sayPages } from "./progress.ts";

export interface CommonArguments {
  /** Directory of deployment.json; empty: that of the network. */
  readonly dir: string;
  readonly json: boolean;
}

export interface WriteArguments extends CommonArguments {
  /** Number or address of an account of the network. */
  readonly from: string;
}

/** Reads something of some blocks, the last one included. */
type Blockwise<T> = (first: number, last: number) => Promise<readonly T[]>;

/** The deployed contracts, for reading. */
export interface Contracts {
  readonly deployment: Deployment;
  /** {s, Unix} The time of the next block. */
  readonly now: () => Promise<bigint>;
  /** All events since the deployment, of which `ask` reads those of some blocks. */
  readonly events: <T>(ask: Blockwise<T>) => Promise<T[]>;
  readonly token: ContractTypes["LivepeerToken"];
  readonly rounds: ContractTypes["RoundsManager"];
  readonly minter: ContractTypes["Minter"];
  readonly bonding: ContractTypes["BondingManager"];
  readonly registry: ContractTypes["ServiceRegistry"];
  readonly broker: ContractTypes["TicketBroker"];
  readonly disputes: ContractTypes["DisputeGame"];
}

/** `deployment.json` and `parameters.json5` of a network, unless told otherwise. */
export function directoryOf(hre: HardhatRuntimeEnvironment, dir: string, networkName: string): string {
  return path.resolve(hre.config.paths.root, dir === "" ? path.join("deploy", "networks", networkName) : dir);
}

/** Connects to the deployment on the network that the command line names. */
export async function openContracts(hre: HardhatRuntimeEnvironment, dir: string): Promise<Contracts> {
  // Compiled contracts may be missing when tasks are loaded.
  const { connect, readDeployment } = await import("../../deploy/contracts.ts");
  const { ethers, networkName } = await hre.network.getOrCreate();
  const directory = directoryOf(hre, dir, networkName);
  const deployment = readDeployment(path.join(directory, "deployment.json"));
  const { chainId } = await ethers.provider.getNetwork();
  if (chainId !== BigInt(deployment.chainId)) {
    throw new TaskError(
      `${directory} is a deployment on chain ${deployment.chainId}, network ${networkName} is chain ${chainId}`,
    );
  }
  const at = deployment.contracts;
  if ((await ethers.provider.getCode(at.BondingManager.proxy)) === "0x") {
    throw new TaskError(`network ${networkName} has none of the contracts in ${directory}: run the deployment first`);
  }
  const { provider } = ethers;
  // By the clock of the next block: a chain that only moves when it is used would tell an old round.
  const reader: ContractRunner = { provider, call: (tx) => provider.call({ ...tx, blockTag: "pending" }) };
  return {
    deployment,
    now: async () => {
      const block = (await provider.send("eth_getBlockByNumber", ["pending", false])) as { timestamp: string };
      return BigInt(block.timestamp);
    },
    events: (ask) => pages(provider, { from: deployment.block, onPage: sayPages() }, ask),
    token: connect("LivepeerToken", at.LivepeerToken.proxy, reader),
    rounds: connect("RoundsManager", at.RoundsManager.proxy, reader),
    minter: connect("Minter", at.Minter.proxy, reader),
    bonding: connect("BondingManager", at.BondingManager.proxy, reader),
    registry: connect("ServiceRegistry", at.ServiceRegistry.proxy, reader),
    broker: connect("TicketBroker", at.TicketBroker.proxy, reader),
    disputes: connect("DisputeGame", at.DisputeGame.proxy, reader),
  };
}

/** The account of the network with this number or address. */
export async function signerOf(hre: HardhatRuntimeEnvironment, from: string): Promise<Signer> {
  const { ethers, networkName } = await hre.network.getOrCreate();
  const signers = await ethers.getSigners();
  const signer = isAddress(from)
    ? signers.find(({ address }) => address.toLowerCase() === from.toLowerCase())
    : signers[/^\d+$/.test(from) ? Number(from) : -1];
  if (signer === undefined) throw new TaskError(`network ${networkName} has no account ${from}`);
  return signer;
}

/** Who sends, and the contracts that it sends to. */
export interface Account {
  readonly contracts: Contracts;
  readonly signer: Signer;
  readonly address: string;
}

export async function openAccount({ dir, from }: WriteArguments, hre: HardhatRuntimeEnvironment): Promise<Account> {
  const contracts = await openContracts(hre, dir);
  const signer = await signerOf(hre, from);
  return { contracts, signer, address: await signer.getAddress() };
}

/** Any address, or that of an account of the network by its number. */
export async function accountOf(hre: HardhatRuntimeEnvironment, account: string): Promise<string> {
  return /^\d{1,9}$/.test(account) ? getAddress(await (await signerOf(hre, account)).getAddress()) : addressOf(account);
}

/** How network and directory are named on the command line, for commands to run next. */
export async function networkOption(hre: HardhatRuntimeEnvironment, dir = ""): Promise<string> {
  const { networkName } = await hre.network.getOrCreate();
  return `${networkName === "default" ? "" : ` --network ${networkName}`}${dir === "" ? "" : ` --dir ${dir}`}`;
}
