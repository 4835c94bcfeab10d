import { expect } from "chai";
import { network } from "hardhat";
import { measure, type Measured, type Part } from "../../tasks/bench/pipeline/measure.ts";
import { drawTable } from "../../tasks/bench/gas/table.ts";
import {
  PIPELINE_HEAD,
  pipelineRows,
  type Stamped,
  type Summary,
  summarize,
} from "../../tasks/bench/pipeline/report.ts";
import type { Sizes } from "../../tasks/bench/pipeline/sizes.ts";
import { startChain } from "../../tasks/devnet/chain.ts";

const FEW: Sizes = {
  ...{ rounds: 1, warmUp: { rounds: 0, batches: 0 }, size: "426x240", seconds: 6, undisturbed: 1, switches: 1 },
  ...{ hedged: 8, sessions: 5, sold: 10, quoting: 10, seed: 1 },
};
const RAN_ON = { cpu: "any", cores: 2, node: process.version, load: 0 };

describe("hardhat bench pipeline", () => {
  let summary: Summary;

  before(async () => {
    const modules = { startChain: () => startChain(network), say: () => undefined };
    const some = (...parts: Part[]) => measure(new Set(parts), FEW, modules);
    // At the same time: this is no measurement, and much of it is waiting.
    const found = await Promise.all([some("throughput", "live"), some("hedging", "overhead", "quotes")]);
    const measured = Object.assign({}, ...found) as Measured;
    summary = summarize(
      Object.fromEntries(
        Object.entries(measured).map(([part, result]) => [part, { ...result, ranOn: RAN_ON }]),
      ) as unknown as Stamped,
    );
  });

  it("gives a figure for each goal, none of which is absurd", () => {
    const within = (name: keyof Summary, least: number, most: number) =>
      expect(summary[name], name).to.be.a("number").within(least, most);
    // The path does all that bare ffmpeg does, on a machine that may be busy.
    within("wallRatio", 0.5, 50);
    within("cpuRatio", 0.9, 20);
    within("liveLatencySeconds", 0.01, 30);
    within("switchSeconds", -30, 30);
    within("hedgedP99Ratio", 0.01, 20);
    within("quote1000ColdSeconds", 0.001, 30);
    within("quote1000WarmMs", 0.01, 5_000);
    within("overheadCpuMsP50", 0.1, 500);
  });

  it("says how each came about", () => {
    const { throughput, live, hedging, overhead, quotes } = summary;
    const { total, broadcaster, orchestrators, transcoders, bare } = throughput.cpuSeconds;
    for (const seconds of [broadcaster, orchestrators, transcoders, bare]) expect(seconds).to.be.above(0);
    expect(broadcaster + orchestrators + transcoders).to.be.within(total - 0.03, total + 0.03);
    expect(throughput.rounds).to.have.length(FEW.rounds);
    expect(live.segmentSeconds).to.equal(2);
    expect(hedging.unhedged.tickets).to.equal(FEW.hedged);
    expect(overhead).to.include({ sessions: FEW.sessions, segments: FEW.sold });
    expect(overhead.withHashing.p50Ms).to.be.above(overhead.hashingP50Ms);
    expect(quotes.orchestrators).to.equal(FEW.quoting);
  });

  it("draws a table that a terminal can hold", () => {
    const lines = drawTable(PIPELINE_HEAD, pipelineRows(summary)).split("\n");
    expect(lines.filter((line) => /reached|missed/.test(line))).to.have.length(6);
    for (const line of lines) expect(line.length, line).to.be.at.most(130);
  });
});
