import { id } from "ethers";
import type { Provider } from "ethers";
import { readInterface } from "../artifacts.ts";
import type { ArtifactName } from "../artifacts.ts";
import type { ContractName } from "../contracts.ts";
import { pages } from "../pages.ts";
import type { OnPage } from "../pages.ts";
import type { Parameters } from "../parameters.ts";
import { initializersOf } from "../relations.ts";
import { ALPHA_IDS, ask, targetOf } from "./network.ts";
import { NEW_NAMES } from "./plan.ts";
import type { AlphaPlan } from "./plan.ts";

/** A transaction of the upgrade, and whether the chain shows that its work is done. */
export interface AlphaTransaction {
  readonly to: string;
  readonly data: string;
  readonly description: string;
  /** What it consists of, in its order. */
  readonly calls: readonly AlphaCall[];
  /** Smaller ones that do the same, if it is more than a chain takes at once. */
  readonly parts?: readonly AlphaTransaction[];
  /** Of whom it claims what the alpha's rounds have earned: where that is more than a chain takes at once, it is claimed before. */
  readonly claimant?: string;
  readonly isDone: (provider: Provider) => Promise<boolean>;
}

/** Something that the AccessManager does. */
export interface AlphaCall {
  readonly target: string;
  readonly data: string;
  readonly description: string;
}

/** Those whose logic is put in place once the stake has moved. */
const LATER: readonly ContractName[] = NEW_NAMES.filter((name) => name !== "Minter");
/** {1} Orchestrators that one call imports. */
const BATCH = 10;
/** {1e18 = 1} */
const PERCENTAGES = 10n ** 12n;
const MAX_INFLATION = 2n * 10n ** 15n;

/** Everything from the hand-over on. */
export async function readTransactions(
  provider: Provider,
  plan: AlphaPlan,
  parameters: Parameters,
  onPage?: OnPage,
): Promise<[AlphaTransaction, ...AlphaTransaction[]]> {
  const calls = await switchCalls(provider, plan, parameters);
  const orchestrators = await readDelegates(provider, plan, onPage);
  return [handOverTransaction(plan), switchTransaction(plan, calls), ...importTransactions(plan, orchestrators)];
}

/** Those whose work is not there, in their order. */
export async function pendingOf(
  provider: Provider,
  transactions: readonly AlphaTransaction[],
): Promise<AlphaTransaction[]> {
  const pending: AlphaTransaction[] = [];
  for (const each of transactions) if (!(await each.isDone(provider))) pending.push(each);
  return pending;
}

/** By the alpha's owner: from then on the AccessManager can make every call of {@link switchCalls}. */
export function handOverTransaction({ alpha, accessManager }: AlphaPlan): AlphaTransaction {
  return {
    to: alpha.controller,
    data: readInterface("AlphaController").encodeFunctionData("transferOwnership", [accessManager.address]),
    description: "Give governance the alpha's controller",
    calls: [],
    isDone: async (provider) =>
      same(await ask(provider, "AlphaController", alpha.controller, "owner"), accessManager.address),
  };
}

/** By the AccessManager's administrator: all of it happens, or nothing. */
export function switchTransaction(
  { alpha, accessManager, proxies }: AlphaPlan,
  calls: readonly AlphaCall[],
): AlphaTransaction {
  const abi = readInterface("AccessManager");
  const parts = calls.map(({ target, data }) => abi.encodeFunctionData("execute", [target, data]));
  return {
    to: accessManager.address,
    data: abi.encodeFunctionData("multicall", [parts]),
    description: "Make Streamflow of the alpha",
    calls,
    isDone: async (provider) => {
      const minter = await ask<string>(provider, "AlphaController", alpha.controller, "getContract", [
        id(ALPHA_IDS.minter),
      ]);
      return same(minter, proxies.Minter.address);
    },
  };
}

/**
 * By anybody, ten orchestrators at a time, or one by one: an import claims all that the orchestrator has not claimed.
 * @param orchestrators everybody behind whom somebody stands: see {@link readDelegates}
 */
export function importTransactions(plan: AlphaPlan, orchestrators: readonly string[]): AlphaTransaction[] {
  const abi = readInterface("AlphaBonding");
  const transaction = (description: string, batch: readonly string[]): AlphaTransaction => ({
    to: plan.alpha.bondingManager,
    data: abi.encodeFunctionData("importOrchestrators", [batch]),
    description,
    calls: [],
    isDone: async (provider) => {
      for (const each of batch) if (!(await isImported(provider, plan, each))) return false;
      return true;
    },
  });
  return batchesOf(orchestrators).map((batch, n) => ({
    ...transaction(`Import orchestrators ${n * BATCH + 1} to ${n * BATCH + batch.length}`, batch),
    parts: batch.map((each, i) => ({
      ...transaction(`Import orchestrator ${n * BATCH + i + 1}`, [each]),
      claimant: each,
    })),
  }));
}

/** The calls that make Streamflow of the alpha, in their order. The inflation goes on from where it is. */
export async function switchCalls(provider: Provider, plan: AlphaPlan, parameters: Parameters): Promise<AlphaCall[]> {
  const { alpha, proxies } = plan;
  const had = await ask<bigint>(provider, "AlphaMinter", alpha.minter, "inflation");
  const inflation = carriedInflation(had, parameters);
  const initializers = initializersOf(plan, { ...parameters, minter: { ...parameters.minter, inflation } }, 0);

  const onController = (method: string, args: readonly unknown[], description: string): AlphaCall =>
    callOf("AlphaController", alpha.controller, method, args, description);
  const name = (contractId: string, address: string, description: string): AlphaCall =>
    onController("setContractInfo", [contractId, address], description);
  const target = (contract: string, logic: string): AlphaCall =>
    name(targetOf(contract), logic, `Give the ${contract}'s proxy its logic`);
  const upgrade = (contract: ContractName): AlphaCall => {
    const { proxy, proxyAdmin, implementation } = plan.deployment.contracts[contract];
    const args = [proxy, implementation, initializers[contract]];
    return callOf("ProxyAdmin", proxyAdmin, "upgradeAndCall", args, `Put the ${contract} on its logic`);
  };
  const onWitness = (method: string, args: readonly unknown[], description: string): AlphaCall =>
    callOf("AlphaWitness", plan.witness.address, method, args, description);

  return [
    onWitness("begin", [had], "Note supply, LPT and ETH"),
    onController("pause", [], "Stop the alpha"),
    target(ALPHA_IDS.roundsManager, plan.rounds.address),
    callOf(
      "AlphaRounds",
      alpha.roundsManager,
      "initializeFromAlpha",
      [plan.accessManager.address, parameters.rounds.roundLength],
      "Start the clock at the alpha's round",
    ),
    callOf(
      "AlphaMinter",
      alpha.minter,
      "migrateToNewMinter",
      [plan.funds.address],
      "Take LPT, ETH and the minting right from the alpha's minter",
    ),
    callOf(
      "AlphaFunds",
      plan.funds.address,
      "handOver",
      [],
      "Give the LPT to the stake and the minting right to the Minter",
    ),
    upgrade("Minter"),
    target(ALPHA_IDS.bondingManager, plan.bonding.address),
    callOf(
      "BondingFaults",
      alpha.bondingManager,
      "initialize",
      [plan.accessManager.address, parameters.bonding],
      "Begin with the stake",
    ),
    ...LATER.map(upgrade),
    target(ALPHA_IDS.jobsManager, plan.deposits.address),
    ...LATER.map((contract) => name(id(contract), proxies[contract].address, `Name the ${contract}`)),
    name(id(ALPHA_IDS.minter), proxies.Minter.address, "Name the Minter"),
    onController("unpause", [], "Let everybody go on"),
    onWitness("verify", [], "Compare supply, LPT and ETH"),
  ];
}

/** Everybody behind whom somebody has ever stood in the alpha, in the order in which that happened. */
export async function readDelegates(
  provider: Provider,
  { alpha, block }: AlphaPlan,
  onPage?: OnPage,
): Promise<string[]> {
  const abi = readInterface("AlphaBondingManager");
  const topics = abi.encodeFilterTopics("Bond", []);
  const logs = await pages(provider, { from: block, onPage }, (fromBlock, toBlock) =>
    provider.getLogs({ address: alpha.bondingManager, topics, fromBlock, toBlock }),
  );
  return [...new Set(logs.map((log) => abi.parseLog(log)!.args.delegate as string))];
}

/** Whether what stood behind somebody is a pool, or there was nothing. */
async function isImported(provider: Provider, { alpha }: AlphaPlan, orchestrator: string): Promise<boolean> {
  const abi = readInterface("AlphaViews");
  const data = abi.encodeFunctionData("alphaPoolOf", [orchestrator]);
  // Before the switch there is nobody to ask.
  const answer = await provider.call({ to: alpha.bondingManager, data }).catch(() => null);
  if (answer === null) return false;
  const [units, number] = abi.decodeFunctionResult("alphaPoolOf", answer) as unknown as [bigint, bigint];
  return units === 0n || number !== 0n;
}

/** {1e18 = 1} What the alpha has come to {1e6 = 1}, at most what the Minter allows. */
function carriedInflation(had: bigint, { minter: { maximumInflation } }: Parameters): bigint {
  const inflation = had * PERCENTAGES;
  const most = maximumInflation < MAX_INFLATION ? maximumInflation : MAX_INFLATION;
  return inflation < most ? inflation : most;
}

function callOf(
  on: ArtifactName,
  target: string,
  method: string,
  args: readonly unknown[],
  description: string,
): AlphaCall {
  return { target, data: readInterface(on).encodeFunctionData(method, args), description };
}

function batchesOf(accounts: readonly string[]): string[][] {
  const count = Math.ceil(accounts.length / BATCH);
  return Array.from({ length: count }, (_, n) => accounts.slice(n * BATCH, (n + 1) * BATCH));
}

const same = (a: string, b: string): boolean => BigInt(a) === BigInt(b);
