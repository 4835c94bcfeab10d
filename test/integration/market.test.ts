import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import { countOf } from "../../offchain/discovery/history/pace.ts";
import { parseSegment } from "../../offchain/media/mpegts.ts";
import { Hedging } from "../../offchain/node/hedging.ts";
import { type StreamReport, streamReportSchema } from "../../offchain/node/stream-report.ts";
import { openStoreReader, storeFile } from "../../offchain/store/sqlite.ts";
import { closeLedger, openLedger } from "../../tasks/devnet/ledger.ts";
import type { DevnetOrchestrator } from "../../tasks/devnet/network.ts";
import type { LogLine, RoleProcess } from "../../tasks/devnet/processes.ts";
import { makeClip } from "../fixtures/clips.ts";
import { startTestNetwork, type TestNetwork } from "../fixtures/devnet.ts";
import { startLiar } from "../fixtures/liar.ts";

const MAIN = fileURLToPath(new URL("../../offchain/cli/main.js", import.meta.url));

/** Nothing is asked in the background but by the test. */
const QUIET = { refreshMs: 3_600_000, registryMs: 3_600_000, exploration: 0 };

describe("choosing orchestrators", () => {
  let net: TestNetwork;
  let streams = 0;

  before(async () => {
    net = await startTestNetwork();
  });
  after(() => net.close());

  interface Stream {
    readonly process: RoleProcess;
    readonly lines: LogLine[];
    readonly out: string;
    /** Waits for its end. */
    report(): Promise<StreamReport>;
  }

  async function start(
    {
      seconds = 4,
      ...settings
    }: { seconds?: number; realtime?: boolean; ladder?: object[]; delivery?: object; disputes?: object },
    selection: object = {},
  ): Promise<Stream> {
    const name = `stream-${streams++}`;
    const input = await makeClip({ seconds, file: join(net.dir, `${name}.mp4`) });
    const [out, report] = [join(net.dir, name), join(net.dir, `${name}.json`)];
    const maximumPrice = "1000000000000000";
    const process = await net.devnet.startBroadcaster({
      ...{ input, out, report, ...settings },
      selection: { maximumPrice, ...QUIET, ...selection },
    });
    const lines: LogLine[] = [];
    process.onLine((line) => lines.push(line));
    return {
      ...{ process, lines, out },
      report: async () => {
        expect(await process.exited(), process.errorOutput).to.equal(0);
        return streamReportSchema.parse(JSON.parse(await readFile(report, "utf8")));
      },
    };
  }

  const named = (address: unknown): DevnetOrchestrator =>
    net.devnet.orchestrators.find((one) => one.address === address) ?? expect.fail(`${String(address)} is unknown`);

  const quotes = () => Promise.all(net.devnet.orchestrators.map((one) => one.status().then((status) => status.quotes)));

  const said = ({ lines }: Stream, message: string) => lines.filter(({ msg }) => msg === message);

  it("asks all when nothing is known, and nobody when the last stream's quotes still stand", async () => {
    // On a busy machine a segment may take longer than usual, and who is late is asked whether it is still there.
    const delivery = { hedgeQuantile: 1 };
    const cold = await start({ delivery });
    expect((await cold.report()).missing).to.deep.equal([]);
    expect(said(cold, "orchestrators found")[0]?.["source"]).to.equal("registry");
    const before = await quotes();
    expect(before).to.deep.equal([1, 1]);

    const warm = await start({ delivery });
    expect((await warm.report()).missing).to.deep.equal([]);
    expect(said(warm, "orchestrators found")[0]?.["source"]).to.equal("kept");
    expect(await quotes()).to.deep.equal(before);
  });

  it("shows what is known, why who would be chosen, also while a stream is running", async () => {
    const stream = await start({ seconds: 8, realtime: true });
    await stream.process.line("segment delivered");
    const show = async (...args: string[]) => {
      const all = [MAIN, "orchestrators", "--config", net.devnet.configFile("broadcaster"), ...args];
      return (await promisify(execFile)(process.execPath, all)).stdout;
    };
    const text = await show("--explain");
    for (const line of text.split("\n")) expect(line.length, line).to.be.at.most(100);
    expect(text).to.match(/ready[^]*score[^]*(comes first|are equal)/);
    const { orchestrators, chosen } = JSON.parse(await show("--json")) as {
      orchestrators: { orchestrator: string; history: { good: number }; score: { total: number } }[];
      chosen: string[];
    };
    const addresses = net.devnet.orchestrators.map(({ address }) => address);
    expect(chosen).to.have.members(addresses);
    expect(orchestrators.map(({ orchestrator }) => orchestrator)).to.deep.equal(chosen);
    expect(orchestrators[0]!.history.good).to.be.above(0);
    expect((await stream.report()).missing).to.deep.equal([]);
  });

  it("N1: replaces the only chosen one by the next best when it is killed in the middle of a stream", async () => {
    const stream = await start({ seconds: 12, realtime: true }, { orchestrators: 1 });
    const { orchestrator } = await stream.process.line("segment delivered");
    const doomed = named(orchestrator);
    await doomed.kill();
    const report = await stream.report();
    expect(report.missing).to.deep.equal([]);
    expect(report.orchestrators.map(({ address }) => address)).to.have.members(
      net.devnet.orchestrators.map(({ address }) => address),
    );
    expect(report.orchestrators.find(({ address }) => address !== orchestrator)?.segments).to.be.above(0);
    await doomed.restart();
    // It is asked again by itself, and found to be back.
    const next = await start({ seconds: 8, realtime: true });
    expect((await next.report()).missing).to.deep.equal([]);
    const joined = said(next, "orchestrator joined").map((line) => line["orchestrator"]);
    expect(joined).to.have.members(net.devnet.orchestrators.map(({ address }) => address));
  });

  it("N1: sends what an orchestrator that hangs has in its hands to a second one, long before its time limit", async () => {
    const delivery = { hedgeAfterMs: 500 };
    const stream = await start({ seconds: 16, realtime: true, delivery });
    const { orchestrator } = await stream.process.line("segment delivered");
    expect(said(stream, "orchestrator joined"), "both are there").to.have.length(2);
    const late = stream.process.line("segment is late");
    const { process: stopped } = named(orchestrator);
    const { pid } = stopped;
    if (pid === undefined) throw new Error("it is not running");
    process.kill(pid, "SIGSTOP");
    try {
      const hedged = await late;
      const report = await stream.report();
      expect(report.missing).to.deep.equal([]);
      expect(hedged["orchestrator"]).to.equal(orchestrator);
      const delivered = said(stream, "segment delivered").find(({ sequence }) => sequence === hedged["sequence"]);
      expect(delivered?.["orchestrator"]).not.to.equal(orchestrator);
      // Nothing came to the time limit of an orchestrator, and who hangs got nothing more.
      expect(said(stream, "segment not delivered")).to.deep.equal([]);
      expect(report.ticketsSent).to.be.below(report.segments + 4);
    } finally {
      process.kill(pid, "SIGCONT");
    }
  });

  it("is not made patient in a live stream by how long a file's segments waited for each other", async () => {
    await net.close();
    // One orchestrator, so that all times are its own; as many segments of a file at once as take each other's time.
    net = await startTestNetwork({
      orchestrators: 1,
      settings: { transcoder: { capacity: 8, benchmark: false, hardware: false } },
    });
    const [{ address, process: orchestrator }] = net.devnet.orchestrators as [DevnetOrchestrator];
    const ladder = [{ name: "144p", shortSide: 144 }];
    const file = await start({ seconds: 60, ladder, delivery: { hedgeQuantile: 1 } });
    expect((await file.report()).missing).to.deep.equal([]);
    const patienceMs = patienceOf(address);

    const stream = await start({ seconds: 24, ladder, realtime: true, delivery: { hedgeAfterMs: 500 } });
    // Until the stream has times of its own.
    for (let i = 0; i < 6; i++) await stream.process.line("segment delivered");
    const late = stream.process.line("segment is late");
    const { pid } = orchestrator;
    if (pid === undefined) throw new Error("it is not running");
    process.kill(pid, "SIGSTOP");
    try {
      expect((await late)["delayMs"]).to.be.below(patienceMs / 2);
    } finally {
      process.kill(pid, "SIGCONT");
    }
    expect((await stream.report()).missing).to.deep.equal([]);
  });

  /** {ms} How long a segment of two seconds would be waited for by the times of the file. */
  function patienceOf(orchestrator: string): number {
    const reader = openStoreReader(storeFile(join(net.dir, "broadcaster", "data")));
    try {
      const { paces } = reader.standings.all().find((one) => one.orchestrator === orchestrator)!;
      expect(countOf(paces.file), "the file's times are enough to go by").to.be.at.least(20);
      const options = { quantile: 0.95, share: 0.1, afterMs: 500 };
      return new Hedging(options, { paces: () => paces.file }).delayFor(orchestrator, 2_000)!;
    } finally {
      reader.close();
    }
  }

  it("publishes the good one of two answers when the other one lies, and pays both", async () => {
    // Without a history: who hung in an earlier stream may be left out of the next.
    await net.close();
    net = await startTestNetwork();
    const [, second] = net.devnet.orchestrators;
    if (second === undefined) throw new Error("there is no second one");
    const opening = await openLedger(net.devnet);
    await second.process.close();
    const liar = await startLiar(net.devnet, second, "frames");
    try {
      const stream = await start(
        { delivery: { copies: 2, compare: 1 }, disputes: { enabled: false } },
        { orchestrators: 2 },
      );
      const report = await stream.report();
      expect(report.missing).to.deep.equal([]);
      const refused = said(stream, "segment not delivered");
      for (const line of refused) expect(line).to.include({ orchestrator: second.address });
      // Both segments may have been with it before the first one's answer was looked at; a second ticket may come too late for its commitment.
      const faults = refused.filter(({ code }) => code === "FaultFound");
      expect(faults, JSON.stringify(refused)).not.to.deep.equal([]);
      const [disagreement] = said(stream, "answers disagree");
      expect(disagreement).to.include({ code: "AnswersDisagree" });
      expect(faults.map(({ sequence }) => sequence)).to.include(disagreement?.["sequence"]);
      for (let i = 0; i < report.segments; i++) {
        const [source, rendition] = await Promise.all(
          ["source", report.renditions[0]!.name].map(async (name) =>
            parseSegment(await readFile(join(stream.out, name, `${i}.ts`))),
          ),
        );
        expect(rendition!.frames).to.equal(source!.frames);
      }
      // The first two segments went to both; who was caught is suspended then.
      expect(report.ticketsSent).to.be.above(report.segments);
      await net.devnet.redeemed(AbortSignal.timeout(300_000));
      expect((await closeLedger(net.devnet, opening)).contradictions).to.deep.equal([]);
    } finally {
      await liar.close();
    }
  });
});
