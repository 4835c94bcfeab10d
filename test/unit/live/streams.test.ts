import { expect } from "chai";
import { pino } from "pino";
import { StreamflowError } from "../../../offchain/errors.ts";
import { Admission, type Publisher } from "../../../offchain/live/admission.ts";
import type { StreamEvent } from "../../../offchain/live/notifier.ts";
import { LiveStream } from "../../../offchain/live/stream.ts";
import { Streams } from "../../../offchain/live/streams.ts";
import type { SegmentInfo } from "../../../offchain/media/interface.ts";
import { systemClock } from "../../../offchain/node/clock.ts";
import { StreamAccount } from "../../../offchain/node/stream-account.ts";

const LOG = pino({ level: "silent" });
const FIRST = {} as SegmentInfo;
const ENCODER: Publisher = { name: "movie", key: null, protocol: "rtmp", remote: "127.0.0.1" };

/** {ms} In the tests of what happens within it, longer than they take. */
const LONG_MS = 60_000;

describe("the events of a stream", () => {
  let events: StreamEvent[];
  let streams: Streams;
  /** What ends its purchase instead of the end of its segments. */
  let failure: StreamflowError | null;
  let ended: Promise<void>;

  function open(reconnectMs: number): void {
    [events, failure] = [[], null];
    const over = Promise.withResolvers<void>();
    ended = over.promise;
    streams = new Streams(
      { most: 8, reconnectMs, graceMs: 1 },
      {
        admission: new Admission({ keysFile: null, webhookUrl: null, webhookMs: 1 }),
        start: (name) =>
          new LiveStream(
            { name, id: `0x${"12".repeat(32)}`, renditions: [], reorderMs: 1 },
            {
              output: {
                append: () => Promise.resolve(),
                miss: () => Promise.resolve(),
                end: () => Promise.resolve(),
                discard: () => Promise.resolve(),
              },
              buy: async (segments) => {
                if (failure !== null) throw failure;
                // Nothing is bought.
                for await (const _segment of segments);
                return Object.assign(new StreamAccount(), { segments: 3, missing: 1, mediaMs: 6_000 });
              },
              clock: systemClock,
              log: LOG,
            },
          ),
        onCount: () => undefined,
        onEvent: (event) => {
          events.push(event);
          if (["stream.ended", "stream.failed"].includes(event.type)) over.resolve();
        },
        log: LOG,
      },
    );
  }
  beforeEach(() => open(LONG_MS));
  afterEach(() => streams.close());

  const types = () => events.map(({ type }) => type);

  it("are its begin, each break and return, and its end with what came of it", async () => {
    const first = await streams.connect(ENCODER);
    const { id } = first.stream(FIRST);
    first.close(false);
    const second = await streams.connect(ENCODER);
    second.stream(FIRST);
    second.stream(FIRST);
    second.close(true);
    await ended;
    expect(types()).to.deep.equal(["stream.begun", "stream.interrupted", "stream.resumed", "stream.ended"]);
    for (const { name, stream } of events) expect([name, stream]).to.deep.equal(["movie", id]);
    expect(events[0]).to.include({ protocol: "rtmp" });
    expect(events.at(-1)).to.include({ segments: 3, missing: 1, seconds: 6 });
  });

  it("know no break when a newer connection takes over, or nothing has come yet", async () => {
    const first = await streams.connect(ENCODER);
    first.close(false);
    const second = await streams.connect(ENCODER);
    second.stream(FIRST);
    const third = await streams.connect(ENCODER);
    second.close(false);
    third.stream(FIRST);
    third.close(true);
    await ended;
    expect(types()).to.deep.equal(["stream.begun", "stream.ended"]);
  });

  it("end with the end when the node stops", async () => {
    const connection = await streams.connect(ENCODER);
    connection.stream(FIRST);
    await streams.close();
    connection.close(false);
    expect(types()).to.deep.equal(["stream.begun", "stream.ended"]);
  });

  it("say why it failed", async () => {
    failure = new StreamflowError("ServiceNotJudged", "nobody judges it");
    const connection = await streams.connect(ENCODER);
    connection.stream(FIRST);
    await ended;
    expect(types()).to.deep.equal(["stream.begun", "stream.failed"]);
    expect(events.at(-1)).to.include({ code: "ServiceNotJudged" });
  });

  it("N1: do not end it while its encoder waits for an answer, however long that takes, and do when it has gone then", async () => {
    open(20);
    const answers = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    const pushes = answers.map(({ promise }) => streams.pushed(ENCODER, FIRST, () => promise));
    answers[0]!.resolve("first");
    expect(await pushes[0]).to.equal("first");
    // Several times as long as an encoder that has gone is waited for.
    await systemClock.sleep(100);
    expect(types()).to.deep.equal(["stream.begun"]);
    answers[1]!.resolve("second");
    expect(await pushes[1]).to.equal("second");
    await ended;
    expect(types()).to.deep.equal(["stream.begun", "stream.ended"]);
  });

  it("do not wait for requests of an encoder that has said that it is over", async () => {
    const answer = Promise.withResolvers<null>();
    const push = streams.pushed(ENCODER, FIRST, () => answer.promise);
    while (types().length === 0) await systemClock.sleep(1);
    await streams.finish(ENCODER);
    await ended;
    answer.resolve(null);
    await push;
    expect(types()).to.deep.equal(["stream.begun", "stream.ended"]);
  });

  it("wait for an encoder again whose request failed", async () => {
    open(20);
    const failing = streams.pushed(ENCODER, FIRST, () => Promise.reject(new StreamflowError("StreamBehind", "wait")));
    expect(await failing.catch((error: unknown) => error)).to.have.property("code", "StreamBehind");
    await ended;
  });
});
