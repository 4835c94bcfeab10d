import { setImmediate as turn } from "node:timers/promises";
import type {
  AccountPort,
  BrokerPort,
  Clock,
  CommitmentState,
  Envelope,
  GasPriceReader,
  Head,
  Inclusion,
  RedemptionCall,
  Refusal,
  SenderFunds,
  SignedTransaction,
  Ticket,
  Winner,
} from "../../../offchain/pm/interface.ts";
import { commitmentKey } from "../../../offchain/pm/ticket.ts";

/** How the network treats the next broadcast. */
export type Fate = "take" | "refuse" | "lose-the-answer" | "hang" | "ignore" | "revert";

interface Transaction extends SignedTransaction {
  readonly call: RedemptionCall | null;
  readonly envelope: Envelope;
  reverts: boolean;
}

interface Block extends Head {
  readonly state: State;
  readonly inclusions: ReadonlyMap<string, Inclusion>;
}

interface State {
  readonly deposits: Map<string, bigint>;
  readonly closed: Map<string, "paid" | "owed">;
  nonce: number;
}

/** {gas} */
export const GAS = { single: 58_000n, batch: 40_000n, payer: 20_000n, ticket: 7_000n, empty: 21_000n } as const;

/** {ms} */
export const BLOCK = 12_000;
export const ROUND = 50 * BLOCK;
const FIRST_ROUND = 10;
const VALIDITY = 2;
const CURING = 1;

/**
 * Fakes broker, account and gas market for the redeemer: a chain with a block every twelve seconds of the clock, a pool that takes
 * replacements for 10 % more, and reorganisations. It pays as the contract does.
 */
export class Chain__FakeForRedeemer implements BrokerPort, AccountPort, GasPriceReader {
  /** Includes what is broadcast at once. */
  isInstant = false;
  isReadable = true;
  baseFee: (block: number) => bigint = () => 100n;
  tip = 10n;
  readonly allocations = new Map<string, bigint>();
  readonly escrows = new Map<string, bigint>();
  readonly withdrawRounds = new Map<string, number>();
  /** Indices of winners that the broker refuses for a reason of its own. */
  readonly bad = new Set<bigint>();
  /** Of the next broadcasts, first to last; afterwards they are taken. */
  readonly fates: Fate[] = [];
  /** Every transaction that was ever included, with what it cost. */
  readonly history: {
    readonly call: RedemptionCall | null;
    readonly done: readonly string[];
    readonly price: bigint;
  }[] = [];
  readonly broadcasts: Envelope[] = [];
  simulations = 0;
  readonly pool = new Map<number, Transaction>();
  readonly #clock: Clock;
  readonly #genesis: number;
  readonly #blocks: Block[] = [];
  readonly #signed = new Map<string, Transaction>();
  #forks = 0;
  #count = 0;
  #slot = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#genesis = clock.now();
    this.#append([], { deposits: new Map(), closed: new Map(), nonce: 0 });
  }

  // --- What tests do ---

  get block(): number {
    this.#catchUp();
    return this.#tip.number;
  }

  get ledger(): State {
    return this.#tip.state;
  }

  get round(): number {
    return FIRST_ROUND + Math.floor((this.#tip.time - this.#genesis) / ROUND);
  }

  fund(sender: string, deposit: bigint): void {
    this.ledger.deposits.set(sender, deposit);
  }

  /** Somebody else with this account used the next nonce. */
  useNonce(): void {
    this.pool.delete(this.ledger.nonce);
    this.ledger.nonce += 1;
  }

  /** The last `depth` blocks never were; others take their place. Their transactions are in the pool again, or are forgotten. */
  reorganise(depth: number, isForgetful = false): void {
    this.#catchUp();
    const removed = this.#blocks.splice(Math.max(1, this.#blocks.length - depth));
    this.#forks += 1;
    if (isForgetful) this.pool.clear();
    else {
      for (const { inclusions } of removed) {
        for (const hash of inclusions.keys()) {
          const transaction = [...this.#signed.values()].find((each) => each.hash === hash);
          if (transaction !== undefined) this.pool.set(transaction.envelope.nonce, transaction);
        }
      }
    }
    for (let i = 0; i < removed.length; i += 1) this.#append([], this.#copy());
  }

  // --- BrokerPort ---

  async roundStart(round: number): Promise<number> {
    return this.#answer(() => this.#genesis + (round - FIRST_ROUND) * ROUND);
  }

  async lastRound(creationRound: number): Promise<number> {
    return this.#answer(() => creationRound + VALIDITY);
  }

  async curingPeriod(): Promise<number> {
    return this.#answer(() => CURING);
  }

  async funds(sender: string): Promise<SenderFunds> {
    return this.#answer(() => ({
      deposit: this.ledger.deposits.get(sender) ?? 0n,
      allocation: this.allocations.get(sender) ?? 0n,
      escrow: this.escrows.get(sender) ?? 0n,
      withdrawRound: this.withdrawRounds.get(sender) ?? null,
    }));
  }

  async state(ticket: Ticket): Promise<CommitmentState> {
    return this.#answer(() => this.ledger.closed.get(commitmentKey(ticket)) ?? "open");
  }

  async payable(winners: readonly Winner[]): Promise<number> {
    this.simulations += 1;
    return this.#answer(() => {
      const state = this.#copy();
      return winners.filter((winner) => this.#redeem(winner, state) === null).length;
    });
  }

  async refusal(winner: Winner): Promise<Refusal | null> {
    this.simulations += 1;
    return this.#answer(() => this.#redeem(winner, this.#copy()));
  }

  // --- AccountPort ---

  async head(): Promise<Head> {
    return this.#answer(() => {
      const { number, hash, time } = this.#tip;
      return { number, hash, time };
    });
  }

  async nonces(): Promise<{ latest: number; pending: number }> {
    return this.#answer(() => {
      const latest = this.ledger.nonce;
      let pending = latest;
      while (this.pool.has(pending)) pending += 1;
      return { latest, pending };
    });
  }

  async estimateGas(call: RedemptionCall): Promise<bigint | null> {
    return this.#answer(() => (this.#execute(call, this.#copy()).length === 0 ? null : this.gasOf(call)));
  }

  gasOf({ winners }: RedemptionCall): bigint {
    if (winners.length === 1) return GAS.single;
    const payers = new Set(winners.map(({ ticket }) => `${ticket.sender}/${ticket.faceValue}`)).size;
    return GAS.batch + GAS.payer * BigInt(payers) + GAS.ticket * BigInt(winners.length);
  }

  async sign(call: RedemptionCall | null, envelope: Envelope): Promise<SignedTransaction> {
    this.#count += 1;
    const raw = `raw-${this.#count}`;
    const transaction = { call, envelope, raw, hash: `hash-${this.#count}`, reverts: false };
    this.#signed.set(raw, transaction);
    return this.#answer(() => ({ raw, hash: transaction.hash }));
  }

  async broadcast(raw: string): Promise<string | null> {
    await this.#answer(() => null);
    const transaction = this.#signed.get(raw);
    if (transaction === undefined) throw new Error("malformed");
    const { nonce, fees } = transaction.envelope;
    if (this.#inclusionOf(transaction.hash) !== null || this.pool.get(nonce) === transaction) return null;
    this.broadcasts.push(transaction.envelope);
    const fate = this.fates.shift() ?? "take";
    if (fate === "refuse") return "insufficient funds for gas";
    if (fate === "ignore") return null;
    if (nonce < this.ledger.nonce) return "nonce too low";
    const rival = this.pool.get(nonce);
    if (rival !== undefined && fees.maxFee * 10n < rival.envelope.fees.maxFee * 11n) return "replacement underpriced";
    transaction.reverts = fate === "revert";
    this.pool.set(nonce, transaction);
    if (this.isInstant) this.#mine();
    if (fate === "lose-the-answer") throw new Error("the connection broke");
    if (fate === "hang") return new Promise(() => undefined);
    return null;
  }

  async inclusion(hash: string): Promise<Inclusion | null> {
    return this.#answer(() => this.#inclusionOf(hash));
  }

  // --- GasPriceReader ---

  async baseFees(last: number, count: number): Promise<bigint[]> {
    const first = Math.max(0, last - count + 1);
    return this.#answer(() => Array.from({ length: last - first + 1 }, (_, i) => this.baseFee(first + i)));
  }

  async priorityFee(): Promise<bigint> {
    return this.#answer(() => this.tip);
  }

  // --- Inside ---

  get #tip(): Block {
    const tip = this.#blocks.at(-1);
    if (tip === undefined) throw new Error("no genesis");
    return tip;
  }

  async #answer<T>(read: () => T): Promise<T> {
    this.#catchUp();
    const value = read();
    if (!this.isReadable) throw new Error("the node is down");
    // Answers overtake each other.
    this.#slot += 1;
    for (let turns = (this.#slot * 7) % 3; turns > 0; turns -= 1) await turn();
    return value;
  }

  #catchUp(): void {
    while (this.#clock.now() - this.#tip.time >= BLOCK) this.#mine(this.#tip.time + BLOCK);
  }

  #mine(time = this.#clock.now()): void {
    const state = this.#copy();
    const fee = this.baseFee(this.#tip.number + 1);
    const included: { transaction: Transaction; done: string[] }[] = [];
    for (;;) {
      const transaction = this.pool.get(state.nonce);
      if (transaction === undefined || transaction.envelope.fees.maxFee < fee) break;
      this.pool.delete(state.nonce);
      state.nonce += 1;
      const { call, reverts } = transaction;
      const done = call === null || reverts ? [] : this.#execute(call, state);
      included.push({ transaction, done });
      this.history.push({ call, done, price: fee + transaction.envelope.fees.priorityFee });
    }
    this.#append(included, state, time);
  }

  #append(
    included: readonly { transaction: Transaction; done: string[] }[],
    state: State,
    time = this.#clock.now(),
  ): void {
    const number = this.#blocks.length;
    const hash = `block-${number}-${this.#forks}`;
    const inclusions = new Map(
      included.map(({ transaction, done }) => [transaction.hash, { block: number, blockHash: hash, done }]),
    );
    this.#blocks.push({ number, hash, time, state, inclusions });
  }

  #copy(): State {
    const { deposits, closed, nonce } = this.ledger;
    return { deposits: new Map(deposits), closed: new Map(closed), nonce };
  }

  #inclusionOf(hash: string): Inclusion | null {
    for (const { inclusions } of this.#blocks) {
      const inclusion = inclusions.get(hash);
      if (inclusion !== undefined) return inclusion;
    }
    return null;
  }

  #execute({ kind, winners }: RedemptionCall, state: State): string[] {
    return winners.flatMap((winner) => {
      const key = commitmentKey(winner.ticket);
      if (kind === "redeem") return this.#redeem(winner, state) === null ? [key] : [];
      if (kind === "claim") {
        const isDue = this.#redeem(winner, state)?.kind === "unfunded" && this.round + CURING <= this.#last(winner);
        if (isDue) state.closed.set(key, "owed");
        return isDue ? [key] : [];
      }
      if (state.closed.get(key) !== "owed" || this.round > this.#last(winner)) return [];
      state.closed.delete(key);
      if (this.#redeem(winner, state) === null) return [key];
      state.closed.set(key, "owed");
      return [];
    });
  }

  #last({ ticket }: Winner): number {
    return ticket.creationRound + VALIDITY;
  }

  /** What the contract does and in its order. The allocation is only looked at: tests that need it to shrink set it. */
  #redeem(winner: Winner, state: State): Refusal | null {
    const { sender, faceValue, commitmentIndex } = winner.ticket;
    const key = commitmentKey(winner.ticket);
    if (this.round > this.#last(winner)) return { kind: "expired", detail: "expired" };
    if (state.closed.has(key)) return { kind: "closed", detail: "closed" };
    if (this.bad.has(commitmentIndex)) return { kind: "other", detail: "bad signature" };
    const deposit = state.deposits.get(sender) ?? 0n;
    const allocation = this.allocations.get(sender) ?? 0n;
    if (deposit + allocation < faceValue) return { kind: "unfunded", detail: "deposit too low" };
    state.deposits.set(sender, deposit > faceValue ? deposit - faceValue : 0n);
    state.closed.set(key, "paid");
    return null;
  }
}
