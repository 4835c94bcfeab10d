import { setImmediate as turn } from "node:timers/promises";
import type {
  AllocationState,
  BrokerPort,
  ReadOptions,
  SenderState,
  SignerState,
  TransactionOutcome,
  Winner,
} from "../../../offchain/pm/interface.ts";

/** How the network treats one redemption. */
export type Fate = "pay" | "refuse" | "revert" | "drop" | "pay-but-lose-the-answer" | "never-mine" | "hang";

/** Fakes the TicketBroker and the transactions to it, for the recipient, the sender and the redeemer. */
export class BrokerPort__Fake implements BrokerPort {
  round = 10;
  validity = 2;
  deposits = new Map<string, bigint>();
  escrows = new Map<string, bigint>();
  withdrawRounds = new Map<string, number>();
  /** By `sender/recipient`. */
  allocations = new Map<string, AllocationState>();
  /** By `sender/key`, the same for every creation round. */
  signers = new Map<string, SignerState>();
  /** By `recipient/round/index`. */
  readonly closed = new Set<string>();
  readonly paid: Winner[] = [];
  /** Fates of the next redemptions of an index, first to last; afterwards it is paid. */
  readonly fates = new Map<bigint, Fate[]>();
  redeemCalls = 0;
  isClosedCalls = 0;
  mostConcurrentRedeems = 0;
  isReadable = true;
  /** While set, `sender` answers with what it answered last unless a fresh answer is asked for. */
  isSenderCached = false;
  #concurrent = 0;
  readonly #cache = new Map<string, SenderState>();
  readonly #outcomes = new Map<string, TransactionOutcome | "never">();

  currentRound(): Promise<number> {
    return this.isReadable ? Promise.resolve(this.round) : Promise.reject(new Error("the node is down"));
  }

  ticketValidity(): Promise<number> {
    return Promise.resolve(this.validity);
  }

  async sender(address: string, options?: ReadOptions): Promise<SenderState> {
    const cached = this.#cache.get(address);
    const state = cached !== undefined && this.isSenderCached && options?.fresh !== true ? cached : this.#read(address);
    this.#cache.set(address, state);
    await turn();
    return state;
  }

  #read(address: string): SenderState {
    return {
      deposit: this.deposits.get(address) ?? 0n,
      escrow: this.escrows.get(address) ?? 0n,
      withdrawRound: this.withdrawRounds.get(address) ?? null,
    };
  }

  allocation(sender: string, recipient: string): Promise<AllocationState> {
    return Promise.resolve(
      this.allocations.get(`${sender}/${recipient}`) ?? { amount: 0n, leaving: 0n, releaseRound: null },
    );
  }

  signer(sender: string, key: string): Promise<SignerState> {
    return Promise.resolve(this.signers.get(`${sender}/${key}`) ?? { lastRound: 0, cap: 0n, spent: 0n });
  }

  async isClosed(recipient: string, creationRound: number, index: bigint): Promise<boolean> {
    this.isClosedCalls += 1;
    // Answers overtake each other.
    for (let turns = (this.isClosedCalls * 7) % 5; turns > 0; turns -= 1) await turn();
    return this.closed.has(`${recipient}/${creationRound}/${index}`);
  }

  async redeem(winner: Winner): Promise<{ hash: string }> {
    this.redeemCalls += 1;
    this.#concurrent += 1;
    this.mostConcurrentRedeems = Math.max(this.mostConcurrentRedeems, this.#concurrent);
    try {
      await turn();
      return this.#send(winner);
    } finally {
      this.#concurrent -= 1;
    }
  }

  wait(hash: string, signal: AbortSignal): Promise<TransactionOutcome> {
    const outcome = this.#outcomes.get(hash);
    if (outcome !== undefined && outcome !== "never") return Promise.resolve(outcome);
    if (outcome === undefined) return Promise.resolve("dropped");
    return new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(new Error("aborted")), { once: true });
    });
  }

  /** Closes and pays, as the contract would. */
  pay(winner: Winner): void {
    const { recipient, commitmentIndex, creationRound, sender, faceValue } = winner.ticket;
    const key = `${recipient}/${creationRound}/${commitmentIndex}`;
    if (this.closed.has(key)) throw new Error("closed");
    if (this.round > creationRound + this.validity) throw new Error("expired");
    const deposit = this.deposits.get(sender) ?? 0n;
    if (deposit < faceValue) throw new Error("deposit too low");
    this.deposits.set(sender, deposit - faceValue);
    this.closed.add(key);
    this.paid.push(winner);
  }

  #send(winner: Winner): { hash: string } | Promise<{ hash: string }> {
    const hash = `0x${this.redeemCalls.toString(16).padStart(64, "0")}`;
    const fate = this.fates.get(winner.ticket.commitmentIndex)?.shift() ?? "pay";
    switch (fate) {
      case "refuse":
        throw new Error("the simulation failed");
      case "revert":
        this.#outcomes.set(hash, "reverted");
        return { hash };
      case "drop":
        return { hash };
      case "never-mine":
        this.#outcomes.set(hash, "never");
        return { hash };
      case "hang":
        return new Promise(() => undefined);
      case "pay-but-lose-the-answer":
        this.pay(winner);
        throw new Error("the connection broke");
      case "pay":
        this.pay(winner);
        this.#outcomes.set(hash, "mined");
        return { hash };
    }
  }
}
