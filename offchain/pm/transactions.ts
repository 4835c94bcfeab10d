import { messageOf } from "../errors.ts";
import type {
  AccountPort,
  Fees,
  Head,
  Inclusion,
  RedemptionCall,
  StoredTransaction,
  StoredWinner,
  WinnerStore,
} from "./interface.ts";

export interface TransactionsOptions {
  /** Blocks on top of a transaction's own after which it is there for good. */
  readonly confirmations: number;
  /** Blocks after which one that is not included is replaced by one that pays more. */
  readonly replaceAfter: number;
}

/** What a replacement carries: what of the transaction can still be done, null when nothing can. */
export interface Replacement {
  readonly call: RedemptionCall | null;
  /** {wei} per gas; at a higher price it would cost more than it brings. */
  readonly mostFee: bigint;
}

export type TransactionEvent =
  | { readonly kind: "sent" | "replaced" | "included" | "removed"; readonly nonce: number; readonly hash: string }
  | {
      readonly kind: "finished";
      readonly nonce: number;
      readonly hash: string;
      readonly winners: readonly StoredWinner[];
      /** The status of those for which it did what it was to do; the others are as they were before. */
      readonly done: "redeemed" | "claimed";
    }
  | { readonly kind: "dropped" | "failed"; readonly nonce: number; readonly reason: string };

export interface TransactionsModules {
  readonly store: WinnerStore;
  readonly account: AccountPort;
  readonly replacement: (transaction: StoredTransaction) => Promise<Replacement>;
  readonly onEvent: (event: TransactionEvent, head: Head) => void;
}

/** The network said that it did not take a transaction. */
export class TransactionRefused extends Error {
  override readonly name = "TransactionRefused";
}

/**
 * The account's transactions from their signature until they are final.
 *
 * A transaction is on disk before it is sent, so whatever happens to the process, every transaction that the network may have is known here,
 * and its winners are in no other. It leaves in two ways: included, with enough blocks on top; or never to be, because the network refused
 * its first version or another transaction used its nonce. A reorganisation that removes it has it sent again as it was.
 */
export class Transactions {
  readonly #options: TransactionsOptions;
  readonly #modules: TransactionsModules;
  #seen: string | null = null;
  /** Block at which a nonce was first found used by no version of ours. */
  readonly #overtaken = new Map<number, number>();

  constructor(options: TransactionsOptions, modules: TransactionsModules) {
    this.#options = options;
    this.#modules = modules;
  }

  /** How many are in no block. */
  get open(): number {
    return this.#modules.store.transactions().filter(({ blockHash }) => blockHash === null).length;
  }

  /** Errors: `TransactionRefused`; the winners are free again then. On others they are not: the network may have it. */
  async send(
    call: RedemptionCall,
    digests: readonly string[],
    terms: { gas: bigint; fees: Fees; head: Head },
  ): Promise<void> {
    const { store, account, onEvent } = this.#modules;
    const nonce = await this.#freeNonce();
    const { gas, fees, head } = terms;
    const version = await account.sign(call, { nonce, gas, fees });
    store.record({ nonce, kind: call.kind, gas, fees, versions: [version], sentAt: head.number }, digests);
    onEvent({ kind: "sent", nonce, hash: version.hash }, head);
    const refusal = await account.broadcast(version.raw);
    // A local chain refuses what it has just included, when it reverts.
    if (refusal === null || (await account.inclusion(version.hash)) !== null) return;
    store.finish(nonce, null);
    onEvent({ kind: "dropped", nonce, reason: refusal }, head);
    throw new TransactionRefused(refusal);
  }

  /** Brings all of them up to date with the newest block. Without a new one there is nothing to see. */
  async look(head: Head, fees: Fees): Promise<void> {
    if (head.hash === this.#seen) return;
    // The nonces first: a nonce that is used then belongs to a transaction that can be found afterwards.
    const { latest } = await this.#modules.account.nonces();
    let isFirst = true;
    let isComplete = true;
    for (const transaction of this.#modules.store.transactions()) {
      try {
        const found = await this.#find(transaction);
        if (found !== null) {
          this.#onFound(transaction, found, head);
        } else {
          const isNext = isFirst;
          isFirst = false;
          await this.#onMissing(transaction, { latest, head, fees, isNext });
        }
      } catch (error) {
        // The others are looked after all the same.
        isComplete = false;
        this.#modules.onEvent({ kind: "failed", nonce: transaction.nonce, reason: messageOf(error) }, head);
      }
    }
    if (isComplete) this.#seen = head.hash;
  }

  /** The lowest nonce that is free: a gap would hold up all that come after it. */
  async #freeNonce(): Promise<number> {
    const { latest, pending } = await this.#modules.account.nonces();
    const taken = new Set(this.#modules.store.transactions().map(({ nonce }) => nonce));
    let nonce = latest;
    // Below `pending` every nonce has a transaction in the pool, if not ours then somebody else's with this account.
    while (taken.has(nonce) || nonce < pending) nonce += 1;
    return nonce;
  }

  async #find({ versions }: StoredTransaction): Promise<{ hash: string; inclusion: Inclusion } | null> {
    for (const { hash } of versions.toReversed()) {
      const inclusion = await this.#modules.account.inclusion(hash);
      if (inclusion !== null) return { hash, inclusion };
    }
    return null;
  }

  #onFound(transaction: StoredTransaction, found: { hash: string; inclusion: Inclusion }, head: Head): void {
    const { store, onEvent } = this.#modules;
    const { nonce } = transaction;
    const { hash, inclusion } = found;
    this.#overtaken.delete(nonce);
    if (transaction.blockHash !== inclusion.blockHash) {
      store.include(nonce, hash, inclusion);
      onEvent({ kind: "included", nonce, hash }, head);
    }
    if (head.number - inclusion.block < this.#options.confirmations) return;
    const done = transaction.kind === "claim" ? "claimed" : "redeemed";
    onEvent({ kind: "finished", nonce, hash, winners: store.finish(nonce, inclusion), done }, head);
  }

  async #onMissing(
    transaction: StoredTransaction,
    view: { latest: number; head: Head; fees: Fees; isNext: boolean },
  ): Promise<void> {
    const { store, account, onEvent } = this.#modules;
    const { nonce, versions, blockHash } = transaction;
    const { latest, head, fees, isNext } = view;
    const last = versions.at(-1);
    if (last === undefined) throw new Error(`transaction ${nonce} has no version`);
    if (blockHash !== null) {
      store.exclude(nonce, head.number);
      onEvent({ kind: "removed", nonce, hash: last.hash }, head);
    }

    if (latest > nonce) {
      // One node may be behind another, and a reorganisation may free the nonce: it has to stay like this for some blocks.
      const since = Math.min(this.#overtaken.get(nonce) ?? head.number, head.number);
      this.#overtaken.set(nonce, since);
      if (head.number - since < this.#options.replaceAfter) return;
      this.#overtaken.delete(nonce);
      store.finish(nonce, null);
      onEvent({ kind: "dropped", nonce, reason: `another transaction used nonce ${nonce}` }, head);
      return;
    }

    this.#overtaken.delete(nonce);
    const waited = blockHash !== null ? 0 : head.number - Math.min(transaction.sentAt, head.number);
    const isStuck = waited >= this.#options.replaceAfter && (isNext || transaction.fees.maxFee < fees.maxFee);
    if (isStuck && (await this.#replace(transaction, head, fees))) return;
    // The pool may have lost it. Refused or not: what counts is whether it is included.
    await account.broadcast(last.raw);
  }

  /** False when there is no replacement that is worth its gas. */
  async #replace(transaction: StoredTransaction, head: Head, current: Fees): Promise<boolean> {
    const { store, account, replacement, onEvent } = this.#modules;
    const { nonce, gas } = transaction;
    const { call, mostFee } = await replacement(transaction);
    const least = { maxFee: raised(transaction.fees.maxFee), priorityFee: raised(transaction.fees.priorityFee) };
    const priorityFee = greater(least.priorityFee, current.priorityFee);
    let maxFee = greater(greater(least.maxFee, current.maxFee), priorityFee);
    if (call !== null && maxFee > mostFee) {
      if (mostFee < least.maxFee || mostFee < priorityFee) return false;
      maxFee = mostFee;
    }
    const fees = { maxFee, priorityFee };
    const version = await account.sign(call, { nonce, gas, fees });
    store.replace(nonce, version, fees, head.number);
    onEvent({ kind: "replaced", nonce, hash: version.hash }, head);
    await account.broadcast(version.raw);
    return true;
  }
}

/** A fee with which pools take a replacement: more than 12.5 % above the last. */
function raised(fee: bigint): bigint {
  return (fee * 9n) / 8n + 1n;
}

function greater(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
