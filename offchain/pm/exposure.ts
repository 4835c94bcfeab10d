import { StreamflowError } from "../errors.ts";
import type { BrokerReader, Exposure, SenderLedger, SenderState, Ticket } from "./interface.ts";
import { withdrawalIsLater } from "./price.ts";

export interface ExposureOptions {
  readonly address: string;
  readonly withdrawalMargin: number;
}

export interface ExposureModules {
  readonly broker: BrokerReader;
  readonly ledger: SenderLedger;
}

/**
 * What a sender could owe. A commitment wins at most once, so the worst case is the sum over the commitments in use of the highest face
 * value signed against each: an exact bound however many tickets are sent. An entry goes when the chain shows the index closed (it was
 * paid) or when its last ticket has expired.
 */
export class ExposureBook {
  readonly #options: ExposureOptions;
  readonly #modules: ExposureModules;
  readonly #entries = new Map<string, Exposure>();
  #total = 0n;
  /** Entries dropped so far, and how many of these the last fresh deposit shows. */
  #releases = 0;
  #shown = 0;
  #settling: Promise<void> | null = null;

  constructor(options: ExposureOptions, modules: ExposureModules) {
    this.#options = options;
    this.#modules = modules;
    for (const entry of modules.ledger.exposures()) this.#set(entry);
  }

  /** {wei} */
  get total(): bigint {
    return this.#total;
  }

  /** Checks that the deposit covers the worst case with one more commitment of `faceValue`. Errors: `DepositTooLow`. */
  async check(faceValue: bigint, round: number): Promise<void> {
    await this.#covered(
      () => faceValue,
      round,
      () => undefined,
    );
  }

  /** Records the ticket, if the deposit covers the worst case with it; it may be signed afterwards. Errors: `DepositTooLow`. */
  async admit(ticket: Ticket): Promise<void> {
    const key = keyOf(ticket.recipient, ticket.commitmentIndex);
    const additional = (): bigint => {
      const rise = ticket.faceValue - (this.#entries.get(key)?.faceValue ?? 0n);
      return rise > 0n ? rise : 0n;
    };
    await this.#covered(additional, ticket.creationRound, () => {
      const known = this.#entries.get(key);
      this.#modules.ledger.recordSent(ticket);
      this.#set({
        recipient: ticket.recipient,
        index: ticket.commitmentIndex,
        faceValue: (known?.faceValue ?? 0n) + additional(),
        lastRound: Math.max(known?.lastRound ?? 0, ticket.creationRound),
      });
    });
  }

  /** Reads the deposit and then, with nothing running in between, compares and calls `effect`. */
  async #covered(additional: () => bigint, round: number, effect: () => void): Promise<void> {
    const { broker } = this.#modules;
    const validity = await broker.ticketValidity();
    const isCovered = (state: SenderState): boolean =>
      state.deposit >= this.#total + additional() &&
      withdrawalIsLater(state.withdrawRound, round, validity, this.#options.withdrawalMargin);

    let state: SenderState;
    for (let attempt = 0; ; attempt += 1) {
      // A deposit that was read before an entry was dropped as paid does not show that payment: it is read again.
      const releases = this.#releases;
      const fresh = attempt > 0 || this.#shown < releases;
      state = await broker.sender(this.#options.address, { fresh });
      if (fresh) this.#shown = Math.max(this.#shown, releases);
      if (releases !== this.#releases) continue;
      if (isCovered(state)) {
        effect();
        return;
      }
      if (attempt > 0) break;
      await this.#settle(round, validity);
    }
    const needed = this.#total + additional();
    const why = state.withdrawRound === null ? "" : `; an unlock ends in round ${state.withdrawRound}`;
    throw new StreamflowError("DepositTooLow", `the deposit is ${state.deposit} wei, ${needed} wei are needed${why}`, {
      depositWei: state.deposit.toString(),
      neededWei: needed.toString(),
      exposureWei: this.#total.toString(),
      withdrawRound: state.withdrawRound,
    });
  }

  /** Drops what is paid or expired. The deposit must be read after this, never before. */
  #settle(round: number, validity: number): Promise<void> {
    this.#settling ??= this.#settleNow(round, validity).finally(() => {
      this.#settling = null;
    });
    return this.#settling;
  }

  async #settleNow(round: number, validity: number): Promise<void> {
    const { broker, ledger } = this.#modules;
    for (const key of [...this.#entries.keys()]) {
      const entry = this.#entries.get(key);
      if (entry === undefined) continue;
      const expired = entry.lastRound + validity < round;
      if (!expired && !(await broker.isClosed(entry.recipient, entry.index))) continue;
      // Read again: a ticket may have raised it while the chain was asked.
      this.#total -= this.#entries.get(key)?.faceValue ?? 0n;
      this.#entries.delete(key);
      this.#releases += 1;
      ledger.release(entry.recipient, entry.index);
    }
  }

  #set(entry: Exposure): void {
    const key = keyOf(entry.recipient, entry.index);
    this.#total += entry.faceValue - (this.#entries.get(key)?.faceValue ?? 0n);
    this.#entries.set(key, entry);
  }
}

function keyOf(recipient: string, index: bigint): string {
  return `${recipient}/${index}`;
}
