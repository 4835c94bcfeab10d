import { id } from "ethers";
import type { Provider } from "ethers";
import { readInterface } from "../artifacts.ts";
import type { ArtifactName } from "../artifacts.ts";
import type { ContractName } from "../contracts.ts";
import { IMPLEMENTATION_SLOT } from "../slots.ts";
import type { Parameters } from "../parameters.ts";
import { addressInSlot, initializersOf } from "../relations.ts";
import { ALPHA_IDS, ask, targetOf } from "./network.ts";
import { NEW_NAMES } from "./plan.ts";
import type { AlphaPlan } from "./plan.ts";

/** A call of the migration, and whether the chain shows that it was made. */
export interface AlphaCall {
  target: string;
  data: string;
  description: string;
  isDone: (provider: Provider) => Promise<boolean>;
}

/** Those whose logic is put in place once the stake has moved. */
const LATER: readonly ContractName[] = NEW_NAMES.filter((name) => name !== "Minter");
/** {1} Orchestrators that one call imports. */
const BATCH = 10;
/** {1e18 = 1} */
const PERCENTAGES = 10n ** 12n;
const MAX_INFLATION = 2n * 10n ** 15n;

/** By the alpha's owner: from then on the AccessManager makes every call of {@link enactCalls}. */
export function handOverCall({ alpha, accessManager }: AlphaPlan): AlphaCall {
  return {
    target: alpha.controller,
    data: readInterface("AlphaController").encodeFunctionData("transferOwnership", [accessManager.address]),
    description: "Give governance the alpha's controller",
    isDone: async (provider) =>
      same(await ask(provider, "AlphaController", alpha.controller, "owner"), accessManager.address),
  };
}

/**
 * The calls that make Streamflow of the alpha, in their order, as the AccessManager. The inflation goes on from where it is.
 * @param orchestrators everybody behind whom somebody stands: see {@link readDelegates}
 */
export async function enactCalls(
  provider: Provider,
  plan: AlphaPlan,
  parameters: Parameters,
  orchestrators: readonly string[],
): Promise<AlphaCall[]> {
  const { alpha, proxies } = plan;
  const inflation = await carriedInflation(provider, plan, parameters);
  const settled = { ...parameters, minter: { ...parameters.minter, inflation } };
  const initializers = initializersOf(plan, settled, 0);
  const minter = proxies.Minter.address;
  const contractOf = (contractId: string): Promise<string> =>
    ask(provider, "AlphaController", alpha.controller, "getContract", [contractId]);
  const tokenOwner = (): Promise<string> => ask(provider, "AlphaToken", alpha.token, "owner");

  const onController = (method: string, args: readonly unknown[], description: string, isDone: AlphaCall["isDone"]) =>
    callOf("AlphaController", alpha.controller, method, args, description, isDone);
  const name = (contractId: string, address: string, description: string): AlphaCall =>
    onController("setContractInfo", [contractId, address], description, async () =>
      same(await contractOf(contractId), address),
    );
  const upgrade = (contract: ContractName): AlphaCall => {
    const { proxy, proxyAdmin, implementation } = plan.deployment.contracts[contract];
    return callOf(
      "ProxyAdmin",
      proxyAdmin,
      "upgradeAndCall",
      [proxy, implementation, initializers[contract]],
      `Put the ${contract} on its logic`,
      async () => addressInSlot(await provider.getStorage(proxy, IMPLEMENTATION_SLOT)) === implementation,
    );
  };
  const isNamed = async (): Promise<boolean> => same(await contractOf(id(ALPHA_IDS.minter)), minter);
  const isPaused = (): Promise<boolean> => ask(provider, "AlphaController", alpha.controller, "paused");
  const target = (contract: string, logic: string): AlphaCall =>
    name(targetOf(contract), logic, `Give the ${contract}'s proxy its logic`);

  const rounds = target(ALPHA_IDS.roundsManager, plan.rounds.address);
  const bonding = target(ALPHA_IDS.bondingManager, plan.bonding.address);
  return [
    onController("pause", [], "Stop the alpha", async () => (await isPaused()) || (await isNamed())),
    rounds,
    callOf(
      "AlphaRounds",
      alpha.roundsManager,
      "initializeFromAlpha",
      [plan.accessManager.address, parameters.rounds.roundLength],
      "Start the clock at the alpha's round",
      async () =>
        (await rounds.isDone(provider)) &&
        (await isAnswered(provider, "RoundsManager", alpha.roundsManager, "roundLength")),
    ),
    callOf(
      "AlphaMinter",
      alpha.minter,
      "migrateToNewMinter",
      [plan.funds.address],
      "Take LPT, ETH and the minting right from the alpha's minter",
      async () => !same(await tokenOwner(), alpha.minter),
    ),
    callOf(
      "AlphaFunds",
      plan.funds.address,
      "handOver",
      [],
      "Give the LPT to the stake and the minting right to the Minter",
      async () => same(await tokenOwner(), minter),
    ),
    upgrade("Minter"),
    bonding,
    callOf(
      "BondingFaults",
      alpha.bondingManager,
      "initialize",
      [plan.accessManager.address, parameters.bonding],
      "Begin with the stake",
      async () =>
        (await bonding.isDone(provider)) &&
        (await ask<{ unbondingPeriod: bigint }>(provider, "BondingLedger", alpha.bondingManager, "parameters"))
          .unbondingPeriod !== 0n,
    ),
    ...LATER.map(upgrade),
    target(ALPHA_IDS.jobsManager, plan.deposits.address),
    ...batchesOf(orchestrators).map((batch, n) =>
      callOf(
        "AlphaBonding",
        alpha.bondingManager,
        "importOrchestrators",
        [batch],
        `Import orchestrators ${n * BATCH + 1} to ${n * BATCH + batch.length}`,
        async () => {
          if (!(await bonding.isDone(provider))) return false;
          for (const each of batch) if (!(await isImported(provider, plan, each))) return false;
          return true;
        },
      ),
    ),
    ...LATER.map((contract) => name(id(contract), proxies[contract].address, `Name the ${contract}`)),
    name(id(ALPHA_IDS.minter), minter, "Name the Minter"),
    onController("unpause", [], "Let everybody go on", async () => !(await isPaused()) && (await isNamed())),
  ];
}

/** Those calls whose work is not there, in their order: run them again until there are none. */
export async function pendingCalls(provider: Provider, calls: readonly AlphaCall[]): Promise<AlphaCall[]> {
  const pending: AlphaCall[] = [];
  for (const call of calls) if (!(await call.isDone(provider))) pending.push(call);
  return pending;
}

/** A call as the AccessManager, by its administrator. */
export function asGovernance({ accessManager }: AlphaPlan, { target, data }: AlphaCall): { to: string; data: string } {
  return {
    to: accessManager.address,
    data: readInterface("AccessManager").encodeFunctionData("execute", [target, data]),
  };
}

/** Everybody behind whom somebody has ever stood in the alpha, in the order in which that happened. */
export async function readDelegates(provider: Provider, { alpha }: AlphaPlan, fromBlock = 0): Promise<string[]> {
  const abi = readInterface("AlphaBondingManager");
  const topics = abi.encodeFilterTopics("Bond", []);
  const logs = await provider.getLogs({ address: alpha.bondingManager, topics, fromBlock });
  return [...new Set(logs.map((log) => abi.parseLog(log)!.args.delegate as string))];
}

/** Whether what stood behind somebody is a pool, or there was nothing. */
async function isImported(provider: Provider, { alpha }: AlphaPlan, orchestrator: string): Promise<boolean> {
  const abi = readInterface("AlphaViews");
  const data = abi.encodeFunctionData("alphaPoolOf", [orchestrator]);
  const answer = await provider.call({ to: alpha.bondingManager, data });
  const [units, number] = abi.decodeFunctionResult("alphaPoolOf", answer) as unknown as [bigint, bigint];
  return units === 0n || number !== 0n;
}

/** {1e18 = 1} What the alpha has come to, at most what the Minter allows. */
async function carriedInflation(provider: Provider, { alpha }: AlphaPlan, parameters: Parameters): Promise<bigint> {
  const inflation = (await ask<bigint>(provider, "AlphaMinter", alpha.minter, "inflation")) * PERCENTAGES;
  const { maximumInflation } = parameters.minter;
  const most = maximumInflation < MAX_INFLATION ? maximumInflation : MAX_INFLATION;
  return inflation < most ? inflation : most;
}

function callOf(
  on: ArtifactName,
  target: string,
  method: string,
  args: readonly unknown[],
  description: string,
  isDone: AlphaCall["isDone"],
): AlphaCall {
  return { target, data: readInterface(on).encodeFunctionData(method, args), description, isDone };
}

function batchesOf(accounts: readonly string[]): string[][] {
  const count = Math.ceil(accounts.length / BATCH);
  return Array.from({ length: count }, (_, n) => accounts.slice(n * BATCH, (n + 1) * BATCH));
}

const same = (a: string, b: string): boolean => BigInt(a) === BigInt(b);

async function isAnswered(provider: Provider, on: ArtifactName, to: string, method: string): Promise<boolean> {
  try {
    await ask(provider, on, to, method);
    return true;
  } catch {
    return false;
  }
}
