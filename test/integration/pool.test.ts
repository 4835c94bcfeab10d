import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { streamReportSchema } from "../../offchain/node/stream-report.ts";
import type { RoleProcess } from "../../tasks/devnet/processes.ts";
import { makeClip } from "../fixtures/clips.ts";
import { startTestNetwork, type TestNetwork } from "../fixtures/devnet.ts";

describe("a pool of two transcoders", () => {
  let net: TestNetwork;
  let input: string;
  let streams = 0;

  before(async () => {
    net = await startTestNetwork({ orchestrators: 2 });
    input = await makeClip({ seconds: 8, file: join(net.dir, "clip.mp4") });
  });
  after(() => net.close());

  /** Streams to one orchestrator, and does something when it has sold its first segment. The answer is the segments of each orchestrator. */
  async function stream(only: string[], disturb: () => Promise<void>): Promise<Record<string, number>> {
    const report = join(net.dir, `report-${streams}.json`);
    const broadcaster = await net.devnet.startBroadcaster({
      input,
      out: join(net.dir, `hls-${streams++}`),
      report,
      realtime: true,
      selection: { only, maximumPrice: "1000000000000000" },
    });
    const [code] = await Promise.all([broadcaster.exited(), disturb()]);
    expect(code, broadcaster.errorOutput).to.equal(0);
    const { missing, orchestrators } = streamReportSchema.parse(JSON.parse(await readFile(report, "utf8")));
    expect(missing).to.deep.equal([]);
    return Object.fromEntries(orchestrators.map(({ address, segments }) => [address, segments]));
  }

  it("N1: loses nothing when one is told to stop in the middle of a stream, nor when one freezes", async () => {
    const [orchestrator] = net.devnet.orchestrators;
    if (orchestrator === undefined) throw new Error("no orchestrator");
    const { process: seller, transcoder: first } = orchestrator;
    const second = await net.devnet.addTranscoder(orchestrator);

    await stream([orchestrator.address], async () => {
      await seller.line("segment sold");
      const left = seller.line("transcoder left");
      const draining = seller.line("transcoder draining");
      await first.close();
      expect(await first.exited(), first.errorOutput).to.equal(0);
      expect((await draining)["transcoder"]).to.equal((await left)["transcoder"]);
    });

    const third: RoleProcess = await net.devnet.addTranscoder(orchestrator);
    await stream([orchestrator.address], async () => {
      await seller.line("segment sold");
      const left = seller.line("transcoder left");
      process.kill(second.pid as number, "SIGSTOP");
      await left;
      await second.kill();
    });
    await third.kill();
  });

  it("N1: an orchestrator that is told to stop answers what it has begun, and the rest goes to another", async () => {
    const [first, second] = net.devnet.orchestrators;
    if (first === undefined || second === undefined) throw new Error("no orchestrators");
    await net.devnet.addTranscoder(first);
    const sold = await stream([first.address, second.address], async () => {
      const seller = await Promise.race([first, second].map((one) => one.process.line("segment sold").then(() => one)));
      await seller.process.close();
      expect(await seller.process.exited(), seller.process.errorOutput).to.equal(0);
    });
    expect(Object.values(sold).reduce((sum, count) => sum + count, 0)).to.equal(4);
    expect(Object.keys(sold)).to.have.length(2);
  });
});
