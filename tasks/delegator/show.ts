import { ZeroAddress } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { countOf } from "../common/arguments.ts";
import type { CommonArguments, Contracts } from "../common/context.ts";
import { accountOf, openContracts } from "../common/context.ts";
import { lpt, print, printFacts, printJson, printTable, rough, roughPercent } from "../common/output.ts";
import { feesOutside, readFees } from "../orchestrators/fees.ts";
import type { FeeRound } from "../orchestrators/fees.ts";
import { noted, readOrchestrators, remarksOf, stateOf } from "../orchestrators/read.ts";
import type { Orchestrator } from "../orchestrators/read.ts";

interface Arguments extends CommonArguments {
  readonly address: string;
  readonly rounds: string;
}

interface Earner extends Orchestrator {
  /** {wei ETH per staked LPT per round} The mean over the rounds. */
  readonly feeRatio: bigint;
  readonly fees: readonly FeeRound[];
  /** {wei ETH} Of these rounds, not counted: nobody has called them in yet. */
  readonly feesOutside: bigint;
}

export interface DelegatorView {
  readonly address: string;
  readonly orchestrator: string | null;
  /** {wei LPT} */
  readonly stake: bigint;
  readonly waiting: bigint;
  /** The rounds that are compared: all are closed, so that no fee can follow. */
  readonly rounds: { readonly first: bigint; readonly last: bigint } | null;
  /** {wei ETH per staked LPT per round} Of those behind whom the account stood in each round; rounds without stake count as nothing. */
  readonly feeRatio: bigint;
  /** The highest fee ratio first. */
  readonly orchestrators: readonly Earner[];
}

/** `npx hardhat delegator show` */
export default async function show(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<DelegatorView> {
  const count = BigInt(countOf(args.rounds, 1000));
  const contracts = await openContracts(hre, args.dir);
  const address = await accountOf(hre, args.address);
  const [delegator, end, { startRound }, all] = await Promise.all([
    contracts.bonding.getDelegator(address),
    contracts.broker.firstOpenRound(),
    firstRound(contracts),
    readOrchestrators(contracts),
  ]);
  const first = end - count > startRound ? end - count : startRound;
  const length = end > first ? end - first : 0n;

  const earners = await Promise.all(
    all.map(async (one): Promise<Earner> => {
      const [fees, outside] = await Promise.all([
        readFees(contracts, one.address, first, end),
        feesOutside(contracts, one.address, first, end),
      ]);
      return {
        ...one,
        fees,
        feesOutside: outside,
        feeRatio: meanOf(
          fees.map(({ ratio }) => ratio),
          length,
        ),
      };
    }),
  );
  earners.sort((a, b) => (a.feeRatio === b.feeRatio ? 0 : a.feeRatio > b.feeRatio ? -1 : 1));
  const result: DelegatorView = {
    address,
    orchestrator: delegator.orchestrator === ZeroAddress ? null : delegator.orchestrator,
    stake: delegator.stake,
    waiting: delegator.waiting,
    rounds: length === 0n ? null : { first, last: end - 1n },
    feeRatio: meanOf(await ownRatios(contracts, address, earners), length),
    orchestrators: earners,
  };
  if (args.json) printJson(result);
  else printView(result);
  return result;
}

/** The event of the schedule's beginning: no round is older. */
async function firstRound({ events, rounds }: Contracts): Promise<{ startRound: bigint }> {
  const [started] = await events((...blocks) => rounds.queryFilter(rounds.filters.ScheduleStarted(), ...blocks));
  return { startRound: started?.args.startRound ?? 0n };
}

/** The ratios of the rounds in which the account stood behind whoever earned them. */
async function ownRatios({ bonding }: Contracts, address: string, earners: readonly Earner[]): Promise<bigint[]> {
  const ratios = earners.flatMap((one) => one.fees.map(({ round, ratio }) => ({ one: one.address, round, ratio })));
  const own = await Promise.all(
    ratios.map(async ({ one, round, ratio }) => {
      if ((await bonding.getPastDelegate(address, round)) !== one) return 0n;
      return (await bonding.getPastBalanceOf(address, round)) === 0n ? 0n : ratio;
    }),
  );
  return own;
}

const meanOf = (values: readonly bigint[], count: bigint): bigint =>
  count === 0n ? 0n : values.reduce((sum, value) => sum + value, 0n) / count;

function printView(view: DelegatorView): void {
  const { address, orchestrator, stake, waiting, rounds, feeRatio, orchestrators } = view;
  printFacts(address, [
    ["stands behind", orchestrator ?? "nobody"],
    ["stake", `${lpt(stake)}${waiting === 0n ? "" : `, and ${lpt(waiting)} from the next round on`}`],
    ["fee ratio", rounds === null ? "no round is closed yet" : `${rough(feeRatio, 9)} gwei per staked LPT and round`],
    ["rounds compared", rounds === null ? "none" : `${rounds.first} to ${rounds.last}, all closed`],
  ]);
  if (orchestrators.length === 0) return print("no orchestrator is registered");

  const head = ["orchestrator", "stake\n{LPT}", "reward\ncut", "fee\nshare", "fee ratio\n{gwei/LPT}", "with\nfees"];
  const rows = orchestrators.map((one) => [
    noted(one.address, [
      ...(one.address === orchestrator
        ? [address === one.address ? "this account" : "the account stands behind it"]
        : []),
      ...(one.active || one.jailed ? [] : [stateOf(one)]),
      ...remarksOf(one),
      ...(one.feesOutside === 0n ? [] : [`${rough(one.feesOutside)} ETH not called in yet`]),
    ]),
    rough(one.totalStake),
    roughPercent(one.rewardCut),
    roughPercent(one.feeShare),
    rough(one.feeRatio, 9),
    String(one.fees.length),
  ]);
  printTable(head, rows, head.slice(1));
  print("fee ratio: ETH shared per staked LPT and round; with fees: rounds in which some came in");
}
