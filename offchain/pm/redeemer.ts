import { messageOf } from "../errors.ts";
import type { GasPrice } from "./gas-price.ts";
import type {
  AccountPort,
  BrokerPort,
  Clock,
  CommitmentState,
  Head,
  Randomness,
  Redeemer,
  RedeemerCounts,
  RedemptionKind,
  StoredTransaction,
  StoredWinner,
  WinnerStore,
} from "./interface.ts";
import { DEFAULT_POLICY, DEFAULT_TIMING } from "./redemption-defaults.ts";
import { planRedemptions, type PolicyOptions } from "./redemption-policy.ts";
import { lossOf, type Planned, prepare, type Proposal, proposalOf, valueOf } from "./redemption-proposal.ts";
import { RedemptionView } from "./redemption-view.ts";
import { withTimeLimit } from "./time-limit.ts";
import { type Replacement, type TransactionEvent, Transactions } from "./transactions.ts";

export interface RedeemerOptions {
  /** {ms} Longest pause between two looks. Default 5,000. */
  readonly pollInterval?: number;
  /** Transactions that are sent and not yet included, at most. Default 8. */
  readonly maxInFlight?: number;
  /** Blocks on top of a redemption after which no reorganisation is expected to remove it. Default 10. */
  readonly confirmations?: number;
  /** Blocks after which a transaction that is not included is replaced. Default 5. */
  readonly replaceAfter?: number;
  /** {ms} Limit of one call to the chain. Default 120,000. */
  readonly timeout?: number;
  /** {ms} First pause after a failure; doubles with each. Default 1,000. */
  readonly backoff?: number;
  /** {ms} Longest pause after a failure. Default 300,000. */
  readonly maxBackoff?: number;
  /** What differs from `DEFAULT_POLICY`. */
  readonly policy?: Partial<PolicyOptions>;
}

export interface RedeemerEvent {
  readonly kind:
    | "sent"
    | "replaced"
    | "included"
    | "removed"
    | "dropped"
    | "redeemed"
    | "claimed"
    | "expired"
    | "postponed"
    | "failed";
  /** Of a winner; null when it is about a transaction or about no winner. */
  readonly digest: string | null;
  readonly detail: string;
}

export interface RedeemerModules {
  readonly store: WinnerStore;
  readonly broker: BrokerPort;
  readonly account: AccountPort;
  readonly gasPrice: GasPrice;
  readonly clock: Clock;
  readonly randomness: Randomness;
  /** For logs and metrics; must not throw. */
  readonly onEvent?: (event: RedeemerEvent) => void;
}

/** {gas} What the state may change between an estimate and the block: the first ticket of a round, a new word. */
const GAS_RESERVE = 60_000n;

interface Waiter {
  /** For no transaction under way and nothing to send, instead of for no winner left. */
  readonly isForRest: boolean;
  /** A look that waited for no pauses after failures has come since. */
  isServed: boolean;
  resolve(): void;
}

/** {ms} Later than any pause after a failure. */
const AFTER_ALL_PAUSES = Number.MAX_SAFE_INTEGER;

/**
 * Redeems winners by itself.
 *
 * Each look brings the transactions under way up to date (`Transactions`), decides what is to be sent now (`planRedemptions`), asks the
 * broker which of these it would pay, and sends them. A winner leaves the queue for two reasons only: its commitment is closed in a block
 * that is deep enough, or its last round is over and it was found unpaid after that. Whatever else goes wrong postpones that winner
 * with a growing, jittered pause and touches no other.
 */
export class TicketRedeemer implements Redeemer {
  readonly #options: Required<Omit<RedeemerOptions, "policy">>;
  readonly #policy: PolicyOptions;
  readonly #modules: RedeemerModules;
  readonly #gasPrice: GasPrice;
  readonly #view: RedemptionView;
  readonly #transactions: Transactions;
  readonly #stop = new AbortController();
  readonly #waiters = new Set<Waiter>();
  /** How commitments were found closed by none of the transactions known here, and the block at which that was first so. */
  readonly #closedAt = new Map<string, { readonly state: CommitmentState; readonly block: number }>();
  #running: Promise<void> | null = null;
  #wake: () => void = () => undefined;

  constructor(options: RedeemerOptions, modules: RedeemerModules) {
    const { policy, ...rest } = options;
    this.#options = { ...DEFAULT_TIMING, ...rest };
    this.#policy = { ...DEFAULT_POLICY, ...policy };
    const { clock } = modules;
    const { timeout, confirmations, replaceAfter } = this.#options;
    const limit = <P extends object>(port: P): P => withTimeLimit(port, timeout, clock, this.#stop.signal);
    this.#modules = { ...modules, broker: limit(modules.broker), account: limit(modules.account) };
    this.#gasPrice = limit(modules.gasPrice);
    this.#view = new RedemptionView({ store: modules.store, broker: this.#modules.broker });
    this.#transactions = new Transactions(
      { confirmations, replaceAfter },
      {
        store: modules.store,
        account: this.#modules.account,
        replacement: (transaction) => this.#replacement(transaction),
        onEvent: (event, head) => this.#onTransaction(event, head),
      },
    );
  }

  start(): void {
    if (this.#stop.signal.aborted) throw new Error("the redeemer is closed");
    this.#running ??= this.#run(this.#stop.signal);
  }

  notify(): void {
    this.#wake();
  }

  drain(signal: AbortSignal): Promise<void> {
    return this.#until({ isForRest: false }, signal);
  }

  redeemNow(signal: AbortSignal): Promise<void> {
    return this.#until({ isForRest: true }, signal);
  }

  /** Reads only: the store may be another's. */
  async propose(): Promise<Proposal> {
    const { store, account } = this.#modules;
    const head = await account.head();
    await this.#gasPrice.refresh(head);
    const waiting = store.waiting(AFTER_ALL_PAUSES);
    const { plan, planned, funds } = await this.#plan(waiting, head);
    const view = { waiting, planned, expired: plan.expired.map(({ winner }) => winner), funds };
    return proposalOf(view, this.#gasPrice.now, this.#modules);
  }

  counts(): RedeemerCounts {
    const { store } = this.#modules;
    return {
      pending: this.#pending,
      claimed: store.count("claimed"),
      redeemed: store.count("redeemed"),
      expired: store.count("expired"),
    };
  }

  /** {1} Winners that still ask for something to be done. */
  get #pending(): number {
    const { store } = this.#modules;
    return store.count("pending") + store.count("included");
  }

  /** Whether there is nothing that the chain could tell of: no winner that is not done with, and no transaction. */
  get #isIdle(): boolean {
    const { store } = this.#modules;
    return this.#pending + store.count("claimed") === 0 && store.transactions().length === 0;
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error("the redeemer was closed"));
    this.#wake();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // Made before it looks: what happens meanwhile may be missed by this look, and asks for another.
      const woken = new Promise<void>((resolve) => (this.#wake = resolve));
      let pause = this.#options.pollInterval;
      try {
        pause = Math.min(pause, await this.#look(signal));
        const isEmpty = this.#pending === 0;
        const isAtRest = this.#modules.store.transactions().length === 0;
        for (const waiter of this.#waiters)
          if (waiter.isForRest ? waiter.isServed && isAtRest : isEmpty) waiter.resolve();
      } catch (error) {
        if (!signal.aborted) this.#report("failed", null, messageOf(error));
      }
      await this.#idle(pause, woken);
    }
  }

  async #idle(pause: number, woken: Promise<void>): Promise<void> {
    const cancel = new AbortController();
    await Promise.race([woken, this.#modules.clock.sleep(pause, cancel.signal)]);
    cancel.abort();
  }

  /** {ms} Until the next look, if nothing happens before. */
  async #look(signal: AbortSignal): Promise<number> {
    const { store, account, clock } = this.#modules;
    if (this.#isIdle) {
      for (const waiter of this.#waiters) waiter.isServed = true;
      return Infinity;
    }
    const head = await account.head();
    await this.#gasPrice.refresh(head);
    await this.#transactions.look(head, this.#gasPrice.fees);

    const now = clock.now();
    const urgent = [...this.#waiters].filter(({ isForRest, isServed }) => isForRest && !isServed);
    const due = urgent.length > 0 ? AFTER_ALL_PAUSES : now;
    const { plan, planned } = await this.#plan(store.waiting(due), head);
    for (const waiter of urgent) waiter.isServed = true;
    for (const { winner } of plan.expired) await this.#attempt([winner], head, () => this.#expire(winner, head));

    const open = this.#transactions.open;
    for (const { kind, winners } of planned) {
      if (signal.aborted || this.#transactions.open >= this.#options.maxInFlight) break;
      await this.#attempt(winners, head, () => this.#send(kind, winners, head));
    }
    // A chain that mines at once has a new block already.
    if (this.#transactions.open > open) return 0;
    const nextDue = store.nextDue(now);
    return Math.min(plan.lookAgain - head.time, nextDue === null ? Infinity : nextDue - now);
  }

  /** What is to be sent now of winners that are in no transaction, by the policy; the most pressing first. */
  async #plan(waiting: readonly StoredWinner[], head: Head) {
    const winners = await this.#view.candidates(waiting, head);
    const funds = await this.#view.funds(winners);
    const plan = planRedemptions({ time: head.time, price: this.#gasPrice, winners, funds }, this.#policy);
    const planned: Planned[] = [
      ...plan.claim.map(({ winner }) => ({ kind: "claim" as const, winners: [winner] })),
      ...plan.redeem.map((batch) => ({ kind: "redeem" as const, winners: batch.map(({ winner }) => winner) })),
      ...plan.settle.map(({ winner }) => ({ kind: "settle" as const, winners: [winner] })),
    ];
    return { plan, planned, funds };
  }

  /** A failure concerns these winners alone. Those that are in a transaction by then stay in it. */
  async #attempt(winners: readonly StoredWinner[], head: Head, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      for (const winner of winners) this.#postpone(winner, messageOf(error), head);
    }
  }

  async #send(kind: RedemptionKind, planned: readonly StoredWinner[], head: Head): Promise<void> {
    const { winners, gas: estimate, bad } = await prepare(kind, planned, this.#modules);
    for (const { winner, refusal } of bad) {
      // That it is too late is decided by a block of the chain, not by a simulation of the next one.
      if (refusal.kind !== "expired") await this.#refused(winner, refusal.detail, head);
    }
    if (estimate === null) return;
    const { now, fees } = this.#gasPrice;
    const loss = lossOf(winners, estimate, now);
    if (loss !== null) throw new Error(loss);
    const mostFee = valueOf(winners) / estimate;
    await this.#transactions.send(
      { kind, winners },
      winners.map(({ digest }) => digest),
      {
        gas: (estimate * 5n) / 4n + GAS_RESERVE,
        fees: { ...fees, maxFee: fees.maxFee < mostFee ? fees.maxFee : mostFee },
        head,
      },
    );
  }

  async #replacement({ kind, nonce }: StoredTransaction): Promise<Replacement> {
    const { winners, gas } = await prepare(kind, this.#modules.store.carried(nonce), this.#modules);
    if (gas === null) return { call: null, mostFee: 0n };
    return { call: { kind, winners }, mostFee: valueOf(winners) / gas };
  }

  /** The broker would not do it now. */
  async #refused(winner: StoredWinner, detail: string, head: Head): Promise<void> {
    const state = await this.#modules.broker.state(winner.ticket);
    if (state === "paid" || (state === "owed" && winner.status !== "claimed")) return this.#closed(winner, state, head);
    this.#closedAt.delete(winner.digest);
    this.#postpone(winner, detail, head);
  }

  async #expire(winner: StoredWinner, head: Head): Promise<void> {
    // Read after the round was over: what is not paid now never will be.
    const state = await this.#modules.broker.state(winner.ticket);
    if (state === "paid") return this.#closed(winner, state, head);
    const why = state === "owed" ? "its sender did not settle it" : "its last round is over";
    const reason = winner.reason === null ? why : `${why}; last failure: ${winner.reason}`;
    this.#modules.store.mark(winner.digest, "expired", reason);
    this.#report("expired", winner.digest, reason);
  }

  /** By a transaction that is not known here, of an earlier store: believed when it has its confirmations. */
  #closed(winner: StoredWinner, state: "paid" | "owed", head: Head): void {
    const { digest } = winner;
    const known = this.#closedAt.get(digest);
    const block = known?.state === state ? Math.min(known.block, head.number) : head.number;
    this.#closedAt.set(digest, { state, block });
    if (head.number - block < this.#options.confirmations) {
      return this.#postpone(winner, "found closed on the chain, not deep enough yet", head);
    }
    const status = state === "paid" ? "redeemed" : "claimed";
    this.#closedAt.delete(digest);
    this.#modules.store.mark(digest, status, "found closed on the chain");
    this.#report(status, digest, "found closed on the chain");
  }

  #postpone(winner: StoredWinner, reason: string, head: Head): void {
    const { store, clock, randomness } = this.#modules;
    const { backoff, maxBackoff } = this.#options;
    const full = Math.min(maxBackoff, backoff * 2 ** Math.min(winner.attempts, 30));
    const jittered = full / 2 + (full / 2) * ((randomness(1)[0] ?? 0) / 256);
    // Several attempts fit into what is left of its life.
    const left = (this.#view.deadline(winner.ticket.creationRound) ?? Infinity) - head.time;
    const pause = left > 0 ? Math.min(jittered, left / 4) : jittered;
    store.postpone(winner.digest, Math.ceil(clock.now() + pause), reason);
    this.#report("postponed", winner.digest, reason);
  }

  #onTransaction(event: TransactionEvent, head: Head): void {
    if (event.kind !== "finished") {
      const detail = "hash" in event ? event.hash : event.reason;
      this.#report(event.kind, null, `transaction ${event.nonce}: ${detail}`);
      return;
    }
    for (const winner of event.winners) {
      if (winner.status === event.done) this.#report(event.done, winner.digest, event.hash);
      else this.#postpone(winner, `transaction ${event.hash} left it out`, head);
    }
  }

  /** Runs until then. Rejects with the signal's reason, or when it is closed. */
  async #until({ isForRest }: Pick<Waiter, "isForRest">, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.start();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { isForRest, isServed: false, resolve };
    const ended = AbortSignal.any([signal, this.#stop.signal]);
    const abort = (): void => reject(ended.reason instanceof Error ? ended.reason : new Error("aborted"));
    ended.addEventListener("abort", abort);
    this.#waiters.add(waiter);
    this.notify();
    try {
      await promise;
    } finally {
      ended.removeEventListener("abort", abort);
      this.#waiters.delete(waiter);
    }
  }

  #report(kind: RedeemerEvent["kind"], digest: string | null, detail: string): void {
    this.#modules.onEvent?.({ kind, digest, detail });
  }
}
