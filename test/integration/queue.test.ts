import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Queue } from "bullmq";
import { expect } from "chai";
import { Redis } from "ioredis";
import { type StreamReport, streamReportSchema } from "../../offchain/node/stream-report.ts";
import { PREFIX, presenceChannel } from "../../offchain/pool/queue/messages.ts";
import type { RoleProcess } from "../../tasks/devnet/processes.ts";
import { hasRedis } from "../../tasks/devnet/redis.ts";
import { makeClip } from "../fixtures/clips.ts";
import { startTestNetwork, type TestNetwork } from "../fixtures/devnet.ts";
import { FrontDoor } from "../fixtures/front-door.ts";
import { type FrontEnd, FrontEnds, SILENCE_MS } from "../fixtures/front-ends.ts";

const QUEUE = "transcoding";

describe("two front ends and the transcoders of one queue", () => {
  let net: TestNetwork;
  let frontEnds: FrontEnds;
  let transcoders: RoleProcess[];
  let input: string;
  let streams = 0;

  before(async function () {
    if (!hasRedis()) {
      process.stderr.write(
        "      notice: redis-server is not installed (Debian: redis-server), its tests are skipped\n",
      );
      return this.skip();
    }
    // A two-second segment costs 80 % of the face value, so that both front ends win.
    net = await startTestNetwork({ orchestrators: 1, price: 160_000_000_000_000n });
    frontEnds = await FrontEnds.start(net);
    transcoders = [];
    for (let i = 0; i < 3; i++) transcoders.push(await frontEnds.addTranscoder());
    input = await makeClip({ seconds: 10, file: join(net.dir, "clip.mp4") });
  });
  after(async () => {
    await frontEnds?.close();
    await net?.close();
  });

  const front = (index: 0 | 1) => frontEnds.front[index]!;

  /** Streams through the front door, and does something meanwhile. */
  async function stream(disturb: () => Promise<void> = async () => undefined): Promise<StreamReport> {
    const report = join(net.dir, `report-${streams}.json`);
    const broadcaster = await net.devnet.startBroadcaster({
      ...{ input, report, out: join(net.dir, `hls-${streams++}`), realtime: true },
    });
    await Promise.all([broadcaster.exited(), disturb()]);
    return streamReportSchema.parse(JSON.parse(await readFile(report, "utf8")));
  }

  /** The transcoder that begins the next segment, and that segment's id. */
  const nextTaken = (among: readonly RoleProcess[]) =>
    Promise.race(among.map(async (one) => ({ one, id: (await one.line("segment taken"))["id"] })));

  it("N1: a transcoder that is killed in its work loses nothing, nor does one that is told to stop", async () => {
    let lostMs = 0;
    const killed = await stream(async () => {
      const { one, id } = await nextTaken(transcoders);
      const at = performance.now();
      const lost = front(0).process.line("transcoder lost with a segment in its hands");
      const others = transcoders.filter((other) => other !== one);
      const again = (async () => {
        for (;;) if ((await nextTaken(others)).id === id) return performance.now();
      })();
      await one.kill();
      expect((await lost)["transcoder"]).to.equal(one.name);
      lostMs = Math.round((await again) - at);
      transcoders = others;
    });
    expect(killed).to.include({ segments: 5 }).and.to.deep.include({ missing: [] });
    process.stdout.write(`      a segment of a killed transcoder is begun by another after ${lostMs} ms\n`);
    expect(lostMs).to.be.lessThan(4 * SILENCE_MS);

    const drained = await stream(async () => {
      const { one, id } = await nextTaken(transcoders);
      const done = one.line("segment transcoded");
      const left = front(1).process.line("transcoder left");
      await one.close();
      expect(await one.exited(), one.errorOutput).to.equal(0);
      expect((await done)["id"]).to.equal(id);
      expect((await left)["transcoder"]).to.equal(one.name);
      transcoders = transcoders.filter((other) => other !== one);
    });
    expect(drained.missing).to.deep.equal([]);
  });

  it("P5: a stream goes on at the other front end, and no payment is taken twice by either", async () => {
    const before = frontEnds.door.segments.length;
    const report = await stream(async () => {
      await front(0).process.line("segment sold");
      frontEnds.door.target = front(1).url;
      await front(1).process.line("segment sold");
    });
    expect(report.missing).to.deep.equal([]);
    const sent = frontEnds.door.segments.slice(before);
    expect(sent.length).to.be.greaterThan(4);
    // One that came to the other front end was not taken there, and may be where it belongs, once.
    for (const segment of sent) {
      let sold = Number(segment.isSold);
      for (const { url } of [...frontEnds.front, ...frontEnds.front]) {
        const refusal = await FrontDoor.replay(url, segment);
        if (refusal === null) sold++;
        else expect(refusal).to.be.oneOf(["TicketReplayed", "CommitmentClosed", "OtherFrontEnd"]);
      }
      expect(sold).to.equal(1);
    }
  });

  it("N2: foreign jobs, broken ones and false events in Redis stop nobody", async () => {
    const connection = { url: frontEnds.redis.url("transcoders") };
    const queue = new Queue(QUEUE, { connection, prefix: PREFIX });
    const redis = new Redis(connection.url);
    const key = (name: string) => `${PREFIX}:${QUEUE}:${name}`;
    const id = crypto.randomUUID();
    const data = { frontEnd: 0, root: `0x${"00".repeat(32)}`, length: 1, deadline: Date.now() + 60_000 };
    await queue.add("foreign", { anything: "else" });
    await queue.add("foreign", { url: "http://127.0.0.1:1/" }, { priority: 1 });
    await queue.add("segment", data, { jobId: id });
    await queue.add("segment", { ...data, frontEnd: 7 }, { jobId: crypto.randomUUID() });
    await redis.lpush(key("wait"), "no-such-job");
    await redis.hset(key("broken"), {
      name: "segment",
      data: "{",
      opts: "{}",
      timestamp: "1",
      delay: "0",
      priority: "0",
    });
    await redis.lpush(key("wait"), "broken");
    await redis.publish(presenceChannel(QUEUE), "{");
    await redis.publish(presenceChannel(QUEUE), JSON.stringify({ name: "a", capacity: 1e9 }));
    await redis.xadd(key("events"), "*", "event", "completed", "jobId", id, "returnvalue", "{");
    await redis.xadd(key("events"), "*", "event", "failed", "jobId", id, "failedReason", "none");
    expect((await stream()).missing).to.deep.equal([]);
    await queue.close();
    redis.disconnect();
  });

  it("N3: without Redis segments are refused, and the stream goes on when it is back, knowing nothing", async () => {
    const seller = front(1).process;
    const report = await stream(async () => {
      await seller.line("segment sold");
      const lost = seller.line("queue lost");
      await frontEnds.redis.stop();
      await lost;
      expect((await front(1).status()).capacity).to.equal(0);
      const joined = seller.line("transcoder joined");
      await frontEnds.redis.start();
      await joined;
      await seller.line("segment sold");
    });
    expect(report.segments).to.equal(5);
    expect(report.missing.length).to.be.lessThan(3);
    expect(report.missing).not.to.include(4);
  });

  it("P1: every winner of either front end is redeemed once, though both send from one account", async () => {
    /** {1} Winners, when none of them waits any more. */
    const won = async (seller: FrontEnd): Promise<number> => {
      const change = seller.process.line("ticket redeemed");
      change.catch(() => undefined);
      const { tickets } = await seller.status();
      return tickets.pending === 0 ? tickets.won : change.then(() => won(seller));
    };
    const winners = await Promise.all([won(front(0)), won(front(1))]);
    const broker = net.devnet.contract("TicketBroker");
    const { address } = net.devnet.broadcaster;
    const alone = await broker.queryFilter(broker.filters.TicketRedeemed(address));
    const batches = await broker.queryFilter(broker.filters.TicketsRedeemed(address));
    const batched = batches.reduce((sum, { args }) => sum + args.tickets.length, 0);
    expect(alone.length + batched).to.equal(winners[0] + winners[1]);
    expect(
      winners.every((count) => count > 0),
      "both have won",
    ).to.equal(true);
  });
});
