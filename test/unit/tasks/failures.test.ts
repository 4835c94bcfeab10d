import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import type { Fault } from "../../../tasks/bench/failures/faults/interface.ts";
import { Line } from "../../../tasks/bench/failures/line.ts";
import { noCounts } from "../../../tasks/bench/failures/audit.ts";
import { type Run, shortcomings, summarize, totalOf } from "../../../tasks/bench/failures/result.ts";
import { Schedule } from "../../../tasks/bench/failures/schedule.ts";
import { courseOf } from "../../../tasks/bench/soak/vitals.ts";

const fault = (kind: string): Fault => ({
  kind,
  seconds: [2, 4],
  begin: () => Promise.resolve(() => Promise.resolve()),
});

describe("a schedule of faults", () => {
  const draw = (seed: number) => {
    const schedule = new Schedule({ seed, pace: 0.5 }, { faults: ["a", "b", "c", "d"].map(fault), victims: [1, 2, 3] });
    return Array.from({ length: 40 }, () => schedule.next());
  };

  it("has every kind once before any comes again, for as long as it is told", () => {
    const strikes = draw(1);
    for (let at = 0; at < strikes.length; at += 4)
      expect(strikes.slice(at, at + 4).map((strike) => strike.fault.kind)).to.have.members(["a", "b", "c", "d"]);
    for (const { seconds } of strikes) expect(seconds).to.be.within(1, 2);
    expect(new Set(strikes.map(({ victim }) => victim)).size).to.equal(3);
  });

  it("is the same for the same seed, and another for another", () => {
    const told = (seed: number) => draw(seed).map((strike) => [strike.fault.kind, strike.victim, strike.seconds]);
    expect(told(7)).to.deep.equal(told(7));
    expect(told(7)).not.to.deep.equal(told(8));
  });
});

describe("a line before a server", () => {
  let server: Server;
  let line: Line;
  let asked: string[];
  let replies: number[];

  beforeEach(async () => {
    [asked, replies] = [[], []];
    server = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk: Buffer) => (text += chunk.toString()));
      request.on("end", () => {
        asked.push(text);
        response.writeHead(200, { "x-mark": "1" }).end(`answer to ${text}`);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    line = await Line.open(`http://127.0.0.1:${port}`, (_request, { status }) => replies.push(status));
  });
  afterEach(async () => {
    await line.close();
    server.closeAllConnections();
    server.close();
  });

  const ask = async (body: string) => {
    const response = await fetch(line.url, { method: "POST", body, signal: AbortSignal.timeout(60_000) });
    return { mark: response.headers.get("x-mark"), text: await response.text() };
  };

  it("passes on what comes, and tells of each answer", async () => {
    expect(await ask("a")).to.deep.equal({ mark: "1", text: "answer to a" });
    expect(replies).to.deep.equal([200]);
  });

  it("does to it what it is told, until it is healed", async () => {
    line.disturb(async (request, send) => ({ ...(await send(request)), body: Buffer.from("other") }));
    expect((await ask("a")).text).to.equal("other");
    line.disturb(async (request, send) => {
      await send(request);
      return send(request);
    });
    await ask("b");
    line.heal();
    expect((await ask("c")).text).to.equal("answer to c");
    expect(asked).to.deep.equal(["a", "b", "b", "c"]);
  });

  it("breaks before the request, and in the middle of the answer", async () => {
    const failed = async () => (await ask("a").catch((error: Error) => error)) instanceof Error;
    line.disturb(() => Promise.resolve(null));
    expect(await failed()).to.equal(true);
    expect(asked).to.deep.equal([]);
    line.disturb(async (request, send) => ({ ...(await send(request)), cutAt: 5 }));
    expect(await failed()).to.equal(true);
    expect(asked).to.deep.equal(["a"]);
  });

  it("breaks when the server is not there", async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(await ask("a").catch((error: Error) => error)).to.be.instanceOf(Error);
  });
});

describe("the account of failures", () => {
  const part = (changes: Partial<ReturnType<typeof noCounts>>, winners: Partial<Run["winners"]> = {}, soldTwice = 0) =>
    summarize({
      material: { description: "" },
      options: { segments: 0, streams: 1, orchestrators: 6, seed: 1, pace: 1 },
      ...{ seconds: 1, sent: [], skipped: [], repeats: 0, soldTwice, deadlineMs: 1 },
      audits: [
        { counts: new Map([["a", { ...noCounts(), sent: 20_000, delivered: 20_000, ...changes }]]), findings: [] },
      ],
      strikes: new Map([["a", 1]]),
      winners: { acknowledged: 3, paid: 3, redeemed: 3, waiting: 0, expired: 0, contradictions: [], ...winners },
    });

  it("is content with two of 20,000 that have only their source, and with nothing else", () => {
    expect(shortcomings(part({ delivered: 19_998, sourceOnly: 2 }))).to.deep.equal([]);
    expect(shortcomings(part({ delivered: 19_997, sourceOnly: 3 }))).to.have.length(1);
    for (const what of ["gap", "outOfOrder", "duplicated", "bad"] as const)
      expect(shortcomings(part({ [what]: 1 })), what).to.have.length(1);
    expect(shortcomings(part({}, { paid: 2 })), "a lost winner").to.have.length(1);
    expect(shortcomings(part({}, { paid: 2, waiting: 1 })), "one that waits").to.have.length(0);
    expect(shortcomings(part({}, { contradictions: ["?"] }))).to.have.length(1);
    expect(shortcomings(part({}, {}, 1)), "sold twice").to.have.length(1);
  });

  it("adds runs up", () => {
    const total = totalOf([part({ delivered: 19_999, sourceOnly: 1 }), part({}, { paid: 2 })]);
    expect(total).to.include({ sent: 40_000, delivered: 39_999, winnersAcknowledged: 6, winnersLost: 1 });
  });
});

describe("the course of a figure", () => {
  it("is flat when it rises at the beginning only, and not when it goes on", () => {
    expect(courseOf([10, 40, 100, 100, 101, 99, 103, 100, 100, 102], 0).isFlat).to.equal(true);
    const rising = Array.from({ length: 100 }, (_, index) => 100 + index);
    expect(courseOf(rising, 0)).to.deep.equal({ early: 130, late: 190, most: 199, isFlat: false });
    expect(courseOf(rising, 60).isFlat, "within its slack").to.equal(true);
    // What is collected now and then: what is left each time tells what is alive.
    const saw = Array.from({ length: 100 }, (_, i) => 50 + (i % 7) * i);
    expect(courseOf(saw, 0)).to.deep.include({ early: 143, late: 332, isFlat: false });
    expect(courseOf(saw, 0, "least")).to.deep.equal({ early: 50, late: 50, most: 632, isFlat: true });
  });
});
