import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect } from "chai";
import fc from "fast-check";
import type { AcceptedTicket } from "../../../offchain/pm/interface.ts";
import { Database } from "../../../offchain/store/database.ts";
import { markOf, SaltSet } from "../../../offchain/store/salt-set.ts";
import type { NodeStore } from "../../../offchain/store/interface.ts";
import { openStore } from "../../../offchain/store/sqlite.ts";
import { TakenTickets } from "../../../offchain/store/taken.ts";
import { DOMAIN, FACE, RECIPIENT, SENDER } from "../pm/world.ts";

const IDENTITY = { address: RECIPIENT, chainId: DOMAIN.chainId, broker: DOMAIN.broker };
const ROUND = 5;

/** A ticket worth one wei. */
function ticket(salt: bigint, { index = 0n, round = ROUND, won = false } = {}): AcceptedTicket {
  return {
    payment: {
      ticket: {
        recipient: RECIPIENT,
        sender: SENDER,
        faceValue: FACE,
        winProb: 1n,
        salt,
        commitment: `0x${"cd".repeat(32)}`,
        commitmentIndex: index,
        creationRound: round,
      },
      signature: `0x${"ab".repeat(65)}`,
    },
    signer: null,
    credit: 1n,
    recipientRand: won ? `0x${"ef".repeat(32)}` : null,
    ticketsPerIndex: 1_000,
  };
}

describe("credit and salts", () => {
  let directory: string;
  const stores: NodeStore[] = [];
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "streamflow-store-"))));
  afterEach(() => {
    for (const store of stores.splice(0)) store.close();
    rmSync(directory, { recursive: true });
  });

  function open(name = "node.sqlite"): NodeStore {
    const store = openStore({ path: join(directory, name), identity: IDENTITY });
    stores.push(store);
    return store;
  }

  function openWithIndices(): NodeStore {
    const store = open();
    store.recipient.secret(() => new Uint8Array(32).fill(7));
    for (const index of [0n, 1n]) store.recipient.hand(SENDER, index, ROUND);
    store.recipient.hand(SENDER, 0n, ROUND + 1);
    return store;
  }

  let copies = 0;
  /** What a process finds that starts after this one was killed now: the files as they are. */
  function openAsKilled(): NodeStore {
    const copy = `copy${(copies += 1)}.sqlite`;
    for (const suffix of ["", "-wal"]) {
      const file = join(directory, `node.sqlite${suffix}`);
      if (existsSync(file)) copyFileSync(file, join(directory, `${copy}${suffix}`));
    }
    return open(copy);
  }

  function query(sql: string): unknown {
    const db = new DatabaseSync(join(directory, "node.sqlite"));
    try {
      return Object.values(db.prepare(sql).get() ?? {})[0];
    } finally {
      db.close();
    }
  }

  it("survive the process once they are settled, and are not written ticket by ticket", async () => {
    const { recipient } = openWithIndices();
    for (let salt = 0n; salt < 100n; salt += 1n) expect(recipient.accept(ticket(salt))).to.equal("accepted");
    expect(recipient.charge(SENDER, 30n)).to.be.true;
    expect(recipient.credit(SENDER)).to.equal(70n);
    expect(openAsKilled().recipient.credit(SENDER)).to.equal(0n);
    await recipient.settled();
    expect(query("SELECT count(*) FROM journal")).to.equal(1);

    const { recipient: after } = openAsKilled();
    expect(after.credit(SENDER)).to.equal(70n);
    for (let salt = 0n; salt < 100n; salt += 1n) expect(after.accept(ticket(salt))).to.equal("replayed");
    expect(after.accept(ticket(100n))).to.equal("accepted");
    expect(after.accept(ticket(0n, { index: 1n }))).to.equal("accepted");
  });

  it("are on disk with the winner that follows them, before it is acknowledged", async () => {
    const { recipient } = openWithIndices();
    recipient.accept(ticket(1n));
    const settled = recipient.settled();
    recipient.accept(ticket(2n, { index: 1n, won: true }));
    const { recipient: after, winners } = openAsKilled();
    expect(after.credit(SENDER)).to.equal(2n);
    expect(winners.count("pending")).to.equal(1);
    expect(after.accept(ticket(1n))).to.equal("replayed");
    expect(after.accept(ticket(3n, { index: 1n }))).to.equal("closed");
    await settled;
  });

  it("are written by `close`", () => {
    const store = openWithIndices();
    store.recipient.accept(ticket(1n));
    stores.pop();
    store.close();
    const { recipient } = open();
    expect(recipient.credit(SENDER)).to.equal(1n);
    expect(recipient.accept(ticket(1n))).to.equal("replayed");
  });

  it("are written with what comes next when they could not be written", async () => {
    const { recipient } = openWithIndices();
    query("CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'no space'); END");
    recipient.accept(ticket(1n));
    const failed = await recipient.settled().then(
      () => null,
      (error: Error) => error.message,
    );
    expect(failed).to.match(/no space/);
    expect(recipient.accept(ticket(1n))).to.equal("replayed");
    query("DROP TRIGGER full");
    recipient.accept(ticket(2n));
    await recipient.settled();
    const { recipient: after } = openAsKilled();
    expect(after.credit(SENDER)).to.equal(2n);
    expect(after.accept(ticket(1n))).to.equal("replayed");
  });

  it("move from the journal to the tables when the store is opened, but not salts of closed indices", () => {
    const store = openWithIndices();
    store.recipient.accept(ticket(1n));
    store.recipient.accept(ticket(2n, { index: 1n }));
    store.recipient.accept(ticket(3n, { index: 1n, won: true }));
    stores.pop();
    store.close();
    open();
    expect(query("SELECT count(*) FROM journal")).to.equal(0);
    expect(query("SELECT count(*) FROM salts")).to.equal(1);
    expect(query("SELECT amount FROM credit")).to.equal("3");
  });

  it("of rounds that are too old are forgotten, in memory and in the tables", () => {
    const store = openWithIndices();
    store.recipient.accept(ticket(1n));
    store.recipient.accept(ticket(1n, { round: ROUND + 1 }));
    stores.pop();
    store.close();
    const { recipient } = open();
    expect(query("SELECT count(*) FROM salts")).to.equal(2);
    recipient.forget(ROUND + 1);
    expect(query("SELECT count(*) FROM salts")).to.equal(1);
    expect(recipient.accept(ticket(1n))).to.equal("unknown");
    expect(recipient.accept(ticket(1n, { round: ROUND + 1 }))).to.equal("replayed");
    expect(recipient.credit(SENDER)).to.equal(2n);
  });

  it("move to the tables when the journal is long, and are read from there when they have left memory", async () => {
    openWithIndices();
    const db = new Database({ path: join(directory, "node.sqlite"), identity: IDENTITY });
    const taken = new TakenTickets(db, { entries: 10, salts: 0, credits: 0 });
    const take = (salt: bigint): void => taken.take({ round: ROUND, index: 0, salt, sender: SENDER, credit: 1n });
    for (let salt = 0n; salt < 30n; salt += 1n) {
      take(salt);
      if (salt % 3n === 2n) await taken.settled();
    }
    expect(query("SELECT count(*) FROM journal")).to.equal(2);
    expect(query("SELECT amount FROM credit")).to.equal("24");
    expect(taken.credit(SENDER)).to.equal(30n);
    expect(taken.count(ROUND, 0)).to.equal(30);
    for (let salt = 0n; salt < 30n; salt += 1n) expect(taken.has({ round: ROUND, index: 0, salt })).to.be.true;
    expect(taken.has({ round: ROUND, index: 0, salt: 30n })).to.be.false;
    db.close();
    expect(openAsKilled().recipient.credit(SENDER)).to.equal(30n);
  });

  it("retire an index after its share of tickets, also across a restart", () => {
    const store = openWithIndices();
    const few = (salt: bigint): AcceptedTicket => ({ ...ticket(salt), ticketsPerIndex: 3 });
    store.recipient.accept(few(1n));
    store.recipient.accept(few(2n));
    stores.pop();
    store.close();
    const { recipient } = open();
    expect(recipient.accept(few(3n))).to.equal("accepted");
    expect(recipient.accept(few(4n))).to.equal("closed");
  });
});

describe("SaltSet", () => {
  it("holds exactly what was added", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), { maxLength: 300 }), (salts) => {
        const set = new SaltSet();
        const [added, others] = [salts.slice(salts.length >> 1), salts.slice(0, salts.length >> 1)];
        for (const salt of [...added, ...added]) set.add(markOf(salt));
        expect(set.size).to.equal(added.length);
        expect(added.every((salt) => set.has(markOf(salt)))).to.be.true;
        expect(others.some((salt) => set.has(markOf(salt)))).to.be.false;
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  it("takes at most 32 bytes for each of many", () => {
    const set = new SaltSet();
    for (let salt = 0n; salt < 10_000n; salt += 1n) set.add(markOf(salt * 2n ** 64n));
    expect(set.bytes).to.be.at.most(32 * 10_000);
    expect(set.size).to.equal(10_000);
  });
});
