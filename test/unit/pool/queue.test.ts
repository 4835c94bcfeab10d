import { expect } from "chai";
import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import { StreamflowError } from "../../../offchain/errors.ts";
import { PeerClient } from "../../../offchain/net/client.ts";
import { createServer } from "../../../offchain/net/server.ts";
import type { Place, TranscoderPool } from "../../../offchain/pool/interface.ts";
import { Pools } from "../../../offchain/pool/pools.ts";
import { FrontEnds } from "../../../offchain/pool/queue/front-ends.ts";
import { jobSchema, presenceSchema } from "../../../offchain/pool/queue/messages.ts";
import { OpenWork } from "../../../offchain/pool/queue/open-work.ts";
import { Roll } from "../../../offchain/pool/queue/roll.ts";
import { workRoutes } from "../../../offchain/pool/queue/work-routes.ts";
import { segmentRoot } from "../../../offchain/verification/root.ts";
import { Clock__Fake } from "../pm/Clock__Fake.ts";
import { expectCode } from "../pm/coded.ts";
import { MEDIA, WORK } from "./synthetic-work.ts";

const LIVE = new AbortController().signal;
const ID = "0b8f1c5e-6a1e-4a53-9d1c-1f1f0a3c5a10";
const JOB = { frontEnd: 0, root: segmentRoot(MEDIA), length: MEDIA.byteLength, deadline: 1 };
const log = pino({ level: "silent" });

describe("a queue's messages", () => {
  it("N2: a job names its front end by a number, and holds no address and nothing else", () => {
    expect(jobSchema.safeParse(JOB).success).to.equal(true);
    for (const change of [
      { frontEnd: 256 },
      { frontEnd: "http://127.0.0.1" },
      { url: "http://127.0.0.1" },
      { root: "0x00" },
      { length: 2 ** 26 + 1 },
      { deadline: -1 },
      { deadline: "soon" },
    ])
      expect(jobSchema.safeParse({ ...JOB, ...change }).success, JSON.stringify(change)).to.equal(false);
  });

  it("N2: a transcoder says its name, and no more than it can have", () => {
    const presence = { name: "north", capacity: 0, speed: null, encoders: [] };
    expect(presenceSchema.safeParse(presence).success).to.equal(true);
    for (const change of [{ name: "North!" }, { capacity: 257 }, { speed: 1 }, { encoders: ["x"] }, { more: 1 }])
      expect(presenceSchema.safeParse({ ...presence, ...change }).success, JSON.stringify(change)).to.equal(false);
  });
});

describe("the roll of a queue's transcoders", () => {
  const say = (name: string, capacity: number) => JSON.stringify({ name, capacity, speed: null, encoders: [] });

  it("has who is heard of, until it leaves or is silent, and nobody who cannot be understood", async () => {
    const roll = new Roll({ silenceMs: 60 }, { log });
    for (const text of ["", "{", say("Bad Name", 1), say("north", 1), say("south", 3), say("west", 1)]) roll.hear(text);
    roll.hear(say("west", 0));
    const there = () => [...roll].map(({ name, capacity }) => `${name} ${capacity}`);
    expect(there()).to.deep.equal(["north 1", "south 3"]);
    for (const end = performance.now() + 120; performance.now() < end;) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      roll.hear(say("north", 2));
    }
    expect(there()).to.deep.equal(["north 2"]);
    roll.clear();
    expect(there()).to.deep.equal([]);
    roll.close();
  });

  it("N3: remembers a bounded number of names", () => {
    const roll = new Roll({ silenceMs: 60_000 }, { log });
    for (let i = 0; i < 2_000; i++) roll.hear(say(`t${i}`, 1));
    expect([...roll]).to.have.length(1_000);
    roll.close();
  });
});

describe("work that waits in a queue", () => {
  let clock: Clock__Fake;
  let others: boolean;
  let open: OpenWork;
  beforeEach(() => {
    clock = new Clock__Fake();
    others = true;
    open = new OpenWork({ clock, hasOther: () => others, log });
  });

  /** Work of which one after the other fails, and the last does it. */
  async function done(...names: string[]): Promise<void> {
    const id = crypto.randomUUID();
    const waiting = open.wait(id, WORK, LIVE);
    for (const name of names) open.handOut(id, name);
    open.deliver(id, names.at(-1) as string, [MEDIA]);
    await waiting;
  }

  it("is given to whoever comes, with the time that is left, and done by the first who brings it", async () => {
    const waiting = open.wait(ID, WORK, LIVE);
    const given = open.handOut(ID, "north");
    expect(given).to.include({ media: MEDIA, renditions: WORK.renditions });
    expect(given.timeoutMs).to.be.within(50_000, 60_000);
    open.handOut(ID, "south");
    open.deliver(ID, "south", [MEDIA]);
    expect((await waiting).map(({ name, bytes }) => [name, bytes.length])).to.deep.equal([["small", MEDIA.length]]);
    await expectCode(() => open.deliver(ID, "north", [MEDIA]), "WorkGone");
    await expectCode(() => open.handOut(ID, "north"), "WorkGone");
    expect(open.size).to.equal(0);
  });

  it("N2: is taken from nobody to whom it was not given, and not when it is something else", async () => {
    const waiting = open.wait(ID, WORK, LIVE);
    open.handOut(ID, "north");
    await expectCode(() => open.deliver(ID, "south", [MEDIA]), "WorkGone");
    for (const parts of [[], [MEDIA, MEDIA], [Buffer.from("nothing")], [MEDIA.subarray(188)]])
      await expectCode(() => open.deliver(ID, "north", parts), "TranscodeFailed");
    open.deliver(ID, "north", [MEDIA]);
    await waiting;
  });

  it("N3: is given up when its time is over, or its caller gives it up", async () => {
    const late = await expectCode(open.wait(ID, { ...WORK, timeoutMs: 20 }, LIVE), "TranscodeFailed");
    expect(late.message).to.contain("no transcoder took it");
    const caller = new AbortController();
    const cancelled = open.wait(ID, WORK, caller.signal);
    caller.abort();
    expect((await expectCode(cancelled, "TranscodeFailed")).message).to.equal("cancelled");
    expect(open.size).to.equal(0);
  });

  it("is given to who had it before only when there is nobody else", async () => {
    const waiting = open.wait(ID, WORK, LIVE);
    open.handOut(ID, "north");
    const refused = await expectCode(() => open.handOut(ID, "north"), "TranscoderLeftOut");
    expect(refused.data).to.deep.equal({ pauseMs: 0 });
    others = false;
    open.handOut(ID, "north");
    open.fail(ID, new StreamflowError("TranscodeFailed", "enough"));
    await expectCode(waiting, "TranscodeFailed");
  });

  it("leaves out who fails at what others do, then gives it one segment alone", async () => {
    for (let i = 0; i < 3; i++) await done("north", "south");
    expect(open.places("north", 4)).to.equal(0);
    const [one, two] = [crypto.randomUUID(), crypto.randomUUID()];
    const waiting = [one, two].map((id) => open.wait(id, WORK, LIVE));
    expect((await expectCode(() => open.handOut(one, "north"), "TranscoderLeftOut")).data).to.deep.equal({
      pauseMs: 30_000,
    });
    clock.advance(30_000);
    open.handOut(one, "north");
    await expectCode(() => open.handOut(two, "north"), "TranscoderLeftOut");
    open.deliver(one, "north", [MEDIA]);
    open.handOut(two, "north");
    open.deliver(two, "north", [MEDIA]);
    await Promise.all(waiting);
    expect(open.places("north", 4)).to.equal(4);
  });

  describe("over HTTP", () => {
    let server: FastifyInstance;
    let client: PeerClient;
    let url: URL;
    beforeEach(async () => {
      server = createServer({ bodyLimit: 1_000, requestTimeoutMs: 5_000 }, log);
      workRoutes(server, { work: open, credentials: { nameOf: (secret) => (secret === "good" ? "north" : null) } });
      url = new URL(await server.listen({ host: "127.0.0.1", port: 0 }));
      client = new PeerClient();
    });
    afterEach(async () => {
      client.close();
      await server.close();
    });
    const as = (secret: string, urls = [url]) => new FrontEnds({ urls, secret }, { client });

    it("is taken and brought back, once", async () => {
      const waiting = open.wait(ID, WORK, LIVE);
      const { media, renditions } = await as("good").take(ID, JOB, LIVE);
      expect(Buffer.compare(media, MEDIA)).to.equal(0);
      expect(renditions).to.deep.equal(WORK.renditions);
      await expectCode(as("good").deliver(ID, 0, [Buffer.from("x")], LIVE), "TranscodeFailed");
      await as("good").deliver(ID, 0, [MEDIA], LIVE);
      expect(await waiting).to.have.length(1);
      await expectCode(as("good").deliver(ID, 0, [MEDIA], LIVE), "WorkGone");
    });

    it("N2: is for those with a credential, by its name, and no other source is taken for it", async () => {
      const waiting = open.wait(ID, WORK, LIVE);
      await expectCode(as("bad").take(ID, JOB, LIVE), "CredentialRefused");
      await expectCode(as("bad").deliver(ID, 0, [MEDIA], LIVE), "CredentialRefused");
      await expectCode(as("good").take("no-id", JOB, LIVE), "RequestInvalid");
      await expectCode(as("good").take(ID, { ...JOB, root: segmentRoot(Buffer.from("x")) }, LIVE), "PeerFailed");
      others = false;
      await as("good").take(ID, JOB, LIVE);
      await as("good").deliver(ID, 0, [MEDIA], LIVE);
      await waiting;
    });

    it("N3: a front end that does not answer is left alone for a while, and one without an address is never asked", async () => {
      await expectCode(as("good").take(ID, { ...JOB, frontEnd: 1 }, LIVE), "PeerFailed");
      const frontEnds = as("good", [new URL("http://127.0.0.1:1")]);
      await expectCode(frontEnds.take(ID, JOB, LIVE), "PeerFailed");
      const again = await expectCode(frontEnds.take(ID, JOB, LIVE), "PeerFailed");
      expect(again.message).to.contain("a moment ago");
    });
  });
});

describe("several pools as one", () => {
  /** A pool with so many places. */
  const withPlaces = (name: string, places: number): TranscoderPool & { taken: string[] } => {
    const taken: string[] = [];
    return {
      taken,
      capacity: () => places,
      reserve: () => {
        if (taken.length === places) throw new StreamflowError("CapacityExceeded", name);
        taken.push(name);
        return {} as Place;
      },
    };
  };

  it("fill the first before the second, and refuse when both are full", async () => {
    const [first, second] = [withPlaces("first", 1), withPlaces("second", 2)];
    const pools = new Pools(first, second);
    expect(pools.capacity()).to.equal(3);
    for (let i = 0; i < 3; i++) pools.reserve();
    expect([first.taken, second.taken]).to.deep.equal([["first"], ["second", "second"]]);
    expect((await expectCode(() => pools.reserve(), "CapacityExceeded")).message).to.equal("second");
  });
});
