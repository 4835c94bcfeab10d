import { expect } from "chai";
import type { Ticket } from "../../sim/model/ticket.ts";
import { sum } from "./amounts.ts";

/**
 * A second opinion on contract and model alike: a diary of what was paid, from which each guarantee is read off by going through all of it. It
 * knows no windows and no sums.
 */
export class Ledger {
  /** By recipient and index of the commitment. */
  readonly wins = new Map<string, Ticket>();
  /** {wei ETH} */
  funded = 0n;
  withdrawn = 0n;
  paid = 0n;
  /** {round} Of the unlock that still runs, by sender. */
  readonly unlocks = new Map<string, bigint>();
  /** {wei ETH} By recipient and round, in the order in which they were handed over. */
  readonly #pulls = new Map<string, Map<bigint, bigint>>();

  /** P5: a commitment pays once. */
  win(ticket: Ticket): void {
    const key = `${ticket.recipient}/${ticket.commitmentIndex}`;
    expect(this.wins.has(key), `P5: commitment ${key} paid twice`).to.equal(false);
    const of = `round ${ticket.creationRound} of ${ticket.recipient}`;
    const last = [...this.#pullsOf(ticket.recipient).keys()].at(-1) ?? -1n;
    expect(ticket.creationRound > last, `fees of ${of} came after those of ${last} were handed over`).to.equal(true);
    this.wins.set(key, ticket);
  }

  /** {wei ETH} All that `recipient` won with tickets of `round`. */
  fees(recipient: string, round: bigint): bigint {
    const wins = [...this.wins.values()].filter((win) => win.recipient === recipient && win.creationRound === round);
    return sum(wins.map(({ faceValue }) => faceValue));
  }

  /** {round} In which `recipient` won something that was not handed over, the oldest first. */
  rounds(recipient: string): bigint[] {
    const won = [...this.wins.values()].filter((win) => win.recipient === recipient && win.faceValue !== 0n);
    const rounds = new Set(won.map(({ creationRound }) => creationRound));
    return [...rounds].filter((round) => !this.#pullsOf(recipient).has(round)).sort((a, b) => (a < b ? -1 : 1));
  }

  /** Rounds come in their order, each once, and each whole; where nothing comes, nothing older than `round` is left. */
  pull(recipient: string, round: bigint, amount: bigint): void {
    const left = this.rounds(recipient).filter((each) => each < round);
    expect(left, `${recipient}: older than round ${round}, and not handed over`).to.deep.equal([]);
    if (amount === 0n) return;
    const pulls = this.#pullsOf(recipient);
    expect(pulls.has(round), `S7: round ${round} of ${recipient} was handed over twice`).to.equal(false);
    expect(amount).to.equal(this.fees(recipient, round), `fees of ${recipient} in round ${round}`);
    this.#pulls.set(recipient, pulls.set(round, amount));
  }

  /** {wei ETH} Handed over and not paid. */
  get owed(): bigint {
    return sum([...this.#pulls.values()].flatMap((pulls) => [...pulls.values()])) - this.paid;
  }

  /** S7: no more is paid than was handed over. */
  pay(amount: bigint): void {
    expect(amount <= this.owed, `S7: ${amount} paid of ${this.owed}`).to.equal(true);
    this.paid += amount;
  }

  #pullsOf(recipient: string): Map<bigint, bigint> {
    return this.#pulls.get(recipient) ?? new Map<bigint, bigint>();
  }
}
