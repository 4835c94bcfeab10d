import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import type { StoreReader } from "../../../offchain/store/interface.ts";
import { openStore, openStoreReader, storeFile } from "../../../offchain/store/sqlite.ts";
import { expectCode } from "../pm/coded.ts";
import { DOMAIN, RECIPIENT, SENDER } from "../pm/world.ts";

const PROGRAM = fileURLToPath(new URL("receive-then-hang.ts", import.meta.url));
const IDENTITY = { address: RECIPIENT, chainId: DOMAIN.chainId, broker: DOMAIN.broker };
const WINNERS = 3;

describe("a store that a running node holds", () => {
  let directory: string;
  let path: string;
  let node: ChildProcess;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "streamflow-store-"));
    path = storeFile(directory);
    node = spawn(process.execPath, [PROGRAM, path, String(WINNERS)], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    for await (const chunk of node.stdout!) {
      said += String(chunk);
      if (said.split("\n").length > WINNERS) break;
    }
  });
  after(async () => {
    if (node.exitCode === null && node.signalCode === null) {
      const exited = once(node, "exit");
      node.kill("SIGKILL");
      await exited;
    }
    rmSync(directory, { recursive: true });
  });

  function read<T>(what: (reader: StoreReader) => T): T {
    const reader = openStoreReader(path);
    try {
      return what(reader);
    } finally {
      reader.close();
    }
  }

  it("can be read, and not be changed", async () => {
    read((reader) => {
      expect(reader.identity.address).to.equal(RECIPIENT.toLowerCase());
      expect(reader.identity.chainId).to.equal(DOMAIN.chainId);
      expect(reader.openRounds()).to.deep.equal([10]);
      const listed = [...reader.list()];
      expect(listed.map(({ status, underway }) => ({ status, underway }))).to.deep.equal(
        Array(WINNERS).fill({ status: "pending", underway: null }),
      );
      expect([...reader.list(SENDER)]).to.deep.equal(listed);
      expect([...reader.list(RECIPIENT)]).to.deep.equal([]);
      expect(() => reader.winners.mark(listed[0]!.digest, "redeemed", "")).to.throw(/readonly/);
    });
    expect(read((reader) => reader.winners.count("pending"))).to.equal(WINNERS);
  });

  it("is refused to another process, until the node has ended, however it ends", async () => {
    await expectCode(() => openStore({ path, identity: IDENTITY }), "StoreInUse");
    const exited = once(node, "exit");
    node.kill("SIGKILL");
    await exited;
    const store = openStore({ path, identity: IDENTITY });
    await expectCode(() => openStore({ path, identity: IDENTITY }), "StoreInUse");
    store.close();
    openStore({ path, identity: IDENTITY }).close();
  });

  it("is left to others when it could not be opened", async () => {
    await expectCode(() => openStore({ path, identity: { ...IDENTITY, address: SENDER } }), "StoreMismatch");
    openStore({ path, identity: IDENTITY }).close();
  });

  it("tells which transaction a winner is in", () => {
    const store = openStore({ path, identity: IDENTITY });
    const [first] = store.winners.list("pending", 1);
    store.winners.record(
      {
        ...{ nonce: 1, kind: "claim", gas: 1n, fees: { maxFee: 1n, priorityFee: 1n }, sentAt: 1 },
        versions: [{ hash: `0x${"ab".repeat(32)}`, raw: "0x" }],
      },
      [first!.digest],
    );
    store.close();
    const carried = read((reader) => [...reader.list()]).filter(({ underway }) => underway !== null);
    expect(carried.map(({ digest, underway }) => ({ digest, underway }))).to.deep.equal([
      { digest: first!.digest, underway: "claim" },
    ]);
  });

  it("is not made by reading, and read only in the version that is known", async () => {
    await expectCode(() => openStoreReader(join(directory, "absent.sqlite")), "StoreNotFound");
    const empty = join(directory, "empty.sqlite");
    writeFileSync(empty, "");
    await expectCode(() => openStoreReader(empty), "StoreVersionUnknown");
  });
});
