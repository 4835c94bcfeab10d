import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { WebSocket } from "ws";
import { cutSegments, planIngest } from "../../offchain/media/cut.ts";
import type { Rendition, SourceSegment } from "../../offchain/media/interface.ts";
import { DEFAULT_LADDER, fitLadder } from "../../offchain/media/ladder.ts";
import { probeInput } from "../../offchain/media/probe.ts";
import { decodeForm } from "../../offchain/net/form.ts";
import { POOL_PATH, segmentAnswerSchema } from "../../offchain/net/wire.ts";
import { receive, send } from "../../offchain/pool/channel.ts";
import { LocalTranscoder } from "../../offchain/pool/local.ts";
import { fromOrchestratorSchema } from "../../offchain/pool/protocol.ts";
import { agreementOn, STRUCTURE_PROGRAM, termsOf } from "../../offchain/verification/agreement.ts";
import { parseReceipt } from "../../offchain/verification/messages.ts";
import { makeClip, testRunner } from "../fixtures/clips.ts";
import { startTestNetwork, type TestNetwork } from "../fixtures/devnet.ts";
import { HandBroadcaster } from "../fixtures/order.ts";
import { REMADE, remake } from "../fixtures/structure/cheats.ts";

/** A fault that no check before the program's sees. */
const CHEAT = REMADE.find(({ name }) => name === "uses another profile")!;

describe("work is judged", function () {
  let net: TestNetwork;
  let buyer: HandBroadcaster;
  let segment: SourceSegment;
  let renditions: Rendition[];

  before(async () => {
    net = await startTestNetwork({ orchestrators: 1, settings: { orchestrator: { limits: { lostSegments: 2 } } } });
    buyer = new HandBroadcaster(net.devnet);
    const clip = await makeClip({ seconds: 2, size: "320x240", file: join(net.dir, "clip.mp4") });
    const { ffmpeg } = await testRunner();
    const plan = planIngest(await probeInput(ffmpeg, { path: clip }));
    for await (const first of cutSegments(ffmpeg, { path: clip }, plan)) segment = first;
    renditions = fitLadder(DEFAULT_LADDER, plan);
  });
  after(() => net.close());

  const order = () => buyer.segment(segment.bytes, segment.info, renditions);

  it("V2: and its receipt says by which program, with which parameters and bound", async () => {
    const answer = await order();
    const { json, files } = decodeForm(answer.body, answer.contentType);
    const { receipt } = parseReceipt(segmentAnswerSchema.parse(json).receipt);
    const lengths = files.map(({ bytes }) => bytes.length);
    expect(receipt).to.include(agreementOn(STRUCTURE_PROGRAM, termsOf(renditions), segment.bytes.length, lengths));
    expect(receipt.program).to.equal(STRUCTURE_PROGRAM);
  });

  it("V2: before it is signed: a transcoder that cheats brings its orchestrator no receipt, and nothing is charged", async () => {
    const orchestrator = net.devnet.orchestrators[0]!;
    await orchestrator.transcoder.kill();
    const cheat = await joinAsCheat(net, new URL(POOL_PATH, orchestrator.url));
    try {
      const answer = await order();
      expect(answer.problem, answer.problem.detail).to.include({ code: "FaultForeseen" });
      expect(answer.problem.detail).to.contain(CHEAT.code);
      expect(answer.status).to.equal(422);
    } finally {
      cheat.terminate();
    }
    await orchestrator.startTranscoder();
    expect((await order()).status).to.equal(200);
  });

  it("N3: and who brings about too much work that cannot be signed is refused for a while", async () => {
    const orchestrator = net.devnet.orchestrators[0]!;
    const params = await buyer.params();
    await orchestrator.transcoder.kill();
    const cheat = await joinAsCheat(net, new URL(POOL_PATH, orchestrator.url));
    try {
      expect((await order()).problem).to.include({ code: "FaultForeseen" });
    } finally {
      cheat.terminate();
    }
    for (const answer of [
      await buyer.quote(),
      await buyer.segment(segment.bytes, segment.info, renditions, { params }),
    ]) {
      expect(answer.problem, answer.problem.detail).to.include({ code: "TooMuchWorkLost" });
      expect(answer.status).to.equal(429);
      expect(Date.parse(String(answer.problem.data!["until"]))).to.be.above(Date.now());
    }
  });
});

/** A transcoder that does the work, and spoils it. */
async function joinAsCheat({ dir }: TestNetwork, pool: URL): Promise<WebSocket> {
  const secret = (await readFile(join(dir, "orchestrator-1-transcoder", "transcoder.secret"), "utf8")).trim();
  const runner = await testRunner();
  const local = new LocalTranscoder({ name: "cheat", capacity: 1, speed: null, hardware: null }, { runner });
  pool.protocol = "ws:";
  const socket = new WebSocket(pool, { headers: { authorization: `Bearer ${secret}` } });
  receive(socket, fromOrchestratorSchema, (message, [media]) => {
    if (message.type !== "work") return;
    const { id, renditions, timeoutMs } = message;
    void (async () => {
      const results = await local.transcode({ media: media!, renditions, timeoutMs }, AbortSignal.timeout(timeoutMs));
      const spoilt = results.map(({ bytes }) => remake(runner, Buffer.from(bytes), CHEAT.options));
      send(socket, { type: "result", id, parts: spoilt.length }, await Promise.all(spoilt));
    })();
  });
  await once(socket, "open");
  send(socket, { type: "hello", capacity: 1, speed: null, encoders: [], parts: 0 });
  return socket;
}
