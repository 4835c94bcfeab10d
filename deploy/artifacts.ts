import { readFileSync } from "node:fs";
import path from "node:path";
import { concat, Interface } from "ethers";
import type { InterfaceAbi } from "ethers";
import { DeploymentError } from "./errors.ts";

export interface Artifact {
  readonly abi: InterfaceAbi;
  readonly bytecode: string;
  readonly deployedBytecode: string;
  /** Where the code has the values of its immutables, by the number of the variable in the compiler's tree. */
  readonly immutableReferences: Readonly<
    Record<string, readonly { readonly start: number; readonly length: number }[]>
  >;
  /** The compilation that it comes from: a file in `artifacts/build-info`. */
  readonly buildInfoId: string;
}

/** Where each artifact that is used at run time comes from, below `artifacts/`. */
const SOURCES = {
  LivepeerToken: "contracts/token/LivepeerToken.sol",
  RoundsManager: "contracts/rounds/RoundsManager.sol",
  Minter: "contracts/token/Minter.sol",
  BondingManager: "contracts/bonding/BondingManager.sol",
  BondingFaults: "contracts/bonding/BondingFaults.sol",
  BondingLedger: "contracts/bonding/BondingLedger.sol",
  ServiceRegistry: "contracts/registry/ServiceRegistry.sol",
  TicketBroker: "contracts/pm/TicketBroker.sol",
  Treasury: "contracts/governance/Treasury.sol",
  DisputeGame: "contracts/verification/DisputeGame.sol",
  Machine: "contracts/verification/Machine.sol",
  ProtocolGovernor: "contracts/governance/ProtocolGovernor.sol",
  Polls: "contracts/governance/Polls.sol",
  Consistency: "contracts/governance/Consistency.sol",
  AlphaController: "contracts/migration/alpha/AlphaController.sol",
  AlphaProxy: "contracts/migration/alpha/AlphaProxy.sol",
  AlphaToken: "contracts/migration/alpha/AlphaToken.sol",
  AlphaMinter: "contracts/migration/alpha/AlphaMinter.sol",
  AlphaRoundsManager: "contracts/migration/alpha/AlphaRoundsManager.sol",
  AlphaBondingManager: "contracts/migration/alpha/AlphaBondingManager.sol",
  AlphaJobsManager: "contracts/migration/alpha/AlphaJobsManager.sol",
  AlphaRounds: "contracts/migration/AlphaRounds.sol",
  AlphaFunds: "contracts/migration/AlphaFunds.sol",
  AlphaWitness: "contracts/migration/AlphaWitness.sol",
  AlphaDeposits: "contracts/migration/AlphaDeposits.sol",
  AlphaBonding: "contracts/migration/AlphaBonding.sol",
  AlphaViews: "contracts/migration/AlphaViews.sol",
  ProxyFactory: "contracts/proxy/ProxyFactory.sol",
  Bootstrap: "contracts/proxy/Bootstrap.sol",
  AccessManager: "@openzeppelin/contracts/access/manager/AccessManager.sol",
  ProxyAdmin: "@openzeppelin/contracts/proxy/transparent/ProxyAdmin.sol",
  TransparentUpgradeableProxy: "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol",
} as const;

export type ArtifactName = keyof typeof SOURCES;

export const ARTIFACT_NAMES = Object.keys(SOURCES) as ArtifactName[];

/** The part to which a contract passes on what it does not know: behind one address, so with one interface. */
const NEXT_PART: Partial<Record<ArtifactName, ArtifactName>> = {
  BondingManager: "BondingFaults",
  BondingFaults: "BondingLedger",
  AlphaRounds: "RoundsManager",
  AlphaBonding: "AlphaViews",
  AlphaViews: "BondingManager",
};

const directory = path.join(import.meta.dirname, "..", "artifacts");
const loaded = new Map<ArtifactName, { artifact: Artifact; interface: Interface }>();

/** The compiled contract, read once. */
export function readArtifact(name: ArtifactName): Artifact {
  return load(name).artifact;
}

/** The parsed ABI of the compiled contract, read once. */
export function readInterface(name: ArtifactName): Interface {
  return load(name).interface;
}

/** Creation code with its encoded constructor arguments. */
export function initCodeOf(name: ArtifactName, args: readonly unknown[]): string {
  const { artifact, interface: abi } = load(name);
  return concat([artifact.bytecode, abi.encodeDeploy(args)]);
}

function load(name: ArtifactName): { artifact: Artifact; interface: Interface } {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const file = path.join(directory, SOURCES[name], `${name}.json`);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new DeploymentError("ArtifactMissing", `${name} is not compiled: run \`npx hardhat build\``, { cause });
  }
  const artifact = JSON.parse(text) as Artifact;
  const next = NEXT_PART[name];
  const fragments = [...new Interface(artifact.abi).fragments];
  if (next !== undefined) {
    const known = new Set(fragments.map((fragment) => fragment.format("json")));
    const others = load(next).interface.fragments.filter(({ type }) => type !== "constructor" && type !== "fallback");
    fragments.push(...others.filter((fragment) => !known.has(fragment.format("json"))));
  }
  const entry = { artifact, interface: new Interface(fragments) };
  loaded.set(name, entry);
  return entry;
}
