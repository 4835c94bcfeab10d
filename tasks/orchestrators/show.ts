import { id } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { readServices } from "../../offchain/discovery/services.ts";
import { countOf } from "../common/arguments.ts";
import type { CommonArguments, Contracts } from "../common/context.ts";
import { accountOf, openContracts } from "../common/context.ts";
import { eth, lpt, percent, print, printable, printJson, printTable, rough } from "../common/output.ts";
import { cellName } from "../registry/arguments.ts";
import { feesOutside, readFees } from "./fees.ts";
import type { FeeRound } from "./fees.ts";
import { readOrchestrator, remarksOf, requireRegistered, stateOf } from "./read.ts";
import type { Orchestrator } from "./read.ts";

interface Arguments extends CommonArguments {
  readonly orchestrator: string;
  readonly rounds: string;
  readonly delegators: string;
}

interface Stake {
  readonly address: string;
  /** {wei LPT} */
  readonly stake: bigint;
  readonly waiting: bigint;
}

export interface OrchestratorDetails extends Orchestrator {
  readonly offer: {
    readonly uri: string;
    readonly services: readonly string[];
    readonly regions: readonly string[];
    readonly listed: boolean;
  };
  /** Without itself, the largest first. */
  readonly delegators: readonly Stake[];
  /** The newest first. */
  readonly fees: readonly FeeRound[];
  /** {wei ETH} */
  readonly feesOutside: bigint;
}

/** `npx hardhat orchestrators show` */
export default async function show(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<OrchestratorDetails> {
  const count = countOf(args.rounds, 10_000);
  const most = countOf(args.delegators, 10_000);
  const contracts = await openContracts(hre, args.dir);
  const address = await accountOf(hre, args.orchestrator);
  await requireRegistered(contracts, address);
  const open = await contracts.broker.firstOpenRound();
  const first = open > BigInt(count) ? open - BigInt(count) : 0n;
  const [orchestrator, offer, delegators, fees, outside] = await Promise.all([
    readOrchestrator(contracts, address),
    readOffer(contracts, address),
    readDelegators(contracts, address),
    readFees(contracts, address, first, open),
    feesOutside(contracts, address, first, open),
  ]);
  const result = { ...orchestrator, offer, delegators, fees, feesOutside: outside };
  if (args.json) printJson(result);
  else printDetails(result, most);
  return result;
}

async function readOffer({ registry, events }: Contracts, address: string): Promise<OrchestratorDetails["offer"]> {
  const { uri, services, regions, listed } = await registry.getOffer(address);
  const known = services.length === 0 ? [] : await readServices(registry, events);
  const names = new Map(known.map(({ name }) => [id(name), name]));
  return { uri, services: services.map((one) => names.get(one) ?? one), regions: regions.map(cellName), listed };
}

/** All that ever bonded behind it and still do. */
async function readDelegators({ bonding, events }: Contracts, orchestrator: string): Promise<Stake[]> {
  const bonded = await events((...blocks) =>
    bonding.queryFilter(bonding.filters.Bonded(undefined, orchestrator), ...blocks),
  );
  const addresses = [...new Set(bonded.map(({ args }) => args.delegator))].filter((one) => one !== orchestrator);
  const stakes = await Promise.all(
    addresses.map(async (address) => {
      const { orchestrator: behind, stake, waiting } = await bonding.getDelegator(address);
      return { address, behind, stake, waiting };
    }),
  );
  return stakes
    .filter(({ behind, stake, waiting }) => behind === orchestrator && stake + waiting > 0n)
    .map(({ address, stake, waiting }) => ({ address, stake, waiting }))
    .sort((a, b) => (a.stake + a.waiting < b.stake + b.waiting ? 1 : -1));
}

function printDetails(details: OrchestratorDetails, most: number): void {
  const { offer, delegators, fees } = details;
  printTable(
    [details.address, ""],
    [
      ["state", stateOf(details)],
      ["stake behind it", lpt(details.totalStake)],
      ["in the next round", lpt(details.nextTotalStake)],
      ["its own stake", lpt(details.selfStake)],
      ["commission in it", lpt(details.commission)],
      ["keeps of rewards", percent(details.rewardCut)],
      ["shares of fees", percent(details.feeShare)],
      ...remarksOf(details).map((remark) => ["", remark]),
      ["reached at", offer.uri === "" ? "no address yet" : printable(offer.uri)],
      ["services", offer.services.length === 0 ? "none" : offer.services.map(printable).join(", ")],
      ["regions", offer.regions.length === 0 ? "anywhere" : offer.regions.join("\n")],
      ["in the registry", offer.listed ? "listed" : "not listed"],
      ["fees it kept", `${eth(details.keptFees)}, to withdraw`],
      ["fees came in", `for the rounds before ${details.feesBefore}`],
      ["not called in yet", `${eth(details.feesOutside)} of closed rounds`],
    ],
  );

  if (delegators.length === 0) print("nobody else stands behind it");
  else {
    const shown = delegators
      .slice(0, most)
      .map(({ address, stake, waiting }) => [address, rough(stake), rough(waiting)]);
    const rest = delegators.length - shown.length;
    const head = ["delegator", "stake {LPT}", "waiting {LPT}"];
    printTable(head, [...shown, ...(rest === 0 ? [] : [[`and ${rest} more`, "", ""]])], head.slice(1));
  }

  if (fees.length === 0) print("no fees have come in for these rounds");
  else {
    const head = ["round", "fees {ETH}", "shared {ETH}", "among stake {LPT}", "fee ratio {gwei per LPT}"];
    const cells = fees.map(({ round, fees: all, shared, stake, ratio }) => [
      String(round),
      rough(all),
      rough(shared),
      rough(stake),
      rough(ratio, 9),
    ]);
    printTable(head, cells, head);
  }
}
