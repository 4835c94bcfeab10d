import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { parse, type types } from "hls-parser";
import { cutSegments, planIngest } from "../../offchain/media/cut.ts";
import { parseSegment } from "../../offchain/media/mpegts.ts";
import { probeInput } from "../../offchain/media/probe.ts";
import { closeLedger, openLedger } from "../../tasks/devnet/ledger.ts";
import { FACE_VALUE } from "../../tasks/devnet/network.ts";
import type { RoleProcess } from "../../tasks/devnet/processes.ts";
import { makeClip, testRunner } from "../fixtures/clips.ts";
import { startTestNetwork, type TestNetwork } from "../fixtures/devnet.ts";

const SECONDS = 24;
const AT_ONCE = 3;
/** Segments that are answered before the gateway is killed. */
const ANSWERED = 4;
const RENDITION = "120p";
/** {wei per million pixels} */
const PRICE = 2_000_000_000_000_000n;

describe("a gateway killed in the middle of a live stream", () => {
  let net: TestNetwork;
  let segments: Buffer[];

  before(async () => {
    // Most tickets win: two seconds of the rendition cost 77 % of the face value.
    net = await startTestNetwork({ price: PRICE, faceValue: FACE_VALUE });
    const clip = await makeClip({ seconds: SECONDS, file: join(net.dir, "clip.mp4"), size: "320x180" });
    const { ffmpeg } = await testRunner();
    const plan = planIngest(await probeInput(ffmpeg, { path: clip }));
    segments = [];
    for await (const { bytes } of cutSegments(ffmpeg, { path: clip }, plan)) segments.push(bytes);
  });
  after(() => net.close());

  async function start(): Promise<{ process: RoleProcess; url: string }> {
    const process = await net.devnet.startBroadcaster({
      out: join(net.dir, "live"),
      ladder: [{ name: RENDITION, shortSide: 120 }],
      selection: { maximumPrice: (2n * PRICE).toString() },
      live: { listen: { port: 0 }, record: true, deadlineMs: 60_000, reorderMs: 5_000 },
    });
    const { url } = await process.line("ready");
    return { process, url: String(url) };
  }

  /** Sends these as an encoder does that waits for renditions. @returns the numbers that were answered, and that were not */
  async function push(url: string, numbers: readonly number[], onAnswer: (count: number) => void = () => undefined) {
    const [answered, unanswered]: number[][] = [[], []];
    const send = async (number: number) => {
      const response = await fetch(`${url}/live/movie/${number}.ts`, {
        method: "PUT",
        body: new Uint8Array(segments[number]!),
        headers: { accept: "multipart/mixed" },
      }).catch(() => null);
      const isWhole = response?.status === 200 && (await response.arrayBuffer().catch(() => null)) !== null;
      (isWhole ? answered! : unanswered!).push(number);
      if (isWhole) onAnswer(answered!.length);
    };
    const queue = numbers.toSorted((a, b) => a - b).values();
    const lane = async () => {
      for (const number of queue) await send(number);
    };
    // A stream begins with the first that arrives: none may overtake it.
    await send(queue.next().value!);
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    return { answered: answered!, unanswered: unanswered! };
  }

  /** What stands in each recording, the earlier one first: numbers of the source's segments, and the rendition's frames. */
  async function recordings(): Promise<{ numbers: number[]; frames: number[] }[]> {
    const root = join(net.dir, "live", "movie");
    const dirs = await Promise.all(
      (await readdir(root)).map(async (name) => ({
        dir: join(root, name),
        at: (await stat(join(root, name))).birthtimeMs,
      })),
    );
    const variant = async (dir: string, name: string): Promise<Buffer[]> => {
      const at = join(dir, name);
      const playlist = parse(await readFile(join(at, "recording.m3u8"), "utf8")) as types.MediaPlaylist;
      return Promise.all(playlist.segments.map(({ uri }) => readFile(join(at, uri))));
    };
    return Promise.all(
      dirs
        .sort((a, b) => a.at - b.at)
        .map(async ({ dir }) => ({
          numbers: (await variant(dir, "source")).map((bytes) => segments.findIndex((one) => one.equals(bytes))),
          frames: (await variant(dir, RENDITION)).map((bytes) => parseSegment(bytes).frames),
        })),
    );
  }

  it("N1: keeps what was answered, loses at most what was under way, and starts again on its store", async () => {
    const { devnet } = net;
    const opening = await openLedger(devnet);
    const won = devnet.orchestrators.map(({ process }) => {
      const count = { lines: 0 };
      process.onLine(({ msg }) => void (msg === "ticket won" && count.lines++));
      return count;
    });
    const all = segments.map((_, number) => number);

    const doomed = await start();
    const killed = Promise.withResolvers<void>();
    const first = await push(doomed.url, all, (count) => {
      if (count === ANSWERED) killed.resolve(doomed.process.kill());
    });
    await killed.promise;
    expect(first.unanswered, "it was killed too late").not.to.deep.equal([]);

    const next = await start();
    const second = await push(next.url, first.unanswered);
    expect(second.unanswered).to.deep.equal([]);
    const ended = next.process.line("stream ended");
    await fetch(`${next.url}/live/movie`, { method: "DELETE" });
    expect((await ended)["missing"]).to.deep.equal([]);

    const [before, after] = await recordings();
    // What is written before its answer can leave may be there without one.
    expect(before!.numbers).to.deep.equal(all.slice(0, before!.numbers.length));
    expect(before!.numbers).to.include.members(first.answered);
    expect(before!.numbers.length).to.be.at.most(first.answered.length + AT_ONCE);
    expect(after!.numbers).to.deep.equal(first.unanswered.toSorted((a, b) => a - b));
    for (const { numbers, frames } of [before!, after!])
      expect(frames).to.deep.equal(numbers.map((number) => parseSegment(segments[number]!).frames));

    await devnet.redeemed(AbortSignal.timeout(300_000));
    const ledger = await closeLedger(devnet, opening);
    expect(ledger.contradictions).to.deep.equal([]);
    expect(ledger.redeemed).to.be.above(0);
    expect(ledger.earned).to.deep.equal(won.map(({ lines }) => BigInt(lines) * FACE_VALUE));
  });
});
