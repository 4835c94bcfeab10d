import { need } from "./refusal.ts";
import type { Rounds } from "./rounds.ts";

/** {round} How long before its beginning a commission is announced. An announcement keeps the notice that it was made with. */
export class Notices {
  inForce: bigint;
  /** The shortest one that announcements from before a change have, and from when on none of them is ahead. */
  #former = { shortest: 0n, until: 0n };
  readonly #rounds: Rounds;

  constructor(rounds: Rounds, first: bigint) {
    this.#rounds = rounds;
    this.inForce = first;
  }

  /** The shortest one that an announcement has which is made now, or has not begun. */
  get shortest(): bigint {
    const { shortest, until } = this.#former;
    return this.#rounds.current < until && shortest < this.inForce ? shortest : this.inForce;
  }

  /** @param longestValidity of all tickets that live or can be made {round} */
  change(next: bigint, longestValidity: bigint): void {
    need(next > longestValidity, "BondingManagerNoticeTooShort", next, longestValidity);
    if (next === this.inForce) return;
    const until = this.#rounds.current + this.inForce;
    this.#former = { shortest: this.shortest, until: until > this.#former.until ? until : this.#former.until };
    this.inForce = next;
  }
}
