import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect } from "chai";
import type { AcceptedTicket, Ticket } from "../../../offchain/pm/interface.ts";
import { ticketDigest } from "../../../offchain/pm/ticket.ts";
import type { NodeStore, StoreIdentity } from "../../../offchain/store/interface.ts";
import { MIGRATIONS } from "../../../offchain/store/migrations.ts";
import { openStore } from "../../../offchain/store/sqlite.ts";
import { expectCode } from "../pm/coded.ts";
import { DOMAIN, FACE, RECIPIENT, SENDER } from "../pm/world.ts";

const IDENTITY: StoreIdentity = { address: RECIPIENT, chainId: DOMAIN.chainId, broker: DOMAIN.broker };

function accepted(change: Partial<Ticket> = {}, won = false): AcceptedTicket {
  const ticket: Ticket = {
    recipient: RECIPIENT,
    sender: SENDER,
    faceValue: 2n ** 96n - 1n,
    winProb: 10n ** 18n,
    salt: 2n ** 128n - 1n,
    commitment: `0x${"cd".repeat(32)}`,
    commitmentIndex: 0n,
    creationRound: 5,
    ...change,
  };
  return {
    payment: { ticket, signature: `0x${"ab".repeat(65)}` },
    credit: ticket.faceValue * ticket.winProb,
    recipientRand: won ? `0x${"ef".repeat(32)}` : null,
    ticketsPerIndex: 100,
  };
}

describe("the SQLite store", () => {
  let directory: string;
  let path: string;
  const stores: NodeStore[] = [];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "streamflow-store-"));
    path = join(directory, "node.sqlite");
  });
  afterEach(() => {
    for (const store of stores.splice(0)) store.close();
    rmSync(directory, { recursive: true });
  });

  function open(identity = IDENTITY): NodeStore {
    const store = openStore({ path, identity });
    stores.push(store);
    return store;
  }

  function close(store: NodeStore): void {
    stores.splice(stores.indexOf(store), 1);
    store.close();
  }

  function openWithIndex(): NodeStore {
    const store = open();
    store.recipient.secret(() => new Uint8Array(32).fill(7));
    store.recipient.hand(SENDER, 0n, 5);
    return store;
  }

  it("refuses a store of another address, chain or broker", async () => {
    close(open());
    await expectCode(() => open({ ...IDENTITY, address: SENDER }), "StoreMismatch");
    await expectCode(() => open({ ...IDENTITY, chainId: 1n }), "StoreMismatch");
    await expectCode(() => open({ ...IDENTITY, broker: SENDER }), "StoreMismatch");
    open({ ...IDENTITY, address: RECIPIENT.toLowerCase() });
  });

  it("refuses a store of a newer version and leaves it alone", async () => {
    close(open());
    const db = new DatabaseSync(path);
    db.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
    db.close();
    await expectCode(() => open(), "StoreVersionUnknown");
  });

  it("is in WAL mode", () => {
    open();
    const db = new DatabaseSync(path);
    expect(db.prepare("PRAGMA journal_mode").get()?.["journal_mode"]).to.equal("wal");
    db.close();
  });

  it("makes its secret once", () => {
    const store = open();
    const secret = store.recipient.secret(() => new Uint8Array(32).fill(7));
    close(store);
    const again = open().recipient.secret(() => {
      throw new Error("made twice");
    });
    expect([...again]).to.deep.equal([...secret]);
  });

  describe("accept", () => {
    it("knows an index that is unknown, another's, closed or seen", () => {
      const { recipient } = openWithIndex();
      expect(recipient.accept(accepted({ commitmentIndex: 1n }))).to.equal("unknown");
      expect(recipient.accept(accepted({ sender: RECIPIENT }))).to.equal("unknown");
      expect(recipient.accept(accepted())).to.equal("accepted");
      expect(recipient.accept(accepted())).to.equal("replayed");
      expect(recipient.accept(accepted({ salt: 1n }, true))).to.equal("accepted");
      expect(recipient.accept(accepted({ salt: 2n }, true))).to.equal("closed");
      expect(recipient.accept(accepted())).to.equal("closed");
    });

    it("keeps everything across reopening, to the last bit", () => {
      const before = openWithIndex();
      const { payment, credit, recipientRand } = accepted({}, true);
      before.recipient.accept(accepted({}, true));
      close(before);

      const store = open();
      expect(store.recipient.credit(SENDER)).to.equal(credit);
      expect(store.recipient.unredeemed(SENDER)).to.equal(payment.ticket.faceValue);
      expect(store.winners.list("pending", 10)).to.deep.equal([
        {
          ...payment,
          recipientRand,
          digest: ticketDigest(payment.ticket, DOMAIN),
          status: "pending",
          transaction: null,
          attempts: 0,
          notBefore: 0,
          reason: null,
        },
      ]);
    });

    it("undoes all of it when a part fails", () => {
      const { recipient, winners } = openWithIndex();
      recipient.accept(accepted({}, true));
      // The same index handed out again by mistake: its second winner must not leave credit behind.
      recipient.hand(SENDER, 0n, 5);
      const credit = recipient.credit(SENDER);
      const db = new DatabaseSync(path);
      db.exec("UPDATE commitment_index SET closed = 0");
      db.close();
      expect(() => recipient.accept(accepted({ salt: 1n }, true))).to.throw(/UNIQUE/);
      expect(recipient.credit(SENDER)).to.equal(credit);
      expect(winners.count("pending")).to.equal(1);
      expect(recipient.accept(accepted({ salt: 1n }))).to.equal("accepted");
    });

    it("forgets the salts of old rounds and of closed indices", () => {
      const { recipient } = openWithIndex();
      recipient.hand(SENDER, 1n, 5);
      recipient.accept(accepted({ salt: 1n }));
      recipient.accept(accepted({ salt: 2n, creationRound: 6 }));
      recipient.accept(accepted({ salt: 3n, commitmentIndex: 1n }));
      recipient.accept(accepted({ salt: 4n, commitmentIndex: 1n }, true));
      const count = (): unknown => {
        const db = new DatabaseSync(path);
        const row = db.prepare("SELECT count(*) AS salts FROM salt").get();
        db.close();
        return row?.["salts"];
      };
      expect(count()).to.equal(2);
      recipient.forget(6);
      expect(count()).to.equal(1);
    });
  });

  describe("indices", () => {
    it("are dense, and the lowest abandoned one is taken first", () => {
      const { recipient } = openWithIndex();
      expect(recipient.nextIndex(5)).to.equal(1n);
      recipient.hand(SENDER, 1n, 7);
      expect(recipient.nextIndex(5)).to.equal(2n);
      expect(recipient.nextIndex(6)).to.equal(0n);
      expect(recipient.openIndices(SENDER, 10, 8)).to.deep.equal([0n, 1n]);
      expect(recipient.nextIndex(8)).to.equal(2n);
    });

    it("are never handed out again once closed and forgotten", () => {
      const { recipient } = openWithIndex();
      recipient.accept(accepted({}, true));
      recipient.forget(100);
      expect(recipient.nextIndex(100)).to.equal(1n);
      expect(recipient.accept(accepted())).to.equal("unknown");
    });

    it("are skipped by strides only beyond the last that was handed out", () => {
      const { recipient } = openWithIndex();
      recipient.hand(SENDER, 1n, 5);
      recipient.skip(0n, 4n);
      expect(recipient.openIndices(SENDER, 10, 5)).to.deep.equal([1n]);
      expect(recipient.nextIndex(0)).to.equal(2n);
      recipient.skip(2n, 4n);
      expect(recipient.nextIndex(0)).to.equal(6n);
    });
  });

  it("takes a charge only when the credit covers it", () => {
    const { recipient } = openWithIndex();
    recipient.accept(accepted({ faceValue: 3n, winProb: 1n }));
    expect(recipient.charge(SENDER, 4n)).to.be.false;
    expect(recipient.charge(SENDER, 3n)).to.be.true;
    expect(recipient.credit(SENDER)).to.equal(0n);
  });

  it("lets a winner leave the queue once", () => {
    const { recipient, winners } = openWithIndex();
    recipient.accept(accepted({ faceValue: FACE }, true));
    const { digest } = winners.due(0, 1)[0]!;
    winners.markSent(digest, "0x01");
    winners.postpone(digest, 500, "later", false);
    expect(winners.due(499, 1)).to.be.empty;
    expect(winners.nextDue(0)).to.equal(500);
    expect(winners.due(500, 1)[0]).to.deep.include({ transaction: "0x01", attempts: 1, reason: "later" });
    winners.postpone(digest, 0, "dropped", true);
    expect(winners.due(0, 1)[0]).to.deep.include({ transaction: null, attempts: 2 });
    winners.markRedeemed(digest);
    winners.markExpired(digest, "too late");
    expect(winners.count("redeemed")).to.equal(1);
    expect(winners.count("expired")).to.equal(0);
    expect(winners.nextDue(0)).to.equal(null);
    expect(recipient.unredeemed(SENDER)).to.equal(0n);
  });

  it("keeps the sender's ledger across reopening", () => {
    const first = open();
    const { ticket } = accepted({ faceValue: 5n, winProb: 3n }).payment;
    first.ledger.recordSent(ticket);
    first.ledger.recordSent({ ...ticket, faceValue: 4n, creationRound: 6 });
    first.ledger.recordSent({ ...ticket, commitmentIndex: 2n ** 64n - 1n });
    close(first);
    const { ledger } = open();
    expect(ledger.exposures()).to.have.deep.members([
      { recipient: RECIPIENT, index: 0n, faceValue: 5n, lastRound: 6 },
      { recipient: RECIPIENT, index: 2n ** 64n - 1n, faceValue: 5n, lastRound: 5 },
    ]);
    expect(ledger.sent(RECIPIENT)).to.deep.equal({ count: 3n, faceValue: 14n, expectedValue: 42n });
    ledger.release(RECIPIENT, 0n);
    expect(ledger.exposures().length).to.equal(1);
  });
});
