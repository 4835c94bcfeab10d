import { readFileSync } from "node:fs";
import { Contract, isAddress } from "ethers";
import type { ContractRunner } from "ethers";
import { z } from "zod";
import type {
  BondingFaults,
  BondingLedger,
  BondingManager,
  DisputeGame,
  LivepeerToken,
  Minter,
  Polls,
  ProtocolGovernor,
  RoundsManager,
  ServiceRegistry,
  TicketBroker,
  Treasury,
} from "../types/index.ts";
import { readInterface } from "./artifacts.ts";
import { DeploymentError } from "./errors.ts";

/** The BondingManager with the parts to which it passes on what it does not know. */
export type WholeBondingManager = Omit<BondingManager & BondingFaults & BondingLedger, "connect"> & {
  connect(runner?: ContractRunner | null): WholeBondingManager;
};

/** Every contract that stands behind a proxy, by its name. */
export interface ContractTypes {
  LivepeerToken: LivepeerToken;
  RoundsManager: RoundsManager;
  Minter: Minter;
  BondingManager: WholeBondingManager;
  ServiceRegistry: ServiceRegistry;
  TicketBroker: TicketBroker;
  Treasury: Treasury;
  DisputeGame: DisputeGame;
  ProtocolGovernor: ProtocolGovernor;
  Polls: Polls;
}

export type ContractName = keyof ContractTypes;

/** In the order in which they are deployed. */
export const CONTRACT_NAMES = [
  "LivepeerToken",
  "RoundsManager",
  "Minter",
  "BondingManager",
  "ServiceRegistry",
  "TicketBroker",
  "Treasury",
  "DisputeGame",
  "ProtocolGovernor",
  "Polls",
] as const satisfies readonly ContractName[];

const address = z.string().refine((value) => isAddress(value), "not an address");

const deployedContract = z.strictObject({ proxy: address, implementation: address, proxyAdmin: address });

/** What is known before the first transaction: enough to find everything else on the chain. */
export const journalSchema = z.object({
  chainId: z.int().positive(),
  /** Head of the chain before the first transaction: no event of the deployment is older. */
  block: z.int().nonnegative(),
  deployer: address,
  factory: address,
});

export const deploymentSchema = z.strictObject({
  ...journalSchema.shape,
  accessManager: address,
  contracts: z.strictObject({
    LivepeerToken: deployedContract,
    RoundsManager: deployedContract,
    Minter: deployedContract,
    BondingManager: deployedContract,
    ServiceRegistry: deployedContract,
    TicketBroker: deployedContract,
    Treasury: deployedContract,
    DisputeGame: deployedContract,
    ProtocolGovernor: deployedContract,
    Polls: deployedContract,
  }),
});

export type Journal = z.infer<typeof journalSchema>;
export type DeployedContract = z.infer<typeof deployedContract>;

/** A finished deployment. */
export interface Deployment extends Journal {
  accessManager: string;
  contracts: Record<ContractName, DeployedContract>;
}

/** Reads a finished `deployment.json`. */
export function readDeployment(file: string): Deployment {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new DeploymentError("IncompleteDeployment", `${file} cannot be read: run the deployment first`, { cause });
  }
  const parsed = deploymentSchema.safeParse(content);
  if (!parsed.success) {
    throw new DeploymentError(
      "IncompleteDeployment",
      `${file} is not a finished deployment: run it again\n${z.prettifyError(parsed.error)}`,
    );
  }
  return parsed.data;
}

/** A typed handle on the contract `name` at `address`. */
export function connect<N extends ContractName>(
  name: N,
  address: string,
  runner: ContractRunner | null,
): ContractTypes[N] {
  return new Contract(address, readInterface(name), runner) as unknown as ContractTypes[N];
}
