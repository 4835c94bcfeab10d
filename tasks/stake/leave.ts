import type { ContractTransactionReceipt } from "ethers";
import { amountOf } from "../common/arguments.ts";
import { TaskError } from "../common/failure.ts";
import { duration, lpt, mined } from "../common/output.ts";
import type { Actor } from "./account.ts";
import type { Lock } from "./locks.ts";
import { locksOf } from "./locks.ts";

/** What became of stake that was taken back. */
export interface Left {
  readonly receipt: ContractTransactionReceipt;
  /** {wei LPT} Was not active yet, and came back at once. */
  readonly paid: bigint;
  readonly locks: readonly Lock[];
}

/** Takes back `text` {LPT} of the account's stake, or all of it. */
export async function leave(actor: Actor, text: string): Promise<Left> {
  const { contracts, address, bonding } = actor;
  const asked = text === "all" ? null : amountOf(text);
  const { stake, waiting } = await contracts.bonding.getDelegator(address);
  if (stake + waiting === 0n) throw new TaskError(`${address} has no stake`);
  return leftBy(actor, await mined(bonding.unbond(asked ?? stake + waiting)));
}

/** What a transaction of the account took back. */
export async function leftBy(
  { contracts, address, bonding }: Actor,
  receipt: ContractTransactionReceipt,
): Promise<Left> {
  const { blockNumber, hash } = receipt;
  const cancelled = await bonding.queryFilter(bonding.filters.BondCancelled(address), blockNumber, blockNumber);
  const paid = cancelled.filter((event) => event.transactionHash === hash).map(({ args }) => args.amount);
  return { receipt, paid: paid.reduce((sum, one) => sum + one, 0n), locks: await locksOf(contracts, address, receipt) };
}

/** In words, a sentence for each part. */
export function describe({ paid, locks }: Omit<Left, "receipt">, now: bigint): string[] {
  return [
    ...(paid === 0n ? [] : [`${lpt(paid)} were not active yet and are back in the account`]),
    ...locks.map(
      ({ id, amount, kind, withdrawRound, withdrawTime }) =>
        `lock ${id}: ${lpt(amount)} of ${kind}${kind === "commission" ? "" : ", this round's reward included"}, to withdraw from round ${withdrawRound} on, ` +
        (withdrawTime > now ? `in ${duration(withdrawTime - now)}` : "now"),
    ),
  ];
}
