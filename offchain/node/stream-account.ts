import type { Payment } from "../pm/interface.ts";
import { ONE } from "../pm/schema.ts";
import type { Delivered } from "./delivery.ts";

/** Sequences of missing segments that are named; of more, only the number is known. */
const MOST_NAMED = 10_000;

/** What one orchestrator has had of a stream. */
export interface Share {
  /** That were taken from it. */
  segments: number;
  ticketsSent: number;
}

/** What has come of one stream: counts and sums, however long it runs. */
export class StreamAccount {
  segments = 0;
  missing = 0;
  /** {ms} */
  mediaMs = 0;
  ticketsSent = 0;
  /** {wei} */
  faceValue = 0n;
  readonly #missing: number[] = [];
  readonly #shares = new Map<string, Share>();
  /** {wei·1e18} */
  #expected = 0n;

  /** A segment was published, with or without its renditions. */
  settled({ sequence, durationMs, orchestrator }: Pick<Delivered, "sequence" | "durationMs" | "orchestrator">): void {
    this.segments++;
    this.mediaMs += durationMs;
    if (orchestrator !== null) {
      this.#share(orchestrator).segments++;
      return;
    }
    this.missing++;
    if (this.#missing.length < MOST_NAMED) this.#missing.push(sequence);
  }

  /** A ticket has left, whatever comes of its segment, unless it is given back. */
  paid({ ticket }: Pick<Payment, "ticket">): void {
    this.ticketsSent++;
    this.faceValue += ticket.faceValue;
    this.#expected += ticket.faceValue * ticket.winProb;
    this.#share(ticket.recipient).ticketsSent++;
  }

  /** It was refused before it was taken, and pays for another segment. */
  givenBack({ ticket }: Pick<Payment, "ticket">): void {
    this.ticketsSent--;
    this.faceValue -= ticket.faceValue;
    this.#expected -= ticket.faceValue * ticket.winProb;
    this.#share(ticket.recipient).ticketsSent--;
  }

  /** {wei} What the tickets were worth on average, rounded down. */
  get expectedValue(): bigint {
    return this.#expected / ONE;
  }

  /** Sequences of the missing, ascending; the first 10,000. */
  get missingSequences(): readonly number[] {
    return this.#missing;
  }

  /** In the order in which they got a first ticket. */
  shares(): ReadonlyMap<string, Readonly<Share>> {
    return this.#shares;
  }

  #share(orchestrator: string): Share {
    const share = this.#shares.get(orchestrator) ?? { segments: 0, ticketsSent: 0 };
    this.#shares.set(orchestrator, share);
    return share;
  }
}
