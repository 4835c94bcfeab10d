import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { openStore } from "../../../offchain/store/sqlite.ts";
import { DOMAIN, RECIPIENT, SENDER } from "../pm/world.ts";

const PROGRAM = fileURLToPath(new URL("receive-then-hang.ts", import.meta.url));
const IDENTITY = { address: RECIPIENT, chainId: DOMAIN.chainId, broker: DOMAIN.broker };

describe("a node killed after it acknowledged winners", () => {
  let directory: string;
  const children = new Set<ChildProcess>();
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "streamflow-store-"))));
  afterEach(() => {
    for (const child of children) child.kill("SIGKILL");
    rmSync(directory, { recursive: true });
  });

  /** Kills the child as soon as it has acknowledged `after` payments; returns all acknowledgements that left it. */
  async function runAndKill(path: string, after: number): Promise<string[]> {
    const child = spawn(process.execPath, [PROGRAM, path, String(after + 5)], { stdio: ["ignore", "pipe", "inherit"] });
    children.add(child);
    const acknowledged: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged.push(line);
      if (acknowledged.length === after) child.kill("SIGKILL");
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    children.delete(child);
    expect(child.signalCode).to.equal("SIGKILL");
    return acknowledged;
  }

  for (const after of [1, 7]) {
    it(`has all of them when it starts again: killed after ${after}`, async () => {
      const path = join(directory, "node.sqlite");
      const acknowledged = await runAndKill(path, after);
      expect(acknowledged.length).to.be.at.least(after);

      const store = openStore({ path, identity: IDENTITY });
      try {
        const winners = store.winners.list("pending", 100);
        expect(winners.map(({ ticket }) => ticket.salt.toString())).to.include.members(acknowledged);
        const credit = winners.reduce((sum, { ticket }) => sum + ticket.faceValue * ticket.winProb, 0n);
        expect(store.recipient.credit(SENDER)).to.equal(credit);
        const closed = new Set(winners.map(({ ticket }) => ticket.commitmentIndex));
        expect(store.recipient.openIndices(SENDER, 100, 10).some((index) => closed.has(index))).to.be.false;
      } finally {
        store.close();
      }
    });
  }
});
