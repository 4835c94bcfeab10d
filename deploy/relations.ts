import { AbiCoder, encodeBytes32String, getCreate2Address, getCreateAddress, keccak256 } from "ethers";
import { initCodeOf, readInterface } from "./artifacts.ts";
import { CONTRACT_NAMES } from "./contracts.ts";
import type { ContractName, DeployedContract, Deployment, Journal } from "./contracts.ts";
import type { Parameters } from "./parameters.ts";

/** A contract that the factory creates. Its address follows from the rest. */
export interface Creation {
  name: string;
  salt: string;
  initCode: string;
  address: string;
}

/** Everything that follows from the factory and the deployer: nothing here has to be stored. */
export interface Plan {
  deployment: Deployment;
  accessManager: Creation;
  bootstrap: Creation;
  proxies: Record<ContractName, Creation>;
  implementations: Record<ContractName, Creation>;
  /** Logic to which the BondingManager passes on what it does not know, last one first. */
  parts: readonly Creation[];
  /** Executes the step on which a dispute ends. */
  machine: Creation;
  /** What every proposal has to leave in order. */
  consistency: Creation;
}

/** {1} Into how many parts a move of a dispute divides a range (LIP-6). */
const ARITY = 16;

/**
 * Derives all addresses of a deployment. Proxies of a finished one stay where they are, whatever another compiler would make of them.
 * @param standing contracts that were there before, behind proxies of their own
 */
export function planOf(journal: Journal | Deployment, standing: Partial<Record<ContractName, string>> = {}): Plan {
  const recorded = "contracts" in journal ? journal : undefined;
  const creation = (name: string, initCode: string): Creation => {
    const salt = encodeBytes32String(name);
    return { name, salt, initCode, address: getCreate2Address(journal.factory, salt, keccak256(initCode)) };
  };

  const at = (address: string | undefined, made: Creation): Creation => ({ ...made, address: address ?? made.address });

  const accessManager = at(
    recorded?.accessManager,
    creation("AccessManager", initCodeOf("AccessManager", [journal.deployer])),
  );
  const bootstrap = creation("Bootstrap", initCodeOf("Bootstrap", []));
  const begin = readInterface("Bootstrap").encodeFunctionData("bootstrap");
  const proxies = mapContracts((name) =>
    at(
      recorded?.contracts[name].proxy ?? standing[name],
      creation(name, initCodeOf("TransparentUpgradeableProxy", [bootstrap.address, accessManager.address, begin])),
    ),
  );

  const proxy = (name: ContractName): string => proxies[name].address;
  const bondingRelations = [
    proxy("LivepeerToken"),
    proxy("RoundsManager"),
    proxy("Minter"),
    proxy("TicketBroker"),
    proxy("ServiceRegistry"),
    proxy("Treasury"),
  ];
  const ledger = creation("BondingLedger", initCodeOf("BondingLedger", [bondingRelations]));
  const faults = creation("BondingFaults", initCodeOf("BondingFaults", [bondingRelations, ledger.address]));
  const machine = creation("Machine", initCodeOf("Machine", []));
  const disputeRelations = [
    machine.address,
    proxy("RoundsManager"),
    proxy("BondingManager"),
    proxy("ServiceRegistry"),
    proxy("TicketBroker"),
    proxy("Treasury"),
  ];
  const consistency = creation(
    "Consistency",
    initCodeOf("Consistency", [proxy("RoundsManager"), proxy("BondingManager"), proxy("DisputeGame")]),
  );
  const immutables: Record<ContractName, readonly unknown[]> = {
    LivepeerToken: [proxy("Minter")],
    RoundsManager: [],
    Minter: [proxy("LivepeerToken"), proxy("BondingManager"), proxy("Treasury")],
    BondingManager: [bondingRelations, faults.address],
    ServiceRegistry: [proxy("LivepeerToken"), proxy("RoundsManager"), proxy("BondingManager")],
    TicketBroker: [proxy("RoundsManager"), proxy("BondingManager"), proxy("Treasury")],
    Treasury: [proxy("LivepeerToken")],
    DisputeGame: [disputeRelations, ARITY],
    ProtocolGovernor: [proxy("BondingManager"), consistency.address],
    Polls: [proxy("ProtocolGovernor"), proxy("BondingManager")],
  };
  const implementations = mapContracts((name) => creation(`${name} logic`, initCodeOf(name, immutables[name])));

  const contracts = mapContracts<DeployedContract>((name) => ({
    proxy: proxy(name),
    implementation: implementations[name].address,
    // The admin is the first contract that the proxy's constructor creates.
    proxyAdmin: getCreateAddress({ from: proxy(name), nonce: 1 }),
  }));
  return {
    deployment: { ...journal, accessManager: accessManager.address, contracts },
    accessManager,
    bootstrap,
    proxies,
    implementations,
    parts: [ledger, faults],
    machine,
    consistency,
  };
}

/** The encoded `initialize` call of each contract. `startTime` stands in for a start at the deployment. */
export function initializersOf(plan: Plan, parameters: Parameters, startTime: number): Record<ContractName, string> {
  const { rounds, minter, bonding, registry, broker, disputes, token, governance } = parameters;
  const { inflation, ...emission } = minter;
  const authority = plan.accessManager.address;
  const args: Record<ContractName, readonly unknown[]> = {
    LivepeerToken: [
      token.genesis.map(({ account, amount }) => ({
        account: account === "deployer" ? plan.deployment.deployer : account,
        amount,
      })),
    ],
    RoundsManager: [
      authority,
      rounds.roundLength,
      rounds.startTime === "deployment" ? startTime : rounds.startTime,
      rounds.startRound,
    ],
    Minter: [authority, emission, inflation],
    BondingManager: [authority, bonding],
    ServiceRegistry: [authority, registry],
    TicketBroker: [authority, broker],
    Treasury: [authority],
    DisputeGame: [authority, disputes],
    ProtocolGovernor: [
      authority,
      {
        votingDelay: governance.votingDelay,
        votingPeriod: governance.votingPeriod,
        proposalThreshold: governance.proposalThreshold,
        quorum: governance.quorum,
        timelock: timelockOf(parameters),
      },
    ],
    Polls: [],
  };
  return mapContracts((name) => readInterface(name).encodeFunctionData("initialize", args[name]));
}

/** {s} What governance waits between a vote and its execution. */
export function timelockOf({ governance, rounds }: Parameters): number {
  return governance.timelock * rounds.roundLength;
}

/** The implementation's or the admin's storage slot holds an address. */
export function addressInSlot(word: string): string {
  return AbiCoder.defaultAbiCoder().decode(["address"], word)[0] as string;
}

export function mapContracts<T>(value: (name: ContractName) => T): Record<ContractName, T> {
  return Object.fromEntries(CONTRACT_NAMES.map((name) => [name, value(name)])) as Record<ContractName, T>;
}
