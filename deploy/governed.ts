import { Contract, formatUnits } from "ethers";
import type { Provider } from "ethers";
import { readInterface } from "./artifacts.ts";
import { connect } from "./contracts.ts";
import type { ContractName, Deployment } from "./contracts.ts";
import type { Parameters } from "./parameters.ts";
import { timelockOf } from "./relations.ts";

/** How a value is written in a file of parameters; on the chain: wei, wei, 1e18 = 100 %, and the others as they are. One is in rounds there and in seconds here: the timelock. */
export type Unit = "LPT" | "ETH" | "%" | "whole %" | "s" | "round" | "1" | "gwei";

/** What governance sets, of each section of a file of parameters; the rest is said once, at the deployment. */
export interface Governed {
  rounds: Pick<Parameters["rounds"], "roundLength">;
  minter: Omit<Parameters["minter"], "inflation">;
  bonding: Parameters["bonding"];
  registry: Parameters["registry"];
  broker: Parameters["broker"];
  disputes: Parameters["disputes"];
  governance: Omit<Parameters["governance"], "administrator" | "guardian">;
}

export type Section = keyof Governed;

/** `section.name`, as it stands in the file. */
export type ParameterPath = { [S in Section]: `${S}.${keyof Governed[S] & string}` }[Section];

/** How a parameter is read and set. */
interface Functions {
  /** Answers with the value, or with all of the section. */
  readonly getter: string;
  /** Takes the value, or all of the section in its order. */
  readonly setter: string;
  /** Has the old and the new of what was set. */
  readonly event: string;
}

interface Row<S extends Section> {
  readonly contract: ContractName;
  /** Of the whole section, or of each on its own. */
  readonly functions: Functions | Readonly<Record<keyof Governed[S], Functions>>;
  readonly units: Readonly<Record<keyof Governed[S], Unit>>;
}

const functions: Functions = { getter: "parameters", setter: "setParameters", event: "ParametersChanged" };

/** Where each governed parameter is. A parameter without its unit here does not compile. */
export const GOVERNED: { readonly [S in Section]: Row<S> } = {
  rounds: {
    contract: "RoundsManager",
    functions: { getter: "schedule", setter: "setRoundLength", event: "RoundLengthChanged" },
    units: { roundLength: "s" },
  },
  minter: {
    contract: "Minter",
    functions,
    units: { inflationStep: "%", maximumInflation: "%", targetBondingRate: "%", treasuryCut: "%" },
  },
  bonding: {
    contract: "BondingManager",
    functions,
    units: {
      minimumStake: "LPT",
      minimumSelfStake: "LPT",
      unbondingPeriod: "round",
      commissionNotice: "round",
      challengeWindow: "s",
      jailPeriod: "round",
      faultAllowance: "1",
      faultPeriod: "round",
    },
  },
  registry: { contract: "ServiceRegistry", functions, units: { serviceDeposit: "LPT" } },
  broker: {
    contract: "TicketBroker",
    functions,
    units: { ticketValidity: "round", unlockPeriod: "round", curingPeriod: "round" },
  },
  disputes: {
    contract: "DisputeGame",
    functions,
    units: { openingWindow: "s", clock: "s", slashFraction: "%", gasPriceCap: "gwei", penalty: "ETH" },
  },
  governance: {
    contract: "ProtocolGovernor",
    functions: {
      votingDelay: { getter: "votingDelay", setter: "setVotingDelay", event: "VotingDelaySet" },
      votingPeriod: { getter: "votingPeriod", setter: "setVotingPeriod", event: "VotingPeriodSet" },
      proposalThreshold: {
        getter: "proposalThreshold",
        setter: "setProposalThreshold",
        event: "ProposalThresholdSet",
      },
      quorum: { getter: "quorumNumerator", setter: "updateQuorumNumerator", event: "QuorumNumeratorUpdated" },
      timelock: { getter: "timelock", setter: "setBaseDelaySeconds", event: "BaseDelaySet" },
    },
    units: { votingDelay: "round", votingPeriod: "round", proposalThreshold: "LPT", quorum: "whole %", timelock: "s" },
  },
};

export const SECTIONS = Object.keys(GOVERNED) as Section[];

/** Each parameter with its unit, in the order of the file. */
export const PARAMETERS = SECTIONS.flatMap((section) =>
  Object.entries<Unit>(GOVERNED[section].units).map(([name, unit]) => ({
    path: `${section}.${name}` as ParameterPath,
    section,
    name,
    contract: GOVERNED[section].contract,
    unit,
    ...functionsOf(section, name),
  })),
);

function functionsOf(section: Section, name: string): Functions {
  const { functions: own } = GOVERNED[section];
  return "setter" in own ? own : (own as Readonly<Record<string, Functions>>)[name]!;
}

/** What governance has set last, also where it holds from a later round on only. */
export async function readGoverned(provider: Provider, deployment: Deployment): Promise<Governed> {
  const sections = await Promise.all(
    SECTIONS.map(async (section) => [section, await readSection(provider, deployment, section)] as const),
  );
  return Object.fromEntries(sections) as unknown as Governed;
}

/** The same of one contract. */
export async function readSection<S extends Section>(
  provider: Provider,
  { contracts }: Deployment,
  section: S,
): Promise<Governed[S]> {
  const { contract, units } = GOVERNED[section];
  if (contract === "RoundsManager") {
    const { active, pending } = await connect(contract, contracts[contract].proxy, provider).schedule();
    return sectionOf(section, pending.roundLength === 0n ? active : pending);
  }
  const target = new Contract(contracts[contract].proxy, readInterface(contract), provider);
  const { functions: own } = GOVERNED[section];
  if ("setter" in own) return sectionOf(section, await target.getFunction(functions.getter)());
  const values = Object.keys(units).map(
    async (name) => [name, await target.getFunction(functionsOf(section, name).getter)()] as const,
  );
  return sectionOf(section, Object.fromEntries(await Promise.all(values)));
}

/** Amounts and ratios stay as they are; counts and times become numbers, as they are in {Parameters}. */
function sectionOf<S extends Section>(section: S, values: unknown): Governed[S] {
  const entries = Object.entries<Unit>(GOVERNED[section].units).map(([name, unit]) => {
    const value = (values as Record<string, bigint>)[name]!;
    return [name, isScaled(unit) ? value : Number(value)];
  });
  return Object.fromEntries(entries) as Governed[S];
}

const isScaled = (unit: Unit): boolean => unit === "LPT" || unit === "ETH" || unit === "%";

/** Of values as they are on the chain or in a file; both are without their unit. */
export function valueAt(values: Partial<Governed> | Parameters, path: ParameterPath): bigint {
  const [section, name] = path.split(".") as [Section, string];
  // A file says it in rounds, which is what seconds are counted from.
  if (path === "governance.timelock" && "token" in values) return BigInt(timelockOf(values));
  return BigInt((values[section] as unknown as Record<string, bigint | number>)[name]!);
}

/** As the file has it, with its unit. */
export function written(value: bigint, unit: Unit): string {
  const number = isScaled(unit) ? formatUnits(value, unit === "%" ? 16 : 18).replace(/\.0$/, "") : String(value);
  if (unit === "1") return number;
  if (unit === "whole %") return `${number} %`;
  return `${number} ${unit === "round" && number !== "1" ? "rounds" : unit}`;
}
