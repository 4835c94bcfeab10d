import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { network } from "hardhat";
import { openStore } from "../../offchain/store/sqlite.ts";
import { startRedeemerScene, type RedeemerScene } from "../../tasks/devnet/redeemer.ts";
import { FACE } from "../../tasks/devnet/win.ts";
import type { Orders } from "./redeemer/redeem-until-killed.ts";

const PROGRAM = fileURLToPath(new URL("redeemer/redeem-until-killed.ts", import.meta.url));

/** `REDEEMER_KILLS=200` for the whole of it. */
const KILLS = Number(process.env["REDEEMER_KILLS"] ?? 20);
const DEPOSIT = 10n ** 20n;
/** More than any process lives to win. */
const WINS = 100_000;
/** {ms} From the first sign of life to the last kill. */
const LONGEST_LIFE = 600;

/** Of one seed, the same in every run; what the machine does between two kills is not. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("a redeemer on a local chain", function () {
  this.timeout(60_000 + KILLS * 20_000);
  let scene: RedeemerScene;
  let acknowledged: string[];
  let removed: number;
  let child: ChildProcess | null;

  beforeEach(async () => {
    scene = await startRedeemerScene(network, { senders: 3, deposit: DEPOSIT });
    acknowledged = [];
    removed = 0;
    child = null;
  });
  afterEach(async () => {
    child?.kill("SIGKILL");
    await scene.close();
  });

  /** Resolves when it is ready; `ended` when it has ended and all that it said was heard. */
  async function start(orders: Omit<Orders, "setting">): Promise<{ kill: () => void; ended: Promise<void> }> {
    const argument = JSON.stringify({ setting: scene.setting, ...orders } satisfies Orders);
    const process_ = spawn(process.execPath, [PROGRAM, argument], { stdio: ["ignore", "pipe", "inherit"] });
    child = process_;
    const exited = once(process_, "exit");
    const ready = Promise.withResolvers<void>();
    const ended = (async () => {
      for await (const line of createInterface({ input: process_.stdout })) {
        if (line === "ready") ready.resolve();
        else if (line === "removed") removed += 1;
        else acknowledged.push(line);
      }
      await exited;
      ready.reject(new Error("it ended before it was ready"));
    })();
    await ready.promise;
    return { kill: () => void process_.kill("SIGKILL"), ended };
  }

  /** {ms} So that transactions wait in the pool for a while. */
  async function mineEvery(ms: number): Promise<void> {
    await scene.provider.send("evm_setAutomine", [false]);
    await scene.provider.send("evm_setIntervalMining", [ms]);
  }

  async function expectEachPaidOnce(): Promise<void> {
    const { setting, recipient, deployment } = scene;
    const store = openStore({
      path: setting.store,
      identity: {
        address: recipient,
        chainId: BigInt(deployment.chainId),
        broker: deployment.contracts.TicketBroker.proxy,
      },
    });
    try {
      const redeemed = store.winners.count("redeemed");
      for (const status of ["pending", "included", "claimed", "expired"] as const) {
        expect(store.winners.count(status), status).to.equal(0);
      }
      const paid = await scene.paid();
      expect(acknowledged.filter((key) => paid.get(key) !== 1)).to.deep.equal([]);
      expect([...paid.values()].every((times) => times === 1)).to.equal(true);
      expect(paid.size).to.equal(redeemed);
      expect(await scene.deposits()).to.equal(3n * DEPOSIT - BigInt(redeemed) * FACE);
    } finally {
      store.close();
    }
  }

  it(`redeems each acknowledged winner once though it is killed ${KILLS} times`, async () => {
    const random = randomOf(1);
    await mineEvery(100);
    for (let i = 0; i < KILLS; i += 1) {
      const { kill, ended } = await start({ wins: WINS, confirmations: 2 });
      await sleep(random() * LONGEST_LIFE);
      kill();
      await ended;
    }
    const { ended } = await start({ wins: 0, confirmations: 2 });
    await ended;
    expect(acknowledged.length).to.be.at.least(KILLS);
    await expectEachPaidOnce();
  });

  it("redeems each acknowledged winner once though reorganisations remove 1 to 10 blocks, and kills come between", async () => {
    const { provider } = scene;
    const random = randomOf(2);
    await mineEvery(150);
    let running = await start({ wins: WINS, confirmations: 10 });
    for (let depth = 1; depth <= 10; depth += 1) {
      const snapshot: unknown = await provider.send("evm_snapshot", []);
      const first = await provider.getBlockNumber();
      while ((await provider.getBlockNumber()) < first + depth) await sleep(20);
      await provider.send("evm_revert", [snapshot]);
      if (random() < 0.4) {
        running.kill();
        await running.ended;
        running = await start({ wins: WINS, confirmations: 10 });
      }
    }
    running.kill();
    await running.ended;
    await (
      await start({ wins: 0, confirmations: 10 })
    ).ended;
    expect(acknowledged.length).to.be.at.least(100);
    expect(removed).to.be.at.least(10);
    await expectEachPaidOnce();
  });
});
