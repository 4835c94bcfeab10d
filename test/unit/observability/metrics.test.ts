import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { z } from "zod";
import { StreamflowError } from "../../../offchain/errors.ts";
import type { Status } from "../../../offchain/net/wire.ts";
import { Deadline } from "../../../offchain/net/deadline.ts";
import { MeteredPool, meteredBuyer, meteredShop } from "../../../offchain/node/metered.ts";
import { NodeMetrics } from "../../../offchain/observability/metrics.ts";
import { watchBuyer, watchQueue, watchSeller } from "../../../offchain/observability/watch.ts";
import type { StoredWinner } from "../../../offchain/pm/interface.ts";
import { expectCode } from "../pm/coded.ts";

const DASHBOARD = new URL("../../../offchain/observability/grafana/streamflow.json", import.meta.url);
const dashboardSchema = z.object({
  panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).min(1) })).min(10),
});
const STATUS: Status = {
  orchestrator: "0x0",
  selling: true,
  capacity: 3,
  quotes: 0,
  segments: 0,
  tickets: { received: 7, won: 2, pending: 1, redeemed: 4, expired: 5 },
};
const ETHER = 10n ** 18n;
const winnerOf = (sender: string, faceValue: bigint) => ({ ticket: { sender, faceValue } }) as unknown as StoredWinner;

interface Watched {
  readonly winners?: readonly StoredWinner[];
  readonly exposure?: Parameters<typeof watchSeller>[1]["recipient"]["exposure"];
}

function watched({
  winners = [],
  exposure = async () => ({ unredeemed: 0n, secured: 0n, unsecured: 0n }),
}: Watched = {}) {
  const metrics = new NodeMetrics("orchestrator");
  watchSeller(metrics, {
    status: () => STATUS,
    busy: () => 1,
    judging: () => 2,
    recipient: { exposure },
    winners: { list: (status) => (status === "pending" ? [...winners] : []) },
    disputes: { open: () => [] },
  });
  return metrics;
}

/** {value} of the only series that the pattern matches. */
async function valueOf({ registry }: NodeMetrics, series: RegExp): Promise<number> {
  const lines = (await registry.metrics()).split("\n").filter((line) => !line.startsWith("#") && series.test(line));
  expect(lines, String(series)).to.have.length(1);
  return Number(lines[0]!.split(" ").at(-1));
}

describe("metrics", () => {
  it("has every metric that the dashboard names, and the dashboard every metric of its own", async () => {
    const metrics = watched();
    watchBuyer(metrics, {
      sender: { sent: () => ({ count: 1n, faceValue: 2n, expectedValue: 3n }), exposure: () => 4n },
      places: () => 5,
      waiting: () => 6,
      budget: () => 7,
    });
    watchQueue(metrics, { counts: async () => ({ waiting: 6, active: 7 }), transcoders: () => 8 });
    const exported = metrics.registry.getMetricsAsArray().map(({ name }) => name);
    const dashboard = dashboardSchema.parse(JSON.parse(await readFile(DASHBOARD, "utf8")));
    const exprs = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join("\n");
    const named = [...exprs.matchAll(/\b(?:streamflow|process|nodejs)_\w+/g)].map(([name]) =>
      name.replace(/_bucket$/, ""),
    );
    expect([...new Set(named)].filter((name) => !exported.includes(name))).to.deep.equal([]);
    const own = exported.filter((name) => name.startsWith("streamflow_"));
    expect(own.length).to.be.above(25);
    expect(
      own.filter((name) => !named.includes(name)),
      "in no panel",
    ).to.deep.equal([]);
  });

  it("follows the conventions for names", () => {
    for (const { name, type, help } of watched().registry.getMetricsAsArray()) {
      if (!name.startsWith("streamflow_")) continue;
      expect(help, name).to.match(/\.$/);
      expect(name.endsWith("_total"), name).to.equal(String(type) === "counter");
    }
  });

  it("P4: says what winners are not secured, of all senders together", async () => {
    const metrics = watched({
      winners: [winnerOf("0xa", ETHER), winnerOf("0xb", ETHER), winnerOf("0xa", 2n * ETHER)],
      exposure: async (sender) =>
        sender === "0xa"
          ? { unredeemed: 3n * ETHER, secured: ETHER, unsecured: 2n * ETHER }
          : { unredeemed: ETHER, secured: ETHER, unsecured: 0n },
    });
    expect(await valueOf(metrics, /^streamflow_exposure_unsecured_wei/)).to.equal(2e18);
    expect(await valueOf(metrics, /^streamflow_winners_unredeemed_wei/)).to.equal(4e18);
  });

  it("P4: takes everything for unsecured while the chain does not answer", async () => {
    const metrics = watched({
      winners: [winnerOf("0xa", ETHER), winnerOf("0xa", 2n * ETHER)],
      exposure: () => Promise.reject(new Error("the chain is away")),
    });
    expect(await valueOf(metrics, /^streamflow_exposure_unsecured_wei/)).to.equal(3e18);
  });

  it("counts what is read elsewhere as it is, however often it is asked", async () => {
    const metrics = watched();
    for (let asked = 0; asked < 3; asked++) {
      expect(await valueOf(metrics, /^streamflow_tickets_received_total/)).to.equal(7);
      expect(await valueOf(metrics, /^streamflow_winners_expired_total/)).to.equal(5);
    }
  });

  it("has a bounded number of series, whatever peers are called", async () => {
    const metrics = new NodeMetrics("broadcaster");
    for (let peer = 0; peer < 1_000; peer++) metrics.bought.inc({ orchestrator: `0x${peer}` });
    const series = (await metrics.registry.metrics()).match(/^streamflow_segments_bought_total\{/gm);
    expect(series).to.have.length(101);
    expect(await valueOf(metrics, /^streamflow_segments_bought_total\{.*orchestrator="other"/)).to.equal(900);
  });

  it("counts segments and quotes of a shop by their result, and passes on what it says", async () => {
    const metrics = new NodeMetrics("orchestrator");
    const refusal = new StreamflowError("LowPMBalance", "too little");
    const answer = { body: Buffer.from("x"), contentType: "y" };
    let refuses = false;
    const answered = <T>(value: T) => (refuses ? Promise.reject(refusal) : Promise.resolve(value));
    const shop = meteredShop(
      { quote: () => answered({ quote: 1 }), segment: () => answered(answer), status: () => STATUS },
      "0xme",
      metrics,
    );
    expect(await shop.segment({ json: {}, files: [] }, new Deadline(1_000))).to.equal(answer);
    expect(await shop.quote({})).to.deep.equal({ quote: 1 });
    refuses = true;
    await expectCode(shop.segment({ json: {}, files: [] }, new Deadline(1_000)), "LowPMBalance");
    await expectCode(shop.quote({}), "LowPMBalance");
    expect(await valueOf(metrics, /^streamflow_segments_total\{result="sold"/)).to.equal(1);
    expect(await valueOf(metrics, /^streamflow_segments_total\{result="failed"/)).to.equal(1);
    expect(await valueOf(metrics, /^streamflow_segment_failures_total\{.*code="LowPMBalance"/)).to.equal(1);
    expect(await valueOf(metrics, /^streamflow_quotes_total\{result="LowPMBalance"/)).to.equal(1);
    expect(await valueOf(metrics, /^streamflow_segment_seconds_count\{.*stage="sale"/)).to.equal(2);
  });

  it("counts no failure of a purchase that was given up", async () => {
    const metrics = new NodeMetrics("broadcaster");
    const quote = { listing: { orchestrator: "0xa" } } as Parameters<ReturnType<typeof meteredBuyer>["buy"]>[1];
    const failing = { prepare: () => expect.fail(), buy: () => Promise.reject(new StreamflowError("PeerFailed", "x")) };
    const { buy } = meteredBuyer(failing, metrics);
    await expectCode(buy({} as never, quote, 1_000, AbortSignal.abort()), "PeerFailed");
    expect(await metrics.registry.metrics()).not.to.match(/^streamflow_segment_failures_total\{/m);
    await expectCode(buy({} as never, quote, 1_000, new AbortController().signal), "PeerFailed");
    expect(await valueOf(metrics, /^streamflow_segment_failures_total\{.*orchestrator="0xa"/)).to.equal(1);
  });

  it("counts a place of the pool once, however often it is given back", () => {
    const place = { expected: () => 1, transcode: () => Promise.resolve([]), release: () => undefined };
    const pool = new MeteredPool({ capacity: () => 2, reserve: () => place }, undefined);
    const [first] = [pool.reserve(), pool.reserve()];
    expect(pool.busy).to.equal(2);
    first?.release();
    first?.release();
    expect(pool.busy).to.equal(1);
  });
});
