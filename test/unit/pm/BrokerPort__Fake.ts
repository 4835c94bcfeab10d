import { setImmediate as turn } from "node:timers/promises";
import type {
  AllocationState,
  BrokerReader,
  ReadOptions,
  SenderState,
  SignerState,
  Winner,
} from "../../../offchain/pm/interface.ts";

/** Fakes the TicketBroker for the recipient and the sender. */
export class BrokerPort__Fake implements BrokerReader {
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
  isClosedCalls = 0;
  isReadable = true;
  /** While set, `sender` answers with what it answered last unless a fresh answer is asked for. */
  isSenderCached = false;
  readonly #cache = new Map<string, SenderState>();

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
}
