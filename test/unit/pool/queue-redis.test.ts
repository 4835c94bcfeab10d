import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import type { TranscodedRendition } from "../../../offchain/media/interface.ts";
import { PeerClient } from "../../../offchain/net/client.ts";
import { createServer } from "../../../offchain/net/server.ts";
import { systemClock } from "../../../offchain/node/clock.ts";
import { FrontEnds } from "../../../offchain/pool/queue/front-ends.ts";
import { QueuePool } from "../../../offchain/pool/queue/pool.ts";
import { workRoutes } from "../../../offchain/pool/queue/work-routes.ts";
import { QueueWorker } from "../../../offchain/pool/queue/worker.ts";
import { hasRedis, RedisServer } from "../../../tasks/devnet/redis.ts";
import { expectCode } from "../pm/coded.ts";
import { MEDIA, WORK } from "./synthetic-work.ts";

const LIVE = new AbortController().signal;
const log = pino({ level: "silent" });
/** {ms} Longer than a busy machine lets this process wait: nobody is lost by it. */
const SILENCE_MS = 6_000;
/** {ms} Where somebody is to be lost. */
const SHORT_SILENCE_MS = 600;

/** Stands for ffmpeg: makes nothing until the test says so, and then what the test says. */
class Ffmpeg__Fake {
  readonly begun: PromiseWithResolvers<TranscodedRendition[]>[] = [];

  transcode(_work: unknown, signal: AbortSignal): Promise<TranscodedRendition[]> {
    const work = Promise.withResolvers<TranscodedRendition[]>();
    signal.addEventListener("abort", () => work.reject(signal.reason));
    this.begun.push(work);
    return work.promise;
  }

  /** The next that is begun. */
  async next(): Promise<PromiseWithResolvers<TranscodedRendition[]>> {
    while (this.begun.length === 0) await systemClock.sleep(10);
    return this.begun.shift()!;
  }
}
const GOOD = [{ name: "small", bytes: MEDIA }] as TranscodedRendition[];

describe("a pool behind a queue in a real Redis", () => {
  let dir: string;
  let redis: RedisServer;
  let server: FastifyInstance;
  let client: PeerClient;
  let pool: QueuePool;
  let url: URL;
  let workers: QueueWorker[];

  before(function () {
    if (!hasRedis()) this.skip();
  });
  beforeEach(async () => {
    dir = await mkdtemp(path.join(tmpdir(), "queue-"));
    redis = await RedisServer.start(dir);
    server = createServer({ bodyLimit: 1_000, requestTimeoutMs: 5_000 }, log);
    pool = openPool(SILENCE_MS);
    workRoutes(server, { work: pool.work, credentials: { nameOf: (secret) => secret } });
    url = new URL(await server.listen({ host: "127.0.0.1", port: 0 }));
    client = new PeerClient();
    workers = [];
  });
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.close(0)));
    client.close();
    await pool.close();
    await server.close();
    await redis.stop();
    await rm(dir, { recursive: true });
  });

  const openPool = (silenceMs: number) =>
    new QueuePool(
      { url: redis.url("front"), queue: "test", frontEnd: 0, waiting: 1, silenceMs },
      { clock: systemClock, log },
    );

  /** One that takes a segment at a time, of which the pool has heard. */
  async function join(name: string, silenceMs = SILENCE_MS): Promise<Ffmpeg__Fake> {
    const ffmpeg = new Ffmpeg__Fake();
    const local = { capacity: 1, speed: null, transcode: ffmpeg.transcode.bind(ffmpeg) };
    const frontEnds = new FrontEnds({ urls: [url], secret: name }, { client });
    const before = pool.transcoders();
    workers.push(
      new QueueWorker(
        { url: redis.url("transcoders"), queue: "test", name, silenceMs },
        { frontEnds, local, encoders: [], onConnection: () => undefined, log },
      ),
    );
    while (pool.transcoders() === before) await systemClock.sleep(10);
    return ffmpeg;
  }
  /** Until a segment waits for a place. */
  async function untilWaiting(): Promise<void> {
    // Redis has a second for its answer, which a busy machine may take.
    const isWaiting = () =>
      pool.counts().then(
        ({ waiting }) => waiting > 0,
        () => false,
      );
    while (!(await isWaiting())) await systemClock.sleep(10);
  }
  const begin = (signal = LIVE) => {
    const place = pool.reserve();
    return place.transcode({ ...WORK, timeoutMs: 20_000 }, signal).finally(() => place.release());
  };

  it("N1: what is under way when Redis dies is delivered without it, and what waits is done when it is back, empty", async () => {
    const north = await join("north");
    const first = begin();
    const working = await north.next();
    const second = begin();
    await untilWaiting();
    await redis.stop();
    working.resolve(GOOD);
    expect(await first).to.have.length(1);
    while (pool.capacity() > 0) await systemClock.sleep(10);
    await expectCode(() => pool.reserve(), "CapacityExceeded");
    await redis.start();
    (await north.next()).resolve(GOOD);
    expect(await second).to.have.length(1);
  });

  it("N3: a Redis that is frozen ends the pool's promises within the time of silence", async () => {
    await pool.close();
    pool = openPool(SHORT_SILENCE_MS);
    await join("north", SHORT_SILENCE_MS);
    redis.freeze();
    const begun = performance.now();
    while (pool.capacity() > 0) await systemClock.sleep(10);
    expect(performance.now() - begun).to.be.lessThan(10 * SHORT_SILENCE_MS);
    await expectCode(() => pool.reserve(), "CapacityExceeded");
    redis.thaw();
    while (pool.capacity() === 0) await systemClock.sleep(10);
  });

  it("gives what one fails at to another, and leaves out who fails at what others do", async () => {
    const [north, south] = [await join("north"), await join("south")];
    for (let failures = 0; failures < 3; failures++) {
      const segments = [begin(), begin()];
      (await north.next()).reject(new Error("no space left on device"));
      for (let done = 0; done < 2; done++) (await south.next()).resolve(GOOD);
      await Promise.all(segments);
    }
    expect(north.begun).to.have.length(0);
    expect(pool.capacity()).to.equal(1);
  });

  it("N3: ends work that nobody waits for any more, with whoever has it and in the queue, and gives its place to other work", async () => {
    const north = await join("north");
    const gone = new AbortController();
    const given = begin(gone.signal);
    const working = await north.next();
    const waiting = begin(gone.signal);
    await untilWaiting();
    gone.abort(new Error("the buyer has gone"));
    await expectCode(given, "TranscodeFailed");
    await expectCode(waiting, "TranscodeFailed");
    const ended = working.promise.then(
      () => "done",
      () => "ended",
    );
    expect(await ended).to.equal("ended");
    const next = begin();
    (await north.next()).resolve(GOOD);
    expect(await next).to.have.length(1);
    expect(north.begun, "what waited was never begun").to.have.length(0);
  });

  it("puts back what is unfinished when its time to leave is over, for another to do", async () => {
    const north = await join("north");
    const segment = begin();
    await north.next();
    const south = await join("south");
    const [leaving] = workers;
    const begun = performance.now();
    const left = leaving!.close(50);
    (await south.next()).resolve(GOOD);
    expect(performance.now() - begun, "no lock had to run out").to.be.lessThan(SILENCE_MS);
    expect(await segment).to.have.length(1);
    await left;
  });
});
