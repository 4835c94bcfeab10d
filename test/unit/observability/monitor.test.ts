import { expect } from "chai";
import { pino } from "pino";
import { PROBLEM_TYPE } from "../../../offchain/net/problem.ts";
import { type Monitor, openMonitor } from "../../../offchain/observability/monitor.ts";
import { atMostEvery } from "../../../offchain/observability/readiness.ts";

const LOG = pino({ level: "silent" });

describe("the monitor", () => {
  let monitor: Monitor;
  beforeEach(async () => {
    const opened = await openMonitor({ role: "watcher", host: "127.0.0.1", port: 0, parts: ["chain", "store"] }, LOG);
    monitor = opened!;
  });
  afterEach(() => monitor.close());

  const get = (path: string) => fetch(new URL(path, monitor.url));

  it("is not there without a port", async () => {
    expect(await openMonitor({ role: "watcher", host: "127.0.0.1", parts: [] }, LOG)).to.equal(null);
  });

  it("serves metrics as Prometheus reads them, with those of the process", async () => {
    const answer = await get("/metrics");
    expect(answer.headers.get("content-type")).to.match(/^text\/plain; version=0\.0\.4/);
    const text = await answer.text();
    expect(text).to.match(/^process_cpu_seconds_total\{role="watcher"\} /m);
    expect(text).to.match(/^nodejs_heap_size_used_bytes\{role="watcher"\} /m);
  });

  it("is alive before it is ready", async () => {
    expect((await get("/healthz")).status).to.equal(200);
    expect((await get("/readyz")).status).to.equal(503);
  });

  it("names each part that is not ready, with the reason, until all are", async () => {
    monitor.readiness.provide("store", () => null);
    monitor.readiness.provide("chain", () => Promise.reject(new Error("nobody there")));
    const answer = await get("/readyz");
    expect(answer.status).to.equal(503);
    expect(answer.headers.get("content-type")).to.contain(PROBLEM_TYPE);
    expect(await answer.json()).to.deep.include({ code: "NotReady", data: { chain: "nobody there" } });
    monitor.readiness.provide("chain", () => null);
    const ready = await get("/readyz");
    expect(ready.status).to.equal(200);
    expect(await ready.json()).to.deep.equal({ ready: true });
  });

  it("asks others seldom, however often it is asked, and once at a time", async () => {
    let asked = 0;
    const check = atMostEvery(60_000, async () => {
      asked++;
      throw new Error("away");
    });
    expect(await Promise.all([check(), check(), check()])).to.deep.equal(["away", "away", "away"]);
    expect(asked).to.equal(1);
    const eager = atMostEvery(0, async () => String(asked++));
    expect([await eager(), await eager()]).to.deep.equal(["1", "2"]);
  });
});
