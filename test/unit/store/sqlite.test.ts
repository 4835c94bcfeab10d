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
import { DOMAIN, RECIPIENT, SENDER } from "../pm/world.ts";

const IDENTITY: StoreIdentity = { address: RECIPIENT, chainId: DOMAIN.chainId, broker: DOMAIN.broker };

function accepted(change: Partial<Ticket> = {}, won = false, signer: string | null = null): AcceptedTicket {
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
    signer,
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

    it("forgets the indices of rounds that are too old", () => {
      const { recipient } = openWithIndex();
      recipient.hand(SENDER, 1n, 5);
      recipient.hand(SENDER, 0n, 6);
      recipient.accept(accepted({ salt: 1n }));
      recipient.accept(accepted({ salt: 2n, creationRound: 6 }));
      const counts = (): unknown[] => {
        const db = new DatabaseSync(path);
        const tables = ["commitment_index", "commitment_round"];
        const found = tables.map((table) => db.prepare(`SELECT count(*) AS found FROM ${table}`).get()?.["found"]);
        db.close();
        return found;
      };
      expect(counts()).to.deep.equal([3, 2]);
      recipient.forget(6);
      expect(counts()).to.deep.equal([1, 1]);
      expect(recipient.accept(accepted({ salt: 5n }))).to.equal("unknown");
      expect(recipient.accept(accepted({ salt: 2n, creationRound: 6 }))).to.equal("replayed");
    });

    it("knows the same index and salt of two rounds apart", () => {
      const { recipient, winners } = openWithIndex();
      recipient.hand(SENDER, 0n, 6);
      expect(recipient.accept(accepted({}, true))).to.equal("accepted");
      expect(recipient.accept(accepted({ creationRound: 6 }, true))).to.equal("accepted");
      expect(winners.count("pending")).to.equal(2);
    });
  });

  describe("winners", () => {
    it("of a hot key are summed by key and round", () => {
      const { recipient, winners } = openWithIndex();
      for (const index of [1n, 2n, 3n]) recipient.hand(SENDER, index, 5);
      recipient.hand(SENDER, 0n, 6);
      recipient.accept(accepted({ faceValue: 1n }, true, RECIPIENT));
      recipient.accept(accepted({ faceValue: 2n, commitmentIndex: 1n }, true, RECIPIENT));
      recipient.accept(accepted({ faceValue: 4n, commitmentIndex: 2n }, true));
      recipient.accept(accepted({ faceValue: 8n, commitmentIndex: 3n }, true, SENDER));
      recipient.accept(accepted({ faceValue: 16n, creationRound: 6 }, true, RECIPIENT));
      expect(recipient.unredeemed(SENDER)).to.equal(31n);
      expect(recipient.unredeemedOf(SENDER, RECIPIENT, 5)).to.equal(3n);
      winners.mark(winners.list("pending", 1)[0]!.digest, "redeemed", "paid");
      expect(recipient.unredeemedOf(SENDER, RECIPIENT, 5)).to.equal(2n);
      expect(recipient.unredeemedOf(RECIPIENT, RECIPIENT, 5)).to.equal(0n);
    });

    it("that expired are held against their sender", () => {
      const { recipient, winners } = openWithIndex();
      recipient.accept(accepted({}, true));
      expect(recipient.hasDefaulted(SENDER)).to.be.false;
      winners.mark(winners.list("pending", 1)[0]!.digest, "expired", "unpaid");
      expect(recipient.hasDefaulted(SENDER)).to.be.true;
      expect(recipient.hasDefaulted(RECIPIENT)).to.be.false;
    });
  });

  describe("indices", () => {
    it("are dense from 0 in every round", () => {
      const { recipient } = openWithIndex();
      expect(recipient.nextIndex(5)).to.equal(1n);
      expect(recipient.nextIndex(6)).to.equal(0n);
      recipient.hand(SENDER, 1n, 5);
      recipient.hand(RECIPIENT, 0n, 6);
      expect(recipient.nextIndex(5)).to.equal(2n);
      expect(recipient.openIndices(SENDER, 10, 5)).to.deep.equal([0n, 1n]);
      expect(recipient.openIndices(SENDER, 1, 5)).to.deep.equal([0n]);
      expect(recipient.openIndices(SENDER, 10, 6)).to.be.empty;
    });

    it("are never handed out again once closed", () => {
      const { recipient } = openWithIndex();
      recipient.accept(accepted({}, true));
      expect(recipient.openIndices(SENDER, 10, 5)).to.be.empty;
      expect(recipient.nextIndex(5)).to.equal(1n);
    });

    it("are skipped by strides, and only beyond the last that was handed out", () => {
      const { recipient } = openWithIndex();
      recipient.skip(1n, 4n, 5);
      expect(recipient.nextIndex(5)).to.equal(5n);
      expect(recipient.nextIndex(6)).to.equal(0n);
      recipient.skip(1n, 2n, 5);
      expect(recipient.nextIndex(5)).to.equal(5n);
      expect(recipient.openIndices(SENDER, 10, 5)).to.deep.equal([0n]);
    });
  });

  it("takes a charge only when the credit covers it", () => {
    const { recipient } = openWithIndex();
    recipient.accept(accepted({ faceValue: 3n, winProb: 1n }));
    expect(recipient.charge(SENDER, 4n)).to.be.false;
    expect(recipient.charge(SENDER, 3n)).to.be.true;
    expect(recipient.credit(SENDER)).to.equal(0n);
  });

  it("keeps the sender's ledger across reopening", () => {
    const first = open();
    const { ticket } = accepted({ faceValue: 5n, winProb: 3n }).payment;
    const exposure = { recipient: RECIPIENT, creationRound: 5, index: 0n, faceValue: 5n, winRate: 10n ** 18n };
    const last = { ...exposure, index: 2n ** 32n - 1n, winRate: 0n };
    const later = { ...exposure, creationRound: 6, faceValue: 2n ** 96n - 1n };
    first.ledger.recordSent(ticket, { ...exposure, winRate: 7n });
    first.ledger.recordSent({ ...ticket, faceValue: 4n }, exposure);
    first.ledger.recordSent({ ...ticket, commitmentIndex: 2n ** 32n - 1n }, last);
    first.ledger.recordSent({ ...ticket, creationRound: 6 }, later);
    close(first);
    const { ledger } = open();
    expect(ledger.exposures()).to.have.deep.members([exposure, last, later]);
    expect(ledger.sent(RECIPIENT)).to.deep.equal({ count: 4n, faceValue: 19n, expectedValue: 57n });
    ledger.release(RECIPIENT, 5, 0n);
    expect(ledger.exposures()).to.have.deep.members([last, later]);
  });
});
