import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { Wallet } from "ethers";
import { pino } from "pino";
import { connect } from "../../deploy/contracts.ts";
import { broadcasterSchema } from "../../offchain/config/schema.ts";
import { openChain } from "../../offchain/eth/chain.ts";
import { verificationDomainOf } from "../../offchain/eth/domains.ts";
import { SEGMENTS_PATH } from "../../offchain/net/wire.ts";
import { createChallenger, openSegments } from "../../offchain/node/disputes.ts";
import { openNodeStore } from "../../offchain/node/store.ts";
import { createSigner } from "../../offchain/pm/crypto.ts";
import { structureProgram } from "../../offchain/verification/structure/judge.ts";
import { signEvidence } from "../../tasks/devnet/evidence.ts";
import { lyingRun } from "../../tasks/devnet/lie.ts";
import { startTestNetwork, type TestNetwork } from "../fixtures/devnet.ts";
import { HandBroadcaster } from "../fixtures/order.ts";

const log = pino({ level: process.env["LOG"] ?? "silent" });
/** What the structure program says nothing about, and never that it is a fault. */
const JUDGED = {
  program: structureProgram(),
  parameters: new Uint8Array(4),
  source: Buffer.from("no segment"),
  output: Buffer.from("none either"),
  outputIndex: 0,
};

describe("an orchestrator that has resigned", () => {
  let net: TestNetwork;
  before(async () => {
    net = await startTestNetwork({ orchestrators: 1 });
  });
  after(() => net.close());

  /** Everything that a role's process has, while it has none. */
  async function withNode<T>(
    role: string,
    work: (node: Awaited<ReturnType<typeof openNode>>) => Promise<T>,
  ): Promise<T> {
    const node = await openNode(role);
    try {
      return await work(node);
    } finally {
      node.modules.store.close();
      node.modules.chain.close();
    }
  }

  async function openNode(role: string) {
    const deployment = join(net.dir, "network", "deployment.json");
    const connection = { rpcUrl: net.chain.rpcUrl, deployment, timeoutMs: 10_000, pollMs: 50 };
    const chain = await openChain(connection, join(net.dir, role, "account.key"));
    const dataDir = join(net.dir, role, "data");
    const store = await openNodeStore(dataDir, chain);
    const settings = { chain: connection, dataDir, disputes: broadcasterSchema.shape.disputes.parse({}) };
    const segments = await openSegments(settings, { chain, store, log });
    return { settings, modules: { chain, store, segments, log } };
  }

  it("V1: sells nothing more at once, defends what it has signed, serves its bytes; without anything to defend it does not start", async () => {
    const { devnet } = net;
    const { provider } = devnet;
    const orchestrator = devnet.orchestrators[0]!;
    const timestamp = (await provider.getBlock("latest"))!.timestamp;
    const key = (await readFile(join(net.dir, orchestrator.name, "account.key"), "utf8")).trim();
    const bonding = connect(
      "BondingManager",
      devnet.deployment.contracts.BondingManager.proxy,
      new Wallet(key, provider),
    );
    const buyer = new HandBroadcaster(devnet);
    expect((await buyer.quote()).status).to.equal(200);
    const closed = orchestrator.process.line("stake not active any more: nothing is sold until it is again");
    await (await bonding.resign()).wait();
    await closed;
    expect(await orchestrator.status()).to.include({ selling: false });
    await orchestrator.kill();
    const rounds = devnet.contract("RoundsManager");
    await provider.send("evm_setNextBlockTimestamp", [
      Number(await rounds.roundStart((await rounds.currentRound()) + 1n)),
    ]);
    await provider.send("evm_mine", []);
    const failure: unknown = await orchestrator.restart().catch((error: unknown) => error);
    expect(String(failure)).to.contain("NotRegistered");

    const { evidence, bytes } = await signEvidence(
      {
        domain: verificationDomainOf(devnet.deployment),
        sender: createSigner(devnet.broadcaster.privateKey),
        orchestrator: createSigner(key),
      },
      JUDGED,
      { timestamp },
    );
    await withNode(orchestrator.name, ({ modules }) =>
      modules.segments.keep(evidence, { source: bytes.source, outputs: [bytes.output] }),
    );
    await orchestrator.restart();
    expect(await orchestrator.status()).to.include({ selling: false });
    const quote = await buyer.quote();
    expect([quote.status, quote.problem.code]).to.deep.equal([503, "SellingOff"]);
    const served = await fetch(new URL(`${SEGMENTS_PATH}${evidence.receipt.receipt.sourceRoot}`, orchestrator.url));
    expect(Buffer.from(await served.arrayBuffer()).equals(bytes.source)).to.equal(true);

    const defended = orchestrator.process.line("defend sent");
    await withNode("broadcaster", async ({ settings, modules }) => {
      const challenger = createChallenger(settings, { ...modules, start: (judged) => lyingRun(judged, true) });
      await challenger.agent.accuse(evidence, bytes);
      await challenger.agent.advance();
      await challenger.close();
    });
    await defended;
  });
});
