import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { checkGray } from "../../offchain/media/checks/gray.ts";
import { parseSegment } from "../../offchain/media/mpegts.ts";
import { streamReportSchema } from "../../offchain/node/stream-report.ts";
import type { LogLine } from "../../tasks/devnet/processes.ts";
import { makeClip, testRunner } from "../fixtures/clips.ts";
import { startTestNetwork, type TestNetwork } from "../fixtures/devnet.ts";
import { startLiar } from "../fixtures/liar.ts";

const LADDER = [{ name: "144p", shortSide: 144 }];

describe("pictures are checked", () => {
  let net: TestNetwork;
  before(async () => {
    net = await startTestNetwork();
  });
  after(() => net.close());

  it("who freezes them is found, has nothing published and is suspended; who is honest delivers all", async () => {
    const [honest, second] = net.devnet.orchestrators;
    await second!.process.close();
    const liar = await startLiar(net.devnet, second!, "frozen", "all");
    try {
      const input = await makeClip({ seconds: 8, size: "320x180", file: join(net.dir, "clip.mp4") });
      const [out, reportFile] = [join(net.dir, "hls"), join(net.dir, "report.json")];
      const lines: LogLine[] = [];
      const process = await net.devnet.startBroadcaster({
        ...{ input, out, report: reportFile, ladder: LADDER },
        checks: { grayShare: 1, exactShare: 0, atOnce: 64, timeoutMs: 120_000 },
        // Both get the first segments, whoever is preferred.
        delivery: { copies: 2, compare: 1 },
        selection: { maximumPrice: "1000000000000000", orchestrators: 2 },
      });
      process.onLine((line) => lines.push(line));
      expect(await process.exited(), process.errorOutput).to.equal(0);
      const said = (message: string) => lines.filter(({ msg }) => msg === message);

      const report = streamReportSchema.parse(JSON.parse(await readFile(reportFile, "utf8")));
      expect(report.missing).to.deep.equal([]);
      const delivered = report.orchestrators.map(({ address, segments }) => ({ address, segments }));
      expect(delivered).to.have.deep.members([
        { address: honest!.address, segments: report.segments },
        { address: second!.address, segments: 0 },
      ]);

      const refused = said("segment not delivered");
      expect(refused).not.to.deep.equal([]);
      for (const line of refused) expect(line).to.include({ code: "BitsDiffer", orchestrator: second!.address });
      expect(said("orchestrator suspended")[0]).to.include({ orchestrator: second!.address, code: "BitsDiffer" });
      const [counts] = said("pictures checked");
      expect(counts).to.include({ rejected: refused.length, suspect: 0, unfinished: 0, dropped: 0 });

      const runner = await testRunner();
      const asked = { ...report.renditions[0]!, encoder: "auditable", preset: "veryfast", crf: 23 } as const;
      for (let sequence = 0; sequence < report.segments; sequence++) {
        const read = async (name: string) => {
          const bytes = await readFile(join(out, name, `${sequence}.ts`));
          return { sequence, bytes, info: parseSegment(bytes) };
        };
        const [source, got] = [await read("source"), await read(asked.name)];
        expect(await checkGray({ runner }, { source, asked, got }, { timeoutMs: 60_000 })).to.include({
          verdict: "passed",
        });
      }
    } finally {
      await liar.close();
    }
  });
});
