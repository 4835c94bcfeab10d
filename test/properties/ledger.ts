import { expect } from "chai";
import { sum } from "./amounts.ts";

/** A commitment that won. */
export interface Win {
  readonly sender: string;
  readonly recipient: string;
  /** {wei ETH} */
  readonly faceValue: bigint;
  readonly creationRound: bigint;
  readonly commitmentIndex: bigint;
  /** Who signed: the sender or a key of it. */
  readonly key: string;
}

/** A winner that could not be paid when it was presented. */
export interface Debt extends Win {
  /** {round} */
  readonly curingRound: bigint;
  /** {1} How often its sender's escrow had left before it was claimed. */
  readonly departures: number;
  state: "open" | "settled" | "forfeited" | "forfeited and settled";
}

/** ETH of a broadcaster that came in or went out, tickets apart. */
interface Move {
  readonly what: "funded" | "withdrawn" | "forfeited";
  readonly sender: string;
  /** {wei ETH} */
  readonly amount: bigint;
}

/**
 * A second opinion on contract and model alike: a diary of what was done, from which each guarantee is read off by going through all of it. It
 * knows no windows and no balances.
 */
export class Ledger {
  /** Commitments that were used up, paid or not. */
  readonly closed: Win[] = [];
  /** What was paid, in the order of the payments. */
  readonly wins: Win[] = [];
  readonly debts: Debt[] = [];
  /** {wei ETH} Out of the fees. */
  paid = 0n;
  /** {round} Of the unlock that still runs, by sender. */
  readonly unlocks = new Map<string, bigint>();
  readonly #moves: Move[] = [];
  /** {wei ETH} By recipient and round, in the order in which they were handed over. */
  readonly #pulls = new Map<string, Map<bigint, bigint>>();

  // --- Broadcasters ---

  note(what: Move["what"], sender: string, amount: bigint): void {
    this.#moves.push({ what, sender, amount });
  }

  /** {wei ETH} Of one broadcaster or of all. */
  total(what: Move["what"], sender?: string): bigint {
    const moves = this.#moves.filter((move) => move.what === what && (sender ?? move.sender) === move.sender);
    return sum(moves.map(({ amount }) => amount));
  }

  /** {wei ETH} P1: what a broadcaster must still have, when every winner has cost it its face value. */
  left(sender: string): bigint {
    const won = sum(this.wins.filter((win) => win.sender === sender).map(({ faceValue }) => faceValue));
    return this.total("funded", sender) - this.total("withdrawn", sender) - this.total("forfeited", sender) - won;
  }

  /** {wei ETH} What the tickets of `sender` have brought `recipient`. */
  won(sender: string, recipient: string): bigint {
    const wins = this.wins.filter((win) => win.sender === sender && win.recipient === recipient);
    return sum(wins.map(({ faceValue }) => faceValue));
  }

  // --- Winners ---

  win(win: Win): void {
    this.#close(win);
    this.#book(win);
  }

  /** P4: only what cannot be paid is a debt. */
  claim(win: Win, funds: bigint, curingRound: bigint): void {
    expect(funds < win.faceValue, `P4: ${funds} would have paid ${win.faceValue}`).to.equal(true);
    this.#close(win);
    this.debts.push({ ...win, curingRound, departures: this.#departures(win.sender), state: "open" });
  }

  settle(debt: Debt): void {
    expect(debt.state, "P5: a debt is settled once").to.be.oneOf(["open", "forfeited"]);
    this.#book(debt);
    debt.state = debt.state === "open" ? "settled" : "forfeited and settled";
  }

  /** Whether the escrow has not left since the debt was claimed: what comes later is liable for later debts. */
  isLiable(debt: Debt): boolean {
    return debt.departures === this.#departures(debt.sender);
  }

  /** P4: the whole escrow, once, for a debt that nobody settled in time. */
  forfeit(debt: Debt, round: bigint, amount: bigint, escrow: bigint): void {
    expect(this.isLiable(debt), "P4: an escrow that came after the debt").to.equal(true);
    expect(debt.state, "P4: forfeited for a debt that is open").to.equal("open");
    expect(round > debt.curingRound, `P4: forfeited in ${round}, curing until ${debt.curingRound}`).to.equal(true);
    expect(amount, "P4: the whole escrow").to.equal(escrow);
    debt.state = "forfeited";
    this.note("forfeited", debt.sender, amount);
  }

  debtOf({ recipient, creationRound, commitmentIndex }: Omit<Win, "key" | "sender" | "faceValue">): Debt | undefined {
    return this.debts.find(
      (debt) =>
        debt.recipient === recipient &&
        debt.creationRound === creationRound &&
        debt.commitmentIndex === commitmentIndex,
    );
  }

  #departures(of: string): number {
    return this.#moves.filter(({ what, sender }) => what !== "funded" && sender === of).length;
  }

  /** P5: a commitment wins once. */
  #close(win: Win): void {
    const same = this.closed.filter(
      ({ recipient, creationRound, commitmentIndex }) =>
        recipient === win.recipient && creationRound === win.creationRound && commitmentIndex === win.commitmentIndex,
    );
    expect(same, `P5: commitment ${win.commitmentIndex} of ${win.recipient} won twice`).to.deep.equal([]);
    this.closed.push(win);
  }

  #book(win: Win): void {
    const of = `round ${win.creationRound} of ${win.recipient}`;
    const last = [...this.#pullsOf(win.recipient).keys()].at(-1) ?? -1n;
    expect(win.creationRound > last, `fees of ${of} came after those of ${last} were handed over`).to.equal(true);
    this.wins.push(win);
  }

  // --- Fees ---

  /** {wei ETH} All that `recipient` won with tickets of `round`. */
  fees(recipient: string, round: bigint): bigint {
    const wins = this.wins.filter((win) => win.recipient === recipient && win.creationRound === round);
    return sum(wins.map(({ faceValue }) => faceValue));
  }

  /** {round} In which `recipient` won something that was not handed over, the oldest first. */
  rounds(recipient: string): bigint[] {
    const won = this.wins.filter((win) => win.recipient === recipient && win.faceValue !== 0n);
    const rounds = new Set(won.map(({ creationRound }) => creationRound));
    return [...rounds].filter((round) => !this.wasPulled(recipient, round)).sort((a, b) => (a < b ? -1 : 1));
  }

  wasPulled(recipient: string, round: bigint): boolean {
    return this.#pullsOf(recipient).has(round);
  }

  /** {round} Nothing older is left. */
  pulledBefore(recipient: string): bigint {
    return ([...this.#pullsOf(recipient).keys()].at(-1) ?? -1n) + 1n;
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
