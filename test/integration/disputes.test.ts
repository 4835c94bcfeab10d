import { expect } from "chai";
import { toQuantity } from "ethers";
import { network } from "hardhat";
import { pino } from "pino";
import { watcherSchema } from "../../offchain/config/schema.ts";
import { createChallenger, createDefender, openChallenger } from "../../offchain/node/disputes.ts";
import { segmentRoutes } from "../../offchain/node/segment-routes.ts";
import { startWatcher } from "../../offchain/node/watcher.ts";
import { createServer } from "../../offchain/net/server.ts";
import type { OpenRun } from "../../offchain/verification/agents/runs.ts";
import { disputeId } from "../../offchain/verification/evidence/evidence.ts";
import type { Case } from "../../offchain/vm/start.ts";
import { lyingRun } from "../../tasks/devnet/lie.ts";
import { CLOCK, DisputeScene, type Who } from "../../tasks/devnet/disputes.ts";
import { faultyCase, honestCase } from "../fixtures/disputed-cases.ts";
import { Outcome } from "../fixtures/disputes.ts";

const log = pino({ level: process.env["LOG"] ?? "silent" });
/** {1} More than any dispute takes. */
const MOST_TURNS = 40;

type Node = Awaited<ReturnType<DisputeScene["openNode"]>>;

describe("agents in a dispute", () => {
  let scene: DisputeScene;
  before(async () => {
    scene = await DisputeScene.start(network, honestCase().program);
  });
  after(() => scene.close());

  /** Opens all that an account's process has, does something and closes it again: what is left is the chain and the disk. */
  async function process<T>(who: Who, work: (node: Node) => Promise<T>): Promise<T> {
    const node = await scene.openNode(who, log);
    try {
      return await work(node);
    } finally {
      node.close();
    }
  }

  /** One move at most of a process that has just started, and is killed then. */
  async function advance(who: Who, start?: (judged: Case) => OpenRun): Promise<void> {
    await process(who, async ({ settings, modules }) => {
      const all = start === undefined ? modules : { ...modules, start };
      const { agent, close } =
        who === "broadcaster"
          ? createChallenger(settings, all)
          : createDefender(settings, { orchestrators: [scene.wallets.orchestrator.address], patience: 0 }, all);
      await agent.advance();
      await close();
    });
  }

  async function mining(isOn: boolean): Promise<void> {
    await scene.provider.send("evm_setAutomine", [isOn]);
    await scene.provider.send("evm_setIntervalMining", [isOn ? 1_000 : 0]);
  }

  const outcomeOf = (id: string) => scene.contract("DisputeGame").outcomeOf(id);

  /** Lets both play, each move by a process of its own, until the challenge is over; who is silent loses by the clock. */
  async function play(id: string, starts: Partial<Record<Who, (judged: Case) => OpenRun>>): Promise<bigint> {
    for (let turn = 0; turn < MOST_TURNS; turn += 1) {
      const before = (await scene.sentBy("broadcaster")) + (await scene.sentBy("orchestrator"));
      await advance("broadcaster", starts.broadcaster);
      await advance("orchestrator", starts.orchestrator);
      const outcome = await outcomeOf(id);
      if (outcome > Outcome.Open) return outcome;
      if ((await scene.sentBy("broadcaster")) + (await scene.sentBy("orchestrator")) === before)
        await scene.pass(CLOCK + 1);
    }
    throw new Error("the dispute does not end");
  }

  const lossOf = async (id: string) => {
    const game = scene.contract("DisputeGame");
    return (await game.queryFilter(game.filters.ChallengeSettled(id), 0))[0]!.args.loss;
  };

  it("V1: the challenger wins, restarted at each move, and the stake is slashed, when the work is at fault", async () => {
    const signed = await scene.sign(faultyCase());
    const id = disputeId(signed.evidence, scene.domain);
    await scene.keep(signed);
    await scene.accuse(signed);
    const outcome = await play(id, { orchestrator: (judged: Case) => lyingRun(judged, false, 100n) });
    expect(outcome).to.equal(Outcome.Sustained);
    expect(await lossOf(id)).to.be.above(0n);
    for (const who of ["broadcaster", "orchestrator"] as const) {
      await advance(who);
      expect(await process(who, async ({ modules }) => modules.store.disputes.open())).to.deep.equal([]);
    }
    expect(await scene.provider.getBalance(scene.deployment.contracts.DisputeGame.proxy)).to.equal(0n);
  });

  for (const firstLie of [1n, 100n, 1_000n]) {
    it(`V1: the defender wins, restarted at each move, when the challenger lies from step ${firstLie}`, async () => {
      const signed = await scene.sign(honestCase());
      const id = disputeId(signed.evidence, scene.domain);
      await scene.keep(signed);
      await scene.accuse(signed);
      expect(await play(id, { broadcaster: (judged: Case) => lyingRun(judged, true, firstLie) })).to.equal(
        Outcome.Refuted,
      );
      for (const who of ["broadcaster", "orchestrator"] as const) {
        await advance(who);
        expect(await process(who, async ({ modules }) => modules.store.disputes.open())).to.deep.equal([]);
      }
      expect(await scene.provider.getBalance(scene.deployment.contracts.DisputeGame.proxy)).to.equal(0n);
    });
  }

  it("send no move twice when they are killed before it is in a block, and pay more for it when it has become too cheap", async () => {
    const signed = await scene.sign(faultyCase());
    const id = disputeId(signed.evidence, scene.domain);
    const { provider } = scene;
    const { address } = scene.wallets.broadcaster;
    await scene.accuse(signed);
    const before = await scene.sentBy("broadcaster");
    await mining(false);
    try {
      for (let kills = 0; kills < 3; kills += 1) await advance("broadcaster");
      expect(await provider.getTransactionCount(address, "pending")).to.equal(before + 1);
      const feeOf = () => process("broadcaster", async ({ modules }) => modules.store.sentCalls.list()[0]!.maxFee);
      const first = await feeOf();
      // Blocks go by in which it is too cheap.
      for (let blocks = 0; blocks < 4; blocks += 1) {
        await provider.send("hardhat_setNextBlockBaseFeePerGas", [toQuantity(20n * first)]);
        await provider.send("evm_mine", []);
      }
      await advance("broadcaster");
      expect(await feeOf()).to.be.above(first);
      expect(await provider.getTransactionCount(address, "pending")).to.equal(before + 1);
    } finally {
      await mining(true);
    }
    await scene.pass(1);
    expect(await outcomeOf(id)).to.equal(Outcome.Open);
    expect(await scene.sentBy("broadcaster")).to.equal(before + 1);
    expect(await play(id, {})).to.equal(Outcome.Sustained);
    expect((await scene.sentBy("broadcaster")) - before, "challenge and settle").to.equal(2);
  });

  it("get their bond back when another defender has won", async () => {
    const signed = await scene.sign(honestCase());
    const id = disputeId(signed.evidence, scene.domain);
    await scene.keep(signed, "orchestrator");
    await scene.keep(signed, "watcher");
    await scene.accuse(signed);
    const liar = (judged: Case) => lyingRun(judged, true, 100n);
    await advance("broadcaster", liar);
    await advance("watcher");
    expect(await play(id, { broadcaster: liar })).to.equal(Outcome.Refuted);
    const { DisputeGame } = scene.deployment.contracts;
    expect(await scene.provider.getBalance(DisputeGame.proxy)).to.be.above(0n);
    for (let turn = 0; turn < 2; turn += 1) await advance("watcher");
    expect(await scene.provider.getBalance(DisputeGame.proxy)).to.equal(0n);
    expect(await process("watcher", async ({ modules }) => modules.store.disputes.open())).to.deep.equal([]);
  });

  it("do nothing when the other side is right, and a fault that nobody defends is settled", async () => {
    const signed = await scene.sign(faultyCase());
    const id = disputeId(signed.evidence, scene.domain);
    await scene.keep(signed);
    await scene.accuse(signed);
    const [challengers, defenders] = [await scene.sentBy("broadcaster"), await scene.sentBy("orchestrator")];
    expect(await play(id, {})).to.equal(Outcome.Sustained);
    expect((await scene.sentBy("broadcaster")) - challengers, "challenge and settle").to.equal(2);
    expect(await scene.sentBy("orchestrator")).to.equal(defenders);
  });

  it("do not challenge what is no fault, nor what is too late, nor beyond the bond", async () => {
    const sent = await scene.sentBy("broadcaster");
    const open = () => process("broadcaster", async ({ modules }) => modules.store.disputes.open().length);
    await scene.accuse(await scene.sign(honestCase()));
    await advance("broadcaster");
    expect(await open()).to.equal(0);
    await scene.accuse(await scene.sign(faultyCase()));
    await process("broadcaster", async ({ settings, modules }) => {
      const disputes = { ...settings.disputes, maximumBond: 1n };
      await createChallenger({ ...settings, disputes }, modules).agent.advance();
    });
    expect(await open()).to.equal(1);
    await scene.pass(700);
    await advance("broadcaster");
    expect(await open()).to.equal(0);
    expect(await scene.sentBy("broadcaster")).to.equal(sent);
  });

  it("V1: a watcher defends an orchestrator that is silent, with bytes that it gets by their root", async () => {
    const signed = await scene.sign(honestCase());
    const id = disputeId(signed.evidence, scene.domain);
    const orchestrator = await scene.openNode("orchestrator", log);
    const server = createServer({ bodyLimit: 1_000, requestTimeoutMs: 5_000 }, log);
    segmentRoutes(server, orchestrator.modules.segments);
    const url = await server.listen({ host: "127.0.0.1", port: 0 });
    const broadcaster = await scene.openNode("broadcaster", log);
    const challenger = openChallenger(broadcaster.settings, {
      ...broadcaster.modules,
      start: (judged: Case) => lyingRun(judged, true, 100n),
    });
    const dataDir = scene.dataDir("watcher");
    const before = await scene.sentBy("watcher");
    const watcher = await startWatcher(
      watcherSchema.parse({
        chain: scene.connection(50),
        keyFile: scene.keyFile("watcher"),
        dataDir,
        orchestrators: [scene.wallets.orchestrator.address.toLowerCase()],
        patience: 0.5,
        disputes: { peers: [url] },
        listen: { port: 0 },
      }),
      log.child({ who: "watcher" }),
    );
    try {
      const { evidence, bytes } = signed;
      const outputs = evidence.receipt.receipt.outputs.map(() => bytes.output);
      await orchestrator.modules.segments.keep(evidence, { source: bytes.source, outputs });
      await challenger.accuse(evidence, bytes);
      await eventually(async () => (await outcomeOf(id)) === Outcome.Open);
      await scene.pass(CLOCK / 4);
      await scene.pass(1);
      expect(await scene.sentBy("watcher"), "it leaves the orchestrator its time").to.equal(before);
      await scene.pass(CLOCK / 4);
      await eventually(async () => (await scene.sentBy("watcher")) > before);
      await eventually(async () => {
        if ((await outcomeOf(id)) === Outcome.Refuted) return true;
        await scene.pass(CLOCK / 20);
        return false;
      });
    } finally {
      await watcher.close();
      await challenger.close();
      broadcaster.close();
      await server.close();
      orchestrator.close();
    }
    expect(await outcomeOf(id)).to.equal(Outcome.Refuted);
  });

  /** Asks with each new block. */
  async function eventually(isSo: () => Promise<boolean>): Promise<void> {
    const limit = AbortSignal.timeout(300_000);
    while (!(await isSo())) {
      limit.throwIfAborted();
      await new Promise<void>((resolve) => void scene.provider.once("block", () => resolve()));
    }
  }
});
