import { ZeroAddress } from "ethers";
import type { ContractTransactionReceipt } from "ethers";
import type { Contracts } from "../common/context.ts";
import { revertData } from "../../deploy/refusal.ts";
import { TaskError } from "../common/failure.ts";
import { duration, rough } from "../common/output.ts";

/** IBondingManager.Kind, in its order. */
const KINDS = [
  "stake",
  "young stake",
  "younger stake",
  "own stake",
  "own young stake",
  "own younger stake",
  "commission",
] as const;

/** Stake on its way out. */
export interface Lock {
  readonly id: bigint;
  /** {wei LPT} */
  readonly amount: bigint;
  /** Whom it left. */
  readonly orchestrator: string;
  readonly kind: string;
  /** {round} The last one that it was active in. */
  readonly round: bigint;
  /** {round} And when that begins {s, Unix}, by the schedule known now. */
  readonly withdrawRound: bigint;
  readonly withdrawTime: bigint;
  /** {s, Unix} From when on no fault of its last round can be challenged. */
  readonly rebondTime: bigint;
  /** {1} Open disputes of the orchestrator that it left: while there are any it cannot be bonded. */
  readonly disputes: bigint;
}

/** All locks of an account that hold something. */
export async function readLocks(contracts: Contracts, account: string): Promise<Lock[]> {
  const { lockCount } = await contracts.bonding.getDelegator(account);
  const ids = Array.from({ length: Number(lockCount) }, (_, i) => BigInt(i));
  const locks = await Promise.all(ids.map((id) => readLock(contracts, account, id)));
  return locks.filter((lock) => lock !== null);
}

/** The locks with these numbers. */
export async function requireLocks(contracts: Contracts, account: string, ids: readonly bigint[]): Promise<Lock[]> {
  return Promise.all(
    ids.map(async (id) => {
      const lock = await readLock(contracts, account, id);
      if (lock !== null) return lock;
      throw new TaskError(`${account} has no lock ${id}: it never had, or it is withdrawn or bonded again`);
    }),
  );
}

async function readLock({ bonding, rounds }: Contracts, account: string, id: bigint): Promise<Lock | null> {
  const { orchestrator, amount, round, withdrawRound, kind } = await bonding.getUnbondingLock(account, id);
  if (orchestrator === ZeroAddress) return null;
  const [{ disputes }, { challengeWindow }, left, after, withdrawTime] = await Promise.all([
    bonding.getOrchestrator(orchestrator),
    bonding.parameters(),
    startOf(rounds, round + 1n),
    startOf(rounds, round + 2n),
    startOf(rounds, withdrawRound),
  ]);
  return {
    id,
    amount,
    orchestrator,
    kind: KINDS[Number(kind)] ?? String(kind),
    round,
    withdrawRound,
    withdrawTime,
    rebondTime: left + challengeWindow < after ? left + challengeWindow : after,
    disputes,
  };
}

/** {s, Unix} 0 for a round of an alpha, before the clock was started: it is over. */
async function startOf(rounds: Contracts["rounds"], round: bigint): Promise<bigint> {
  try {
    return await rounds.roundStart(round);
  } catch (error) {
    const data = revertData(error);
    if (data !== null && rounds.interface.parseError(data)?.name === "RoundsManagerRoundBeforeStart") return 0n;
    throw error;
  }
}

/** The locks that a transaction made. */
export async function locksOf(
  contracts: Contracts,
  account: string,
  receipt: ContractTransactionReceipt,
): Promise<Lock[]> {
  const { bonding } = contracts;
  const { blockNumber, hash } = receipt;
  const made = await bonding.queryFilter(bonding.filters.Unbonded(account), blockNumber, blockNumber);
  const ids = made.filter((event) => event.transactionHash === hash).map(({ args }) => args.lockId);
  return requireLocks(contracts, account, ids);
}

/** "now", or in how long. */
export const when = (time: bigint, now: bigint): string => (time <= now ? "now" : `in ${duration(time - now)}`);

export const LOCKS_HEAD = ["lock", "stake\n{LPT}", "what and from whom", "withdraw", "bond again"];

/** Rows of a table of locks. */
export function lockRows(locks: readonly Lock[], now: bigint): string[][] {
  return locks.map(({ id, amount, orchestrator, kind, withdrawRound, withdrawTime, rebondTime, disputes }) => [
    String(id),
    rough(amount),
    `${kind}\n${orchestrator}`,
    withdrawTime <= now ? "now" : `in ${duration(withdrawTime - now)}\nround ${withdrawRound}`,
    disputes > 0n ? `after disputes: ${disputes}` : when(rebondTime, now),
  ]);
}

/** Refuses locks that cannot be bonded yet, and says when they can. */
export async function requireRebondable(contracts: Contracts, locks: readonly Lock[]): Promise<void> {
  const now = await contracts.now();
  for (const { id, rebondTime, disputes, orchestrator } of locks) {
    if (rebondTime > now) {
      throw new TaskError(
        `lock ${id} answers for faults of its last round for ${duration(rebondTime - now)} more: bond it again then`,
      );
    }
    if (disputes > 0n) {
      throw new TaskError(
        `lock ${id} left ${orchestrator}, which is under dispute: bond it again when that is settled`,
      );
    }
  }
}
