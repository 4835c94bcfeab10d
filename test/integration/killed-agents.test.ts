import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { network } from "hardhat";
import { createChallenger, createDefender } from "../../offchain/node/disputes.ts";
import { Random } from "../../sim/engine/random.ts";
import { CLOCK, DisputeScene, type Who } from "../../tasks/devnet/disputes.ts";
import type { RoleProcess } from "../../tasks/devnet/processes.ts";
import { LOOK_MS, tellGame } from "../../tasks/devnet/rounds.ts";
import { checksumCase } from "../fixtures/checksum.ts";
import { Outcome } from "../fixtures/disputes.ts";
import { SEED, TIME_LIMIT, runsOf } from "../properties/effort.ts";

/** {1} Disputes, and kills of each side in one. */
const DISPUTES = runsOf(3);
const KILLS = 3;
/** {ms} So that transactions are in no block for a while. */
const BLOCK_MS = 200;
/** {ms} Of a process that is killed before it does anything, or after something that it did: at most. */
const LONGEST_START = 1_200;
const LONGEST_PAUSE = 250;
/** {bytes} Of source and output: a run of some 80,000 steps, and up to five lists. */
const BYTES = 2_000;
/** {wei} More than a winner pays for gas that it does not get back, and less than a bond. */
const GAS_MONEY = 10n ** 16n;

const SIDES = ["challenger", "defender"] as const;
type Side = (typeof SIDES)[number];
const ACCOUNTS: Record<Side, Who> = { challenger: "broadcaster", defender: "orchestrator" };
const SENT = ["challenge sent", "defend sent", "move sent", "prove sent", "timeout sent", "settle sent"];

describe("agents that are killed", function () {
  this.timeout(TIME_LIMIT);
  let scene: DisputeScene;
  const bytesOf = (random: Random): Uint8Array =>
    Uint8Array.from({ length: BYTES }, () => Math.floor(random.fraction() * 256));
  const random = new Random(SEED, 0);
  before(async () => {
    scene = await DisputeScene.start(network, checksumCase(new Uint8Array(1), new Uint8Array(1)).program);
  });
  after(() => scene.close());

  /** Plays a side, in one process after the other; `close` ends the last one. */
  class Mortal {
    readonly #side: Side;
    readonly #isLiar: boolean;
    readonly #random: Random;
    /** Until the last process plays. */
    readonly killed: Promise<void>;
    #process: RoleProcess;

    constructor(side: Side, isLiar: boolean, luck: Random) {
      this.#side = side;
      this.#isLiar = isLiar;
      this.#random = luck;
      this.#process = this.#start();
      this.killed = this.#die();
    }

    async close(): Promise<void> {
      await this.killed;
      await this.#process.close();
      expect(this.#process.errorOutput).to.equal("");
    }

    #start(): RoleProcess {
      return scene.startAgent(this.#side, { isLiar: this.#isLiar, pollMs: 50 });
    }

    async #die(): Promise<void> {
      for (let kills = 0; kills < KILLS; kills += 1) {
        if (this.#random.chance(0.5)) await this.#untilSent();
        else await delay(this.#random.fraction() * LONGEST_START);
        await this.#process.kill();
        this.#process = this.#start();
      }
    }

    /** Until a moment after it has sent a transaction; when it sends none, its start was long enough. */
    async #untilSent(): Promise<void> {
      const sent = Promise.withResolvers<void>();
      const forget = this.#process.onLine(({ msg }) => {
        if (SENT.includes(msg)) sent.resolve();
      });
      await Promise.race([sent.promise, delay(4 * LONGEST_START)]);
      forget();
      await delay(this.#random.fraction() * LONGEST_PAUSE);
    }
  }

  async function decided(id: string): Promise<bigint> {
    for (;;) {
      const outcome = await scene.contract("DisputeGame").outcomeOf(id);
      if (outcome > Outcome.Open) return outcome;
      await delay(LOOK_MS);
    }
  }

  /** All transactions of an account, in the order of their nonces. */
  async function transactionsOf(address: string) {
    const all = [];
    const head = await scene.provider.getBlockNumber();
    for (let number = 0; number <= head; number += 1) {
      const block = await scene.provider.getBlock(number, true);
      all.push(...block!.prefetchedTransactions.filter(({ from }) => from === address));
    }
    return all;
  }

  /** A last process of its own, after which nothing of the dispute is left. */
  async function finish(side: Side): Promise<void> {
    const { settings, modules, close } = await scene.openNode(ACCOUNTS[side]);
    const orchestrators = [scene.wallets.orchestrator.address];
    const { agent, close: end } =
      side === "challenger"
        ? createChallenger(settings, modules)
        : createDefender({ ...settings }, { orchestrators, patience: 0 }, modules);
    await agent.advance();
    expect(modules.store.disputes.open(), side).to.deep.equal([]);
    await end();
    close();
  }

  it(`V1: win what they are right about, send no move twice and lose no bond (seed ${SEED})`, async () => {
    const { provider } = scene;
    for (let turn = 0; turn < DISPUTES; turn += 1) {
      const right = SIDES[turn % 2]!;
      const liar = SIDES[(turn + 1) % 2]!;
      const honest = checksumCase(bytesOf(random), bytesOf(random));
      const output = Uint8Array.from(honest.output);
      output[output.length - 1]! ^= 1;
      const signed = await scene.sign(right === "challenger" ? { ...honest, output } : honest);
      const before = await provider.getBalance(scene.wallets[ACCOUNTS[right]].address);
      await scene.keep(signed);
      await scene.accuse(signed);

      await provider.send("evm_setAutomine", [false]);
      await provider.send("evm_setIntervalMining", [BLOCK_MS]);
      const signal = AbortSignal.timeout(300_000);
      const game = tellGame(scene, liar, () => undefined, signal);
      const agents = SIDES.map((side, i) => new Mortal(side, side === liar, new Random(SEED, 1 + 2 * turn + i)));
      try {
        const { id, winner } = await game;
        if (right === "challenger") await scene.pass(CLOCK + 1);
        await decided(id);
        expect(winner, `dispute ${turn}`).to.equal(right);
      } finally {
        await Promise.all(agents.map((agent) => agent.close()));
        await provider.send("evm_setIntervalMining", [1_000]);
        await provider.send("evm_setAutomine", [true]);
      }
      await scene.pass(1);
      for (const side of SIDES) await finish(side);
      expect(await provider.getBalance(scene.wallets[ACCOUNTS[right]].address), right).to.be.above(before - GAS_MONEY);
    }
    expect(await provider.getBalance(scene.deployment.contracts.DisputeGame.proxy), "bonds left").to.equal(0n);
    for (const side of SIDES) {
      const game = scene.deployment.contracts.DisputeGame.proxy;
      const sent = (await transactionsOf(scene.wallets[ACCOUNTS[side]].address)).filter(({ to }) => to === game);
      expect(new Set(sent.map(({ data }) => data)).size, side).to.equal(sent.length);
      expect(sent.length).to.be.at.least(DISPUTES);
      for (const { hash } of sent) expect((await provider.getTransactionReceipt(hash))!.status, hash).to.equal(1);
    }
  });
});
