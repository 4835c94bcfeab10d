import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { network } from "hardhat";
import type { NodeStore } from "../../offchain/store/interface.ts";
import { openStore } from "../../offchain/store/sqlite.ts";
import { Random } from "../../sim/engine/random.ts";
import { startRedeemerScene, type RedeemerScene } from "../../tasks/devnet/redeemer.ts";
import { FACE } from "../../tasks/devnet/win.ts";
import type { Orders } from "./redeemer/redeem-until-killed.ts";

const PROGRAM = fileURLToPath(new URL("redeemer/redeem-until-killed.ts", import.meta.url));

/** `REDEEMER_KILLS=200` for the whole of it. */
const KILLS = Number(process.env["REDEEMER_KILLS"] ?? 20);
const DEPOSIT = 10n ** 20n;
/** More than any process lives to win. */
const WINS = 100_000;
/** Steps of transactions (sent, included) after which a process is killed, at most, and {ms} how long after the last of them. */
const MOST_STEPS = 12;
const LONGEST_PAUSE = 120;

describe("a redeemer on a local chain", function () {
  this.timeout(60_000 + KILLS * 20_000);
  let scene: RedeemerScene;
  let acknowledged: string[];
  let removed: number;
  let steps: EventEmitter;
  let children: ChildProcess[];

  beforeEach(async () => {
    scene = await startRedeemerScene(network, { senders: 3, deposit: DEPOSIT });
    acknowledged = [];
    removed = 0;
    steps = new EventEmitter();
    children = [];
  });
  afterEach(async () => {
    for (const child of children) child.kill("SIGKILL");
    await scene.close();
  });

  /** Resolves when it is ready; `ended` when it has ended and all that it said was heard. */
  async function start(
    orders: Omit<Orders, "setting">,
    store = scene.setting.store,
  ): Promise<{ kill: () => void; ended: Promise<void> }> {
    const argument = JSON.stringify({ setting: { ...scene.setting, store }, ...orders } satisfies Orders);
    const process_ = spawn(process.execPath, [PROGRAM, argument], { stdio: ["ignore", "pipe", "inherit"] });
    children.push(process_);
    const exited = once(process_, "exit");
    const ready = Promise.withResolvers<void>();
    const ended = (async () => {
      for await (const line of createInterface({ input: process_.stdout })) {
        if (line === "ready") ready.resolve();
        else if (line === "removed") removed += 1;
        else if (line === "sent" || line === "included") steps.emit("step");
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

  /** While no process has it. */
  function withStore<T>(read: (store: NodeStore) => T, path = scene.setting.store): T {
    const { recipient, deployment } = scene;
    const domain = { chainId: BigInt(deployment.chainId), broker: deployment.contracts.TicketBroker.proxy };
    const store = openStore({ path, identity: { address: recipient, ...domain } });
    try {
      return read(store);
    } finally {
      store.close();
    }
  }

  /** At the stores of so many front ends together. */
  async function expectEachPaidOnce(stores: readonly string[] = [scene.setting.store]): Promise<void> {
    let redeemed = 0;
    for (const path of stores) {
      const counts = withStore(
        ({ winners }) =>
          (["redeemed", "pending", "included", "claimed", "expired"] as const).map((status) => winners.count(status)),
        path,
      );
      const [done = 0, ...others] = counts;
      expect(others).to.deep.equal([0, 0, 0, 0]);
      redeemed += done;
    }
    const paid = await scene.paid();
    expect(acknowledged.filter((key) => paid.get(key) !== 1)).to.deep.equal([]);
    expect([...paid.values()].every((times) => times === 1)).to.equal(true);
    expect(paid.size).to.equal(redeemed);
    expect(await scene.deposits()).to.equal(3n * DEPOSIT - BigInt(redeemed) * FACE);
  }

  it(`redeems each acknowledged winner once though it is killed ${KILLS} times`, async () => {
    // The same in every run; what the machine does between two kills is not.
    const random = new Random(1, 0);
    await mineEvery(100);
    let interrupted = 0;
    for (let i = 0; i < KILLS; i += 1) {
      const { kill, ended } = await start({ wins: WINS, confirmations: 2 });
      for (let left = Math.floor(random.fraction() * (MOST_STEPS + 1)); left > 0; left -= 1) await once(steps, "step");
      await sleep(random.fraction() * LONGEST_PAUSE);
      kill();
      await ended;
      interrupted += withStore((store) => store.winners.transactions().length) > 0 ? 1 : 0;
    }
    expect(interrupted, "kills in the middle of a transaction").to.be.at.least(KILLS / 2);
    const { ended } = await start({ wins: 0, confirmations: 2 });
    await ended;
    expect(acknowledged.length).to.be.at.least(KILLS);
    await expectEachPaidOnce();
  });

  it("P1: redeems each winner of two front ends once, which send from one account at the same time", async () => {
    await mineEvery(150);
    const stores = [0, 1].map((index) => `${scene.setting.store}.${index}`);
    const orders = { wins: 60, confirmations: 2 };
    const running = await Promise.all(
      stores.map((store, index) => start({ ...orders, frontEnd: { index, count: 2 } }, store)),
    );
    await Promise.all(running.map(({ ended }) => ended));
    expect(acknowledged).to.have.length(120);
    await expectEachPaidOnce(stores);
  });

  it("redeems each acknowledged winner once though reorganisations remove 1 to 10 blocks, and kills come between", async () => {
    const { provider } = scene;
    const random = new Random(2, 0);
    await mineEvery(150);
    let running = await start({ wins: WINS, confirmations: 10 });
    // A slow machine may win and send too little for it in the first ten.
    const isEnough = () => removed >= 10 && acknowledged.length >= 100;
    for (let reorganisation = 0; reorganisation < 10 || !isEnough(); reorganisation += 1) {
      const depth = 1 + (reorganisation % 10);
      const snapshot: unknown = await provider.send("evm_snapshot", []);
      const first = await provider.getBlockNumber();
      while ((await provider.getBlockNumber()) < first + depth) await sleep(20);
      await provider.send("evm_revert", [snapshot]);
      if (random.fraction() < 0.4) {
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
    await expectEachPaidOnce();
  });
});
