import type { StatementSync } from "node:sqlite";
import { z } from "zod";
import { amount, type Database, type Durability, text } from "./database.ts";
import { markOf, SaltSet } from "./salt-set.ts";

/** {ms} Between two writes of the journal: what comes meanwhile shares the next. */
const WRITE_INTERVAL = 2;
/** When the journal is folded into the tables, and what a fold leaves in memory; the rest is read again when it is needed. */
export interface TakenLimits {
  /** Entries of the journal. */
  readonly entries: number;
  /** {byte} Salts. */
  readonly salts: number;
  /** Senders whose credit is known. */
  readonly credits: number;
}

const LIMITS: TakenLimits = { entries: 1 << 18, salts: 256 << 20, credits: 1 << 18 };

const creditEntry = z.tuple([z.string(), z.string()]);
const ticketEntry = z.tuple([z.string(), z.string(), z.int(), z.int(), z.string()]);
const entriesSchema = z.array(z.union([creditEntry, ticketEntry]));

/** A sender's new credit {wei·1e18}; when a ticket made it, that ticket's round, its index, and the mark of its salt. */
type Entry = z.infer<typeof entriesSchema>[number];

export interface TakenTicket {
  readonly round: number;
  readonly index: number;
  readonly salt: bigint;
  readonly sender: string;
  /** {wei·1e18} What it is worth. */
  readonly credit: bigint;
}

interface Salts {
  readonly all: SaltSet;
  /** Marks that no table holds yet. */
  fresh: bigint[];
}

/**
 * Credit and salts: what every ticket changes, winner or not. A change takes effect in memory at once; those of two milliseconds are
 * written together, as one row of a journal, and `settled` says when. A row a ticket, in tables ordered by sender and salt, would cost as
 * much as the signature. Entries are absolute, so that one that is read twice does no harm. The journal is folded into the tables when it
 * is long and when the store is opened.
 */
export class TakenTickets {
  readonly #db: Database;
  readonly #limits: TakenLimits;
  readonly #insert: StatementSync;
  readonly #credit: StatementSync;
  readonly #setCredit: StatementSync;
  readonly #marks: StatementSync;
  readonly #addMarks: StatementSync;
  readonly #dropMarks: StatementSync;
  readonly #dropRounds: StatementSync;
  readonly #clear: StatementSync;
  readonly #credits = new Map<string, bigint>();
  /** Senders whose credit the table does not hold yet. */
  readonly #changed = new Set<string>();
  readonly #rounds = new Map<number, Map<number, Salts>>();
  #pending: Entry[] = [];
  /** Settled with the write that is due; null while none is. */
  #group: PromiseWithResolvers<void> | null = null;
  /** {ms} */
  #writtenAt = 0;
  #journaled = 0;

  constructor(db: Database, limits = LIMITS) {
    this.#db = db;
    this.#limits = limits;
    this.#insert = db.prepare("INSERT INTO journal (entries) VALUES (?)");
    this.#clear = db.prepare("DELETE FROM journal");
    this.#credit = db.prepare("SELECT amount FROM credit WHERE sender = ?");
    this.#setCredit = db.prepare(
      "INSERT INTO credit (sender, amount) VALUES (?, ?) ON CONFLICT (sender) DO UPDATE SET amount = excluded.amount",
    );
    this.#marks = db.prepare("SELECT marks FROM salts WHERE round = ? AND idx = ?");
    this.#addMarks = db.prepare("INSERT INTO salts (round, idx, marks) VALUES (?, ?, ?)");
    this.#dropMarks = db.prepare("DELETE FROM salts WHERE round = ? AND idx = ?");
    this.#dropRounds = db.prepare("DELETE FROM salts WHERE round < ?");
    for (const row of db.prepare("SELECT entries FROM journal ORDER BY id").all()) {
      for (const entry of entriesSchema.parse(JSON.parse(text(row, "entries")))) this.#apply(entry);
    }
    this.#fold();
    // The journal remembers salts of indices that were closed later.
    db.exec("DELETE FROM salts WHERE (round, idx) NOT IN (SELECT round, idx FROM commitment_index WHERE closed = 0)");
    this.#rounds.clear();
  }

  has({ round, index, salt }: Pick<TakenTicket, "round" | "index" | "salt">): boolean {
    return this.#saltsOf(round, index).all.has(markOf(salt));
  }

  /** Tickets taken on an index. */
  count(round: number, index: number): number {
    return this.#saltsOf(round, index).all.size;
  }

  /** {wei·1e18} */
  credit(sender: string): bigint {
    let credit = this.#credits.get(sender);
    if (credit === undefined) {
      const row = this.#credit.get(sender);
      credit = row === undefined ? 0n : amount(row, "amount");
      this.#credits.set(sender, credit);
    }
    return credit;
  }

  setCredit(sender: string, credit: bigint): void {
    this.#change([sender, credit.toString()]);
  }

  /** A ticket on an index that stays open. */
  take(ticket: TakenTicket): void {
    this.#change(this.#entryOf(ticket));
  }

  /** The last ticket on an index, whose salts are forgotten, and `close` in one transaction; nothing has changed if that fails. */
  takeLast(ticket: TakenTicket, durability: Durability, close: () => void): void {
    const { round, index, sender, credit } = ticket;
    this.#write(durability, [...this.#pending, this.#entryOf(ticket)], () => {
      close();
      this.#dropMarks.run(round, index);
    });
    this.#apply([sender, (this.credit(sender) + credit).toString()]);
    this.#rounds.get(round)?.delete(index);
  }

  /** Forgets the salts of rounds before this one. Inside the caller's transaction. */
  forget(round: number): void {
    this.#dropRounds.run(round);
    for (const each of this.#rounds.keys()) if (each < round) this.#rounds.delete(each);
  }

  /**
   * Resolves when everything up to now survives the process; rejects when that could not be written, in which case it is written with
   * what comes next.
   */
  settled(): Promise<void> {
    return this.#group?.promise ?? Promise.resolve();
  }

  close(): void {
    if (this.#pending.length > 0) this.#write("light", this.#pending);
  }

  #entryOf({ round, index, salt, sender, credit }: TakenTicket): Entry {
    return [sender, (this.credit(sender) + credit).toString(), round, index, markOf(salt).toString()];
  }

  #change(entry: Entry): void {
    this.#apply(entry);
    this.#pending.push(entry);
    if (this.#group !== null) return;
    this.#group = Promise.withResolvers();
    // Whoever waits hears of a failure; nobody has to.
    this.#group.promise.catch(() => undefined);
    const wait = this.#writtenAt + WRITE_INTERVAL - performance.now();
    if (wait > 0) setTimeout(() => this.#writePending(), wait);
    else setImmediate(() => this.#writePending());
  }

  #apply([sender, credit, round, index, mark]: Entry): void {
    this.#credits.set(sender, BigInt(credit));
    this.#changed.add(sender);
    if (round === undefined || index === undefined || mark === undefined) return;
    const { all, fresh } = this.#saltsOf(round, index);
    all.add(BigInt(mark));
    fresh.push(BigInt(mark));
  }

  #saltsOf(round: number, index: number): Salts {
    let indices = this.#rounds.get(round);
    if (indices === undefined) this.#rounds.set(round, (indices = new Map<number, Salts>()));
    let salts = indices.get(index);
    if (salts === undefined) {
      indices.set(index, (salts = { all: new SaltSet(), fresh: [] }));
      for (const row of this.#marks.all(round, index)) {
        for (const mark of text(row, "marks").split(",")) salts.all.add(BigInt(mark));
      }
    }
    return salts;
  }

  #writePending(): void {
    // The pending entries may have gone with a `takeLast`.
    if (this.#pending.length === 0) return;
    try {
      this.#write("light", this.#pending);
      if (this.#journaled >= this.#limits.entries) this.#fold();
    } catch (error) {
      this.#group?.reject(error);
      this.#group = null;
    }
  }

  #write(durability: Durability, entries: Entry[], also?: () => void): void {
    this.#db.transaction(durability, () => {
      this.#insert.run(JSON.stringify(entries));
      also?.();
    });
    this.#journaled += entries.length;
    this.#writtenAt = performance.now();
    this.#pending = [];
    this.#group?.resolve();
    this.#group = null;
  }

  #fold(): void {
    this.#db.transaction("light", () => {
      for (const sender of this.#changed) this.#setCredit.run(sender, this.credit(sender).toString());
      for (const [round, index, { fresh }] of this.#eachSalts()) {
        if (fresh.length > 0) this.#addMarks.run(round, index, fresh.join());
      }
      this.#clear.run();
    });
    this.#journaled = 0;
    this.#changed.clear();
    let bytes = 0;
    for (const [, , salts] of this.#eachSalts()) {
      salts.fresh = [];
      bytes += salts.all.bytes;
    }
    if (bytes > this.#limits.salts) this.#rounds.clear();
    if (this.#credits.size > this.#limits.credits) this.#credits.clear();
  }

  *#eachSalts(): Generator<[round: number, index: number, salts: Salts]> {
    for (const [round, indices] of this.#rounds) for (const [index, salts] of indices) yield [round, index, salts];
  }
}
