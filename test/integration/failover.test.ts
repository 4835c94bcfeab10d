import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { streamReportSchema } from "../../offchain/node/stream-report.ts";
import { closeLedger, openLedger } from "../../tasks/devnet/ledger.ts";
import { makeClip } from "../fixtures/clips.ts";
import { FACE_VALUE } from "../../tasks/devnet/network.ts";
import { startTestNetwork, type TestNetwork } from "../fixtures/devnet.ts";

interface Commitment {
  readonly round: number;
  readonly index: bigint;
}

describe("an orchestrator killed in the middle of a stream", () => {
  let net: TestNetwork;

  before(async () => {
    // Nearly every ticket wins, so that there are winners to lose.
    net = await startTestNetwork({ price: 200_000_000_000_000n, faceValue: FACE_VALUE });
  });
  after(() => net.close());

  it("N1: the stream goes on with the other, and every winner that it acknowledged is redeemed after its restart", async () => {
    const { devnet } = net;
    const input = await makeClip({ seconds: 24, file: join(net.dir, "clip.mp4") });
    const out = join(net.dir, "hls");
    const report = join(net.dir, "report.json");
    const opening = await openLedger(devnet);

    // Without money for gas winners wait in their stores: whatever is redeemed later comes from there.
    const setBalances = async (balance: string) => {
      for (const { address } of devnet.orchestrators)
        await devnet.provider.send("hardhat_setBalance", [address, balance]);
    };
    await setBalances("0x0");
    const winners = devnet.orchestrators.map(({ process }) => {
      const won: Commitment[] = [];
      process.onLine((line) => {
        if (line.msg === "ticket won") won.push({ round: line.round as number, index: BigInt(line.index as string) });
      });
      return won;
    });

    // The first to sell a segment dies at its next win, with work in its hands.
    const [first, second] = devnet.orchestrators;
    if (first === undefined || second === undefined) throw new Error("no orchestrators");
    const doomed = Promise.race([first, second].map((one) => one.process.line("segment sold").then(() => one)));
    const killed = doomed.then(async (one) => {
      await one.process.line("ticket won");
      await one.kill();
    });
    killed.catch(() => undefined);
    const broadcaster = await devnet.startBroadcaster({ input, out, report, realtime: true });
    expect(await broadcaster.exited(), broadcaster.errorOutput).to.equal(0);
    await killed;
    const dead = await doomed;
    const lost = winners[devnet.orchestrators.indexOf(dead)] ?? [];

    const account = streamReportSchema.parse(JSON.parse(await readFile(report, "utf8")));
    expect(account.segments).to.equal(12);
    expect(account.missing).to.deep.equal([]);
    const sold = account.orchestrators.find(({ address }) => address === dead.address)?.segments ?? 0;
    expect(sold, "it had worked before").to.be.above(0);
    expect(sold, "the other did the rest").to.be.below(account.segments - 1);

    const broker = devnet.contract("TicketBroker");
    const isClosed = ({ round, index }: Commitment) => broker.isClosed(dead.address, round, index);
    expect(lost.length).to.be.above(0);
    for (const winner of lost)
      expect(await isClosed(winner), `winner ${winner.index} before the restart`).to.equal(false);

    await setBalances("0x8ac7230489e80000");
    await dead.restart();
    await devnet.redeemed(AbortSignal.timeout(300_000));
    for (const winner of lost) expect(await isClosed(winner), `winner ${winner.index}`).to.equal(true);

    const ledger = await closeLedger(devnet, opening);
    expect(ledger.contradictions).to.deep.equal([]);
    expect(ledger.earned).to.deep.equal(winners.map(({ length }) => BigInt(length) * FACE_VALUE));
  });

  it("a lone orchestrator that loses its transcoder refuses, then serves again when one is back", async () => {
    const { devnet } = net;
    const [first, second] = devnet.orchestrators;
    if (first === undefined || second === undefined) throw new Error("no orchestrators");
    const input = await makeClip({ seconds: 12, file: join(net.dir, "clip-2.mp4") });
    const out = join(net.dir, "hls-2");
    const report = join(net.dir, "report-2.json");
    const broadcaster = await devnet.startBroadcaster({
      input,
      out,
      report,
      realtime: true,
      selection: { only: [second.address], maximumPrice: "1000000000000000" },
    });
    await second.process.line("segment sold");
    await second.transcoder.kill();
    await second.startTranscoder();
    expect(await broadcaster.exited(), broadcaster.errorOutput).to.equal(0);
    const account = streamReportSchema.parse(JSON.parse(await readFile(report, "utf8")));
    expect(account.missing).to.deep.equal([]);
    expect(account.orchestrators.map(({ address }) => address)).to.deep.equal([second.address]);
  });
});
