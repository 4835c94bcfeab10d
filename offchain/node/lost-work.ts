import { StreamflowError } from "../errors.ts";
import type { Clock } from "../pm/interface.ts";

/** {1} Senders that are remembered; beyond it the one that was heard of first is forgotten. */
const MOST_SENDERS = 10_000;

export interface LostWorkOptions {
  /** {1} Losses after which a sender is refused. */
  readonly most: number;
  /** {ms} Within which they count, and for which it is refused then. */
  readonly refuseMs: number;
}

interface Losses {
  count: number;
  /** {ms, Unix} Of the first of the losses; of the last one when there are too many. */
  since: number;
}

/** Counts, for each sender, the segments whose work was done for nothing, and refuses whoever has sent too many. It is forgotten when the node ends. */
export class LostWork {
  readonly #options: LostWorkOptions;
  readonly #clock: Clock;
  readonly #senders = new Map<string, Losses>();

  constructor(options: LostWorkOptions, modules: { clock: Clock }) {
    this.#options = options;
    this.#clock = modules.clock;
  }

  /** Errors: `TooMuchWorkLost`, which says until when. */
  check(sender: string): void {
    const { most, refuseMs } = this.#options;
    const losses = this.#recent(sender);
    if (losses === null || losses.count < most) return;
    const until = new Date(losses.since + refuseMs).toISOString();
    throw new StreamflowError(
      "TooMuchWorkLost",
      `${losses.count} segments of ${sender} were transcoded and could not be signed: none is taken until ${until}`,
      { losses: losses.count, until },
    );
  }

  /** {1} Losses of the sender, with this one. */
  count(sender: string): number {
    const now = this.#clock.now();
    const losses = this.#recent(sender) ?? { count: 0, since: now };
    losses.count += 1;
    if (losses.count >= this.#options.most) losses.since = now;
    this.#senders.set(keyOf(sender), losses);
    if (this.#senders.size > MOST_SENDERS) this.#senders.delete(this.#senders.keys().next().value!);
    return losses.count;
  }

  #recent(sender: string): Losses | null {
    const losses = this.#senders.get(keyOf(sender));
    if (losses === undefined) return null;
    if (this.#clock.now() - losses.since < this.#options.refuseMs) return losses;
    this.#senders.delete(keyOf(sender));
    return null;
  }
}

/** An address may be written in several ways. */
const keyOf = (sender: string): string => sender.toLowerCase();
