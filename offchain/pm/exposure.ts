import { StreamflowError } from "../errors.ts";
import { debtOf, type DebtPolicy, depositNeeded, winRate, withdrawalIsLater } from "./formulas.ts";
import type { BrokerReader, Exposure, SenderLedger, SenderState, SignerState, Ticket } from "./interface.ts";
import { ONE } from "./schema.ts";
import { capShortage } from "./signer-cap.ts";
import { commitmentKey } from "./ticket.ts";

export interface ExposureOptions {
  readonly address: string;
  /** The hot key that signs; null for the sender's own. */
  readonly key: string | null;
  readonly withdrawalMargin: number;
  readonly debt: DebtPolicy;
}

export interface ExposureModules {
  readonly broker: BrokerReader;
  readonly ledger: SenderLedger;
}

/** What the broker says about the sender, and about its hot key for one creation round. */
interface Backing {
  readonly state: SenderState;
  readonly signer: SignerState | null;
  readonly validity: number;
}

/**
 * What a sender could owe. A commitment wins at most once, so the worst case is the sum over the commitments in use of the highest face
 * value signed against each: an exact bound however many tickets are sent. An entry goes when the chain shows the index closed (it was
 * paid) or when its tickets have expired.
 */
export class ExposureBook {
  readonly #options: ExposureOptions;
  readonly #modules: ExposureModules;
  readonly #entries = new Map<string, Exposure>();
  /** Entries dropped so far, and how many of these the last fresh deposit shows. */
  #releases = 0;
  #shown = 0;
  #settling: Promise<void> | null = null;

  constructor(options: ExposureOptions, modules: ExposureModules) {
    this.#options = options;
    this.#modules = modules;
    for (const entry of modules.ledger.exposures()) this.#entries.set(keyOf(entry), entry);
  }

  /** {wei} As the policy counts. */
  get total(): bigint {
    return this.#debt([...this.#entries.values()]);
  }

  /**
   * Checks that the deposit covers what is in use and one more winner of `faceValue`.
   * Errors: `DepositTooLow`, `SignerNotAuthorized`, `SignerCapTooLow`.
   */
  async check(faceValue: bigint, creationRound: number, currentRound: number): Promise<void> {
    const covers = (backing: Backing): StreamflowError | null => {
      const debt = (round?: number): bigint => depositNeeded(this.#debt(this.#of(round)), faceValue);
      return this.#shortage(backing, creationRound, debt);
    };
    await this.#covered(covers, creationRound, currentRound);
  }

  /** Records the ticket, if the deposit covers what is in use with it; it may be signed afterwards. Errors: as `check`. */
  async admit(ticket: Ticket, currentRound: number): Promise<void> {
    const { creationRound } = ticket;
    const covers = (backing: Backing): StreamflowError | null => {
      const entry = this.#with(ticket);
      const key = keyOf(entry);
      const debt = (round?: number): bigint =>
        this.#debt([...this.#of(round).filter((other) => keyOf(other) !== key), entry]);
      const shortage = this.#shortage(backing, creationRound, debt);
      if (shortage !== null) return shortage;
      this.#modules.ledger.recordSent(ticket, entry);
      this.#entries.set(key, entry);
      return null;
    };
    await this.#covered(covers, creationRound, currentRound);
  }

  /** The entry of the ticket's commitment with the ticket in it. */
  #with({ recipient, creationRound, commitmentIndex: index, faceValue, winProb }: Ticket): Exposure {
    const known = this.#entries.get(keyOf({ recipient, creationRound, index }));
    const rate = (known?.winRate ?? 0n) + winRate(winProb);
    return {
      recipient,
      creationRound,
      index,
      faceValue: known !== undefined && known.faceValue > faceValue ? known.faceValue : faceValue,
      winRate: rate > ONE ? ONE : rate,
    };
  }

  #of(round: number | undefined): Exposure[] {
    const entries = [...this.#entries.values()];
    return round === undefined ? entries : entries.filter(({ creationRound }) => creationRound === round);
  }

  #debt(entries: readonly Exposure[]): bigint {
    return debtOf(entries, this.#options.debt);
  }

  /** Reads the chain and then, with nothing running in between, asks `covers`, which may act on its own consent. */
  async #covered(
    covers: (backing: Backing) => StreamflowError | null,
    creationRound: number,
    currentRound: number,
  ): Promise<void> {
    const { broker } = this.#modules;
    const { address, key } = this.#options;
    const validity = await broker.ticketValidity(creationRound);
    for (let attempt = 0; ; attempt += 1) {
      // A deposit that was read before an entry was dropped as paid does not show that payment: it is read again.
      const releases = this.#releases;
      const fresh = attempt > 0 || this.#shown < releases;
      const [state, signer] = await Promise.all([
        broker.sender(address, { fresh }),
        key === null ? null : broker.signer(address, key, creationRound, { fresh }),
      ]);
      if (fresh) this.#shown = Math.max(this.#shown, releases);
      if (releases !== this.#releases) continue;
      const shortage = covers({ state, signer, validity });
      if (shortage === null) return;
      if (attempt > 0) throw shortage;
      await this.#settle(currentRound);
    }
  }

  /** Why deposit or key do not cover a debt {wei}: in all, or of the tickets of one round; null when they do. */
  #shortage(
    { state, signer, validity }: Backing,
    creationRound: number,
    debt: (round?: number) => bigint,
  ): StreamflowError | null {
    const { deposit, withdrawRound } = state;
    const needed = debt();
    if (
      deposit < needed ||
      !withdrawalIsLater(withdrawRound, creationRound, validity, this.#options.withdrawalMargin)
    ) {
      const why = withdrawRound === null ? "" : `; an unlock ends in round ${withdrawRound}`;
      return new StreamflowError("DepositTooLow", `the deposit is ${deposit} wei, ${needed} wei are needed${why}`, {
        depositWei: deposit.toString(),
        neededWei: needed.toString(),
        exposureWei: this.total.toString(),
        withdrawRound,
      });
    }
    return signer === null ? null : this.#keyShortage(signer, creationRound, debt(creationRound));
  }

  #keyShortage({ lastRound, cap, spent }: SignerState, creationRound: number, debt: bigint): StreamflowError | null {
    const { key } = this.#options;
    if (creationRound > lastRound) {
      return new StreamflowError(
        "SignerNotAuthorized",
        `${key} may sign up to round ${lastRound}, the ticket is of round ${creationRound}`,
        { key, lastRound, creationRound },
      );
    }
    return capShortage(key, creationRound, cap, spent + debt);
  }

  /** Drops what is paid or expired. The deposit must be read after this, never before. */
  #settle(currentRound: number): Promise<void> {
    this.#settling ??= this.#settleNow(currentRound).finally(() => {
      this.#settling = null;
    });
    return this.#settling;
  }

  async #settleNow(currentRound: number): Promise<void> {
    const { broker, ledger } = this.#modules;
    for (const [key, { recipient, creationRound, index }] of [...this.#entries]) {
      const expired = creationRound + (await broker.ticketValidity(creationRound)) < currentRound;
      if (!expired && !(await broker.isClosed(recipient, creationRound, index))) continue;
      if (!this.#entries.delete(key)) continue;
      this.#releases += 1;
      ledger.release(recipient, creationRound, index);
    }
  }
}

function keyOf({ recipient, creationRound, index }: Pick<Exposure, "recipient" | "creationRound" | "index">): string {
  return `${recipient}/${commitmentKey({ creationRound, commitmentIndex: index })}`;
}
