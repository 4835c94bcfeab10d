import type { Contracts } from "../common/context.ts";
import { TaskError } from "../common/failure.ts";
import { percent, rough, roughPercent } from "../common/output.ts";

const PAGE = 100n;

/** An orchestrator as BondingManager tells of it, without what ethers adds. */
export interface Orchestrator {
  readonly address: string;
  /** Whether it may take jobs. */
  readonly active: boolean;
  /** Whether its stake will be active in the next round. */
  readonly activeNext: boolean;
  /** {wei LPT} */
  readonly totalStake: bigint;
  readonly nextTotalStake: bigint;
  readonly selfStake: bigint;
  readonly commission: bigint;
  /** {1e18 = 1} */
  readonly rewardCut: bigint;
  readonly feeShare: bigint;
  /** What is announced; null: nothing. */
  readonly announced: { readonly rewardCut: bigint; readonly feeShare: bigint; readonly fromRound: bigint } | null;
  readonly jailed: boolean;
  /** {round} */
  readonly jailedUntil: bigint;
  readonly disputes: bigint;
  /** {wei ETH} */
  readonly keptFees: bigint;
  /** {round} */
  readonly feesBefore: bigint;
}

/** All that are registered, in the order of their numbers. */
export async function readOrchestrators(contracts: Contracts): Promise<Orchestrator[]> {
  const found: Orchestrator[] = [];
  for (let first = 1n; ; first += PAGE) {
    const page = await contracts.bonding.orchestratorsFrom(first, PAGE);
    found.push(...(await Promise.all(page.map((address) => readOrchestrator(contracts, address)))));
    if (BigInt(page.length) < PAGE) return found;
  }
}

export async function readOrchestrator({ bonding }: Contracts, address: string): Promise<Orchestrator> {
  const o = await bonding.getOrchestrator(address);
  return {
    address,
    active: o.active,
    activeNext: o.activeNext,
    totalStake: o.totalStake,
    nextTotalStake: o.nextTotalStake,
    selfStake: o.selfStake,
    commission: o.commission,
    rewardCut: o.rewardCut,
    feeShare: o.feeShare,
    announced:
      o.commissionRound === 0n
        ? null
        : { rewardCut: o.nextRewardCut, feeShare: o.nextFeeShare, fromRound: o.commissionRound },
    jailed: o.jailed,
    jailedUntil: o.jailedUntil,
    disputes: o.disputes,
    keptFees: o.keptFees,
    feesBefore: o.feesBefore,
  };
}

/** Says so if `address` is no orchestrator, before anything is sent. */
export async function requireRegistered({ bonding }: Contracts, address: string): Promise<void> {
  if (await bonding.isRegistered(address)) return;
  throw new TaskError(
    `${address} is not a registered orchestrator: \`npx hardhat orchestrators list\` shows who is registered`,
  );
}

/** In one word. */
export function stateOf({ active, activeNext, jailed }: Orchestrator): string {
  if (jailed) return "jailed";
  if (active) return "active";
  // From the next round on.
  return activeNext ? "waiting" : "inactive";
}

/** What else one should know before standing behind it: short enough to stand below its address. */
export function remarksOf({ announced, jailed, jailedUntil, disputes }: Orchestrator): string[] {
  const remarks: string[] = [];
  if (announced !== null) {
    const { rewardCut, feeShare, fromRound } = announced;
    remarks.push(`from ${fromRound}: cut ${percent(rewardCut)}, share ${percent(feeShare)}`);
  }
  if (jailed) remarks.push(`jailed, at least until round ${jailedUntil}`);
  if (disputes > 0n) remarks.push(`${disputes} open ${disputes === 1n ? "dispute" : "disputes"}: takes no stake`);
  return remarks;
}

/** An address and what is to be said about it, in one cell. */
export const noted = (address: string, remarks: readonly string[]): string =>
  [address, ...remarks.map((remark) => `  ${remark}`)].join("\n");

/** Its row in a table of orchestrators. */
export const cellsOf = (o: Orchestrator): string[] => [
  noted(o.address, remarksOf(o)),
  stateOf(o),
  rough(o.totalStake),
  rough(o.selfStake),
  roughPercent(o.rewardCut),
  roughPercent(o.feeShare),
];
