import { expect } from "chai";
import { sum } from "./amounts.ts";
import type { Ledger, Win } from "./ledger.ts";

/** What a broadcaster did with what it has set aside for a recipient. */
interface Change {
  readonly what: "funded" | "reduced" | "released";
  readonly pair: string;
  /** {wei ETH} */
  readonly amount: bigint;
  readonly round: bigint;
}

/** What a recipient saw, and could rely on for tickets of that round. */
interface Look {
  readonly pair: string;
  /** {wei ETH} What does not leave. */
  readonly secured: bigint;
  /** {wei ETH} What the tickets had brought so far. */
  readonly won: bigint;
  /** {round} In which the tickets of the present round die. */
  readonly lastRound: bigint;
}

interface Authorization {
  readonly sender: string;
  readonly key: string;
  readonly lastRound: bigint;
  /** {wei ETH} */
  readonly cap: bigint;
  readonly round: bigint;
}

/** The part of the diary that says what broadcasters have promised: allocations (P3) and hot keys. */
export class Promises {
  readonly #ledger: Ledger;
  readonly #changes: Change[] = [];
  readonly #looks: Look[] = [];
  readonly #authorizations: Authorization[] = [];

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  // --- Allocations ---

  note(what: Change["what"], sender: string, recipient: string, amount: bigint, round: bigint): void {
    this.#changes.push({ what, pair: `${sender}/${recipient}`, amount, round });
  }

  /** {round} P3: nothing leaves that was not announced; in which round it was. */
  release(sender: string, recipient: string, amount: bigint, round: bigint): bigint {
    const last = this.#changes.findLast(({ pair, what }) => pair === `${sender}/${recipient}` && what !== "funded");
    if (last?.what !== "reduced") throw new Error(`P3: ${sender} took back what it had not announced`);
    expect(amount <= last.amount, `P3: ${amount} left where ${last.amount} were announced`).to.equal(true);
    this.note("released", sender, recipient, amount, round);
    return last.round;
  }

  /** P3: tickets of the recipient, and what was announced, are all that makes an allocation smaller. */
  look(sender: string, recipient: string, amount: bigint, leaving: bigint, round: bigint, lastRound: bigint): void {
    const pair = `${sender}/${recipient}`;
    const won = this.#ledger.won(sender, recipient);
    const total = (what: Change["what"]): bigint =>
      sum(this.#changes.filter((change) => change.pair === pair && change.what === what).map((each) => each.amount));
    const most = total("funded") - total("released");
    expect(amount <= most && amount >= most - won, `P3: ${amount} left of ${most}, ${won} taken`).to.equal(true);
    for (const past of this.#looks.filter((each) => each.pair === pair && each.lastRound >= round)) {
      const least = past.secured - (won - past.won);
      expect(amount >= least, `P3: ${amount} left where ${least} were promised until ${past.lastRound}`).to.equal(true);
    }
    this.#looks.push({ pair, secured: amount - leaving, won, lastRound });
  }

  // --- Hot keys ---

  /** Whether the key was authorized before, and that is over. */
  hasExpired(sender: string, key: string, round: bigint): boolean {
    const last = this.#of(sender, key).at(-1);
    return last !== undefined && last.lastRound < round;
  }

  authorize(sender: string, key: string, lastRound: bigint, cap: bigint, round: bigint): void {
    this.#authorizations.push({ sender, key, lastRound, cap, round });
  }

  /** A key never takes more in a round than its sender allowed for it. */
  spend({ sender, key, creationRound }: Win): void {
    if (key === sender) return;
    const taken = this.#taken(sender, key, creationRound);
    const cap = this.#capIn(sender, key, creationRound);
    expect(cap !== null && taken <= cap, `${key} of ${sender} took ${taken}, its cap is ${cap}`).to.equal(true);
  }

  /** Whether a key was good for such a ticket in the round of the ticket: then nothing that the sender does makes it bad. */
  isGood({ sender, key, creationRound, faceValue }: Win): boolean {
    const cap = this.#capIn(sender, key, creationRound);
    return cap !== null && this.#taken(sender, key, creationRound) + faceValue <= cap;
  }

  /** {wei ETH} What stood when the round began; of a key that was new in it, what was said first; null: nothing. */
  #capIn(sender: string, key: string, round: bigint): bigint | null {
    const all = this.#of(sender, key);
    const said = all.findLast((each) => each.round < round) ?? all.find((each) => each.round === round);
    return said !== undefined && said.lastRound >= round ? said.cap : null;
  }

  #taken(sender: string, key: string, creationRound: bigint): bigint {
    const wins = this.#ledger.closed.filter(
      (win) => win.sender === sender && win.key === key && win.creationRound === creationRound,
    );
    return sum(wins.map(({ faceValue }) => faceValue));
  }

  #of(sender: string, key: string): Authorization[] {
    return this.#authorizations.filter((each) => each.sender === sender && each.key === key);
  }
}
