import { readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { Wallet } from "ethers";
import { cutSegments, planIngest } from "../../offchain/media/cut.ts";
import type { Rendition, SourceSegment } from "../../offchain/media/interface.ts";
import { DEFAULT_LADDER, fitLadder } from "../../offchain/media/ladder.ts";
import { probeInput } from "../../offchain/media/probe.ts";
import { PROBLEM_TYPE } from "../../offchain/net/problem.ts";
import { SEGMENT_PATH } from "../../offchain/net/wire.ts";
import { RoleProcess } from "../../tasks/devnet/processes.ts";
import { makeClip, testRunner } from "../fixtures/clips.ts";
import { startTestNetwork, type TestNetwork } from "../fixtures/devnet.ts";
import { HandBroadcaster, type Answer, type Changes } from "../fixtures/order.ts";

describe("bad input is refused with a code that says what to do", () => {
  let net: TestNetwork;
  let buyer: HandBroadcaster;
  let clip: string;
  let segment: SourceSegment;
  let renditions: Rendition[];

  before(async () => {
    net = await startTestNetwork({
      orchestrators: 1,
      settings: { orchestrator: { limits: { segmentBytes: 200_000 } } },
    });
    buyer = new HandBroadcaster(net.devnet);
    // A few rounds later there are rounds to be late by; a node that starts then knows the round at once.
    await net.devnet.provider.send("evm_increaseTime", [300]);
    await net.devnet.provider.send("evm_mine", []);
    await net.devnet.orchestrators[0]?.kill();
    await net.devnet.orchestrators[0]?.restart();
    clip = await makeClip({ seconds: 2, size: "320x240", file: join(net.dir, "clip.mp4") });
    const { ffmpeg } = await testRunner();
    const plan = planIngest(await probeInput(ffmpeg, { path: clip }));
    for await (const first of cutSegments(ffmpeg, { path: clip }, plan)) segment = first;
    renditions = fitLadder(DEFAULT_LADDER, plan);
  });
  after(() => net.close());

  const order = (changes: Changes = {}) => buyer.segment(segment.bytes, segment.info, renditions, changes);

  function expectProblem(answer: Answer, status: number, code: string): void {
    expect({ status: answer.status, code: answer.problem.code }, answer.problem.detail).to.deep.equal({ status, code });
    expect(answer.contentType).to.contain(PROBLEM_TYPE);
    expect(answer.problem.remedy).to.be.a("string").that.is.not.empty;
  }

  /** Runs a role to its end, which has to be a refusal. */
  async function expectRefusal(args: readonly string[], code: string): Promise<string> {
    const role = new RoleProcess("refused", args, join(net.dir, "refused.log"));
    expect(await role.exited()).to.equal(1);
    expect(role.errorOutput).to.match(new RegExp(`^${code}: `));
    return role.errorOutput;
  }

  async function expectStreamRefusal(settings: object, code: string): Promise<string> {
    const broadcaster = await net.devnet.startBroadcaster({ out: join(net.dir, "refused"), ...settings });
    expect(await broadcaster.exited()).to.equal(1);
    expect(broadcaster.errorOutput).to.match(new RegExp(`^${code}: `));
    return broadcaster.errorOutput;
  }

  it("accepts the honest order that the others differ from in one thing", async () => {
    expect((await order()).status).to.equal(200);
  });

  describe("the broadcaster's input", () => {
    it("a file that is not video: InputNotVideo", async () => {
      const input = join(net.dir, "text.mp4");
      await writeFile(input, "this is not a video\n".repeat(500));
      await expectStreamRefusal({ input }, "InputNotVideo");
    });

    it("an empty file: InputEmpty", async () => {
      const input = join(net.dir, "empty.mp4");
      await writeFile(input, "");
      await expectStreamRefusal({ input }, "InputEmpty");
    });

    it("a file that is not there: InputNotFound", async () => {
      await expectStreamRefusal({ input: join(net.dir, "absent.mp4") }, "InputNotFound");
    });

    it("an ffmpeg that cannot do the work: FfmpegUnfit", async () => {
      await expectStreamRefusal({ input: clip, ffmpeg: { path: "/bin/true" } }, "FfmpegUnfit");
    });

    it("no orchestrator at an acceptable price: PriceTooHigh", async () => {
      await expectStreamRefusal({ input: clip, selection: { maximumPrice: "1" } }, "PriceTooHigh");
    });
  });

  describe("a ticket", () => {
    it("with another's signature: TicketSignatureInvalid", async () => {
      const forged = "0x" + "12".repeat(64) + "1b";
      expectProblem(await order({ ticketSignature: () => forged }), 401, "TicketSignatureInvalid");
    });

    it("of another round than its quote: TicketInvalid", async () => {
      for (const rounds of [-1, 1]) {
        const answer = await order({
          ticket: (ticket) => ({ ...ticket, creationRound: ticket.creationRound + rounds }),
        });
        expectProblem(answer, 400, "TicketInvalid");
      }
    });

    it("worth less than the work: TicketWinProbTooLow", async () => {
      expectProblem(
        await order({ ticket: (ticket) => ({ ...ticket, winProb: ticket.winProb - 1n }) }),
        402,
        "TicketWinProbTooLow",
      );
    });

    it("on a commitment that was not handed out: CommitmentUnknown", async () => {
      const answer = await order({
        ticket: (ticket) => ({ ...ticket, commitmentIndex: ticket.commitmentIndex + 1_000n }),
      });
      expect(answer.status).to.equal(400);
      expect(answer.problem.code).to.be.oneOf(["CommitmentUnknown", "TicketInvalid"]);
    });
  });

  describe("an order", () => {
    it("with another's signature: SegmentSignatureInvalid", async () => {
      expectProblem(await order({ privateKey: Wallet.createRandom().privateKey }), 401, "SegmentSignatureInvalid");
    });

    it("for other bytes than those sent: SegmentFormatDidntMatchJobInputParams", async () => {
      const flipped = (bytes: Uint8Array) => bytes.map((byte, index) => (index === 5_000 ? byte ^ 1 : byte));
      expectProblem(await order({ media: flipped }), 422, "SegmentFormatDidntMatchJobInputParams");
    });

    it("signed an hour ago: OrderExpired", async () => {
      expectProblem(
        await order({ order: (honest) => ({ ...honest, timestamp: honest.timestamp - 3_600 }) }),
        400,
        "OrderExpired",
      );
    });

    it("for media that is none: SegmentInvalid", async () => {
      const noise = Buffer.alloc(10_000, 0x55);
      expectProblem(await buyer.segment(noise, segment.info, renditions), 422, "SegmentInvalid");
    });
  });

  describe("a request", () => {
    it("with an oversized body: BodyTooLarge, with the limit", async () => {
      const answer = await buyer.post(SEGMENT_PATH, Buffer.alloc(400_000), "multipart/form-data; boundary=x");
      expectProblem(answer, 413, "BodyTooLarge");
      expect(answer.problem.data?.limitBytes).to.equal(200_000 + 65_536);
    });

    it("that is no form, or none of ours: RequestInvalid", async () => {
      expectProblem(await buyer.post(SEGMENT_PATH, "x", "multipart/form-data; boundary=y"), 400, "RequestInvalid");
      expectProblem(await buyer.post(SEGMENT_PATH, "x", "text/plain"), 400, "RequestInvalid");
      expectProblem(await buyer.quote({ sender: "nobody" }), 400, "RequestInvalid");
      expectProblem(await buyer.quote({ nonce: "0x1" }), 400, "RequestInvalid");
      expectProblem(await buyer.quote({ extra: 1 }), 400, "RequestInvalid");
    });

    it("for a service that is not sold: ServiceNotOffered", async () => {
      expectProblem(await buyer.quote({ service: `0x${"0".repeat(64)}` }), 404, "ServiceNotOffered");
    });

    it("to nowhere: NotFound", async () => {
      expectProblem(await buyer.post("/v2/quote", "{}", "application/json"), 404, "NotFound");
    });

    it("of a sender without a deposit: LowPMBalance, with the amount that would help", async () => {
      const poor = await buyer.quote({ sender: Wallet.createRandom().address });
      expectProblem(poor, 402, "LowPMBalance");
      expect(poor.problem.data).to.include({ depositWei: "0" });
      expect(BigInt(poor.problem.data?.neededWei as string) > 0n).to.equal(true);
    });
  });

  describe("a node's surroundings", () => {
    const ROLES = ["orchestrator", "broadcaster", "transcoder"] as const;
    for (const role of ROLES) {
      it(`a configuration of the ${role} with an unknown key: ConfigInvalid`, async () => {
        const config = join(net.dir, "unknown-key.json5");
        await writeFile(config, "{ colour: 'blue' }");
        expect(await expectRefusal([role, "--config", config], "ConfigInvalid")).to.contain("colour: no such setting");
      });
    }

    it("a chain that does not answer: ChainUnreachable, within the time limit", async () => {
      // Accepts connections and never says a word.
      const silent: Server = createServer(() => undefined);
      await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
      const { port } = silent.address() as { port: number };
      try {
        const deployment = join(net.dir, "network", "deployment.json");
        await expectStreamRefusal(
          { input: clip, chain: { rpcUrl: `http://127.0.0.1:${port}`, deployment, timeoutMs: 500 } },
          "ChainUnreachable",
        );
      } finally {
        silent.close();
      }
    });

    it("a deployment of another chain: DeploymentInvalid", async () => {
      const file = join(net.dir, "other.json");
      const deployment = JSON.parse(await readFile(join(net.dir, "network", "deployment.json"), "utf8")) as object;
      await writeFile(file, JSON.stringify({ ...deployment, chainId: 5 }));
      await expectStreamRefusal(
        { input: clip, chain: { rpcUrl: net.chain.rpcUrl, deployment: file } },
        "DeploymentInvalid",
      );
    });

    it("an account that is no orchestrator: NotRegistered", async () => {
      const config = join(net.dir, "stranger.json5");
      await writeFile(
        config,
        JSON.stringify({
          chain: { rpcUrl: net.chain.rpcUrl, deployment: join(net.dir, "network", "deployment.json") },
          keyFile: join(net.dir, "broadcaster", "account.key"),
          dataDir: join(net.dir, "stranger"),
        }),
      );
      await expectRefusal(["orchestrator", "--config", config], "NotRegistered");
    });
  });
});

describe("a broadcaster whose deposit is too low", () => {
  let net: TestNetwork;
  before(async () => {
    net = await startTestNetwork({ orchestrators: 1, deposit: 1_000n });
  });
  after(() => net.close());

  it("is told LowPMBalance, what it has and what would help", async () => {
    const input = await makeClip({ seconds: 2, size: "320x240", file: join(net.dir, "clip.mp4") });
    const broadcaster = await net.devnet.startBroadcaster({ input, out: join(net.dir, "hls") });
    expect(await broadcaster.exited()).to.equal(1);
    expect(broadcaster.errorOutput).to.match(/^LowPMBalance: .*1000/);
  });
});
