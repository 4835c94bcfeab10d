import { expect } from "chai";
import type { Windows } from "../../sim/model/broker/windows.ts";
import type { Rounds } from "../../sim/model/rounds.ts";

/** Every commission that can have been announced: one in each round, under each notice that was in force in it. */
export class Announcements {
  readonly #rounds: Rounds;
  readonly #ahead = new Map<string, { readonly made: bigint; readonly begins: bigint }>();
  /** {round} Up to which they are made. */
  #until: bigint;

  constructor(rounds: Rounds) {
    this.#rounds = rounds;
    this.#until = rounds.current;
  }

  /** Announces in all rounds that have begun since, and in the present one. */
  make(notice: bigint): void {
    const { current } = this.#rounds;
    for (; this.#until < current; this.#until += 1n) this.#add(this.#until, notice);
    this.#add(current, notice);
  }

  /** S4: none that is ahead was announced for a shorter time than any ticket lives. */
  check(windows: Windows): void {
    const { current } = this.#rounds;
    const lives: bigint[] = [];
    for (let made = current + 1n; made >= 0n && made + 31n > current; made -= 1n) {
      const last = windows.lastRedemptionRound(made);
      if (last >= current) lives.push(last - made);
    }
    const longest = lives.reduce((a, b) => (a > b ? a : b));
    for (const [key, { made, begins }] of this.#ahead) {
      if (begins <= current) this.#ahead.delete(key);
      else
        expect(begins - made > longest, `S4: ${made} to ${begins}, a ticket lives ${longest}, in ${current}`).to.equal(
          true,
        );
    }
  }

  #add(made: bigint, notice: bigint): void {
    this.#ahead.set(`${made}/${notice}`, { made, begins: made + notice });
  }
}
