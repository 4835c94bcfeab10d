import { ZeroAddress } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { CommonArguments } from "../common/context.ts";
import { accountOf, openContracts } from "../common/context.ts";
import { eth, lpt, percent, printJson, printTable } from "../common/output.ts";
import { readOrchestrator, remarksOf, stateOf } from "../orchestrators/read.ts";
import type { Orchestrator } from "../orchestrators/read.ts";
import type { Lock } from "./locks.ts";
import { lockRows, LOCKS_HEAD, readLocks } from "./locks.ts";

interface Arguments extends CommonArguments {
  readonly account: string;
}

export interface StakeStatus {
  readonly address: string;
  readonly round: bigint;
  /** Behind whom; null: nobody. */
  readonly orchestrator: Orchestrator | null;
  /** {wei LPT} */
  readonly stake: bigint;
  readonly waiting: bigint;
  readonly balance: bigint;
  /** {wei ETH} */
  readonly claimableFees: bigint;
  /** {round} The fees of all rounds before it have been claimed. */
  readonly claimedBefore: bigint;
  readonly locks: readonly Lock[];
}

/** `npx hardhat stake status` */
export default async function status(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<StakeStatus> {
  const contracts = await openContracts(hre, args.dir);
  const { bonding, rounds, token } = contracts;
  const address = await accountOf(hre, args.account);
  const [round, delegator, balance, claimableFees, locks] = await Promise.all([
    rounds.currentRound(),
    bonding.getDelegator(address),
    token.balanceOf(address),
    bonding.claimableFees(address),
    readLocks(contracts, address),
  ]);
  const { orchestrator, stake, waiting, claimedBefore } = delegator;
  const result: StakeStatus = {
    address,
    round,
    orchestrator: orchestrator === ZeroAddress ? null : await readOrchestrator(contracts, orchestrator),
    stake,
    waiting,
    balance,
    claimableFees,
    claimedBefore,
    locks,
  };
  if (args.json) printJson(result);
  else printStatus(result, await contracts.now());
  return result;
}

function printStatus(status: StakeStatus, now: bigint): void {
  const { address, round, orchestrator, stake, waiting, balance, claimableFees, locks } = status;
  printTable(
    [address, `in round ${round}`],
    [
      ...(orchestrator === null ? [["stands behind", "nobody"]] : behind(orchestrator, address)),
      ["stake", lpt(stake)],
      ...(waiting === 0n ? [] : [["waiting", `${lpt(waiting)}, active from round ${round + 1n} on`]]),
      ["not bonded", lpt(balance)],
      ["fees to withdraw", eth(claimableFees)],
      ["on its way out", locks.length === 0 ? "nothing" : `${locks.length} ${locks.length === 1 ? "lock" : "locks"}`],
    ],
  );
  if (locks.length > 0) printTable(LOCKS_HEAD, lockRows(locks, now), LOCKS_HEAD.slice(0, 2));
}

function behind(orchestrator: Orchestrator, account: string): string[][] {
  const { address, rewardCut, feeShare, commission } = orchestrator;
  const own = address === account;
  return [
    [own ? "orchestrator" : "stands behind", own ? stateOf(orchestrator) : `${address} (${stateOf(orchestrator)})`],
    [own ? "keeps of rewards" : "it keeps of rewards", percent(rewardCut)],
    [own ? "shares of fees" : "it shares of fees", percent(feeShare)],
    ...remarksOf(orchestrator).map((remark) => ["", remark]),
    ...(own ? [["commission", lpt(commission)]] : []),
  ];
}
