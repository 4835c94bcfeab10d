import { readFileSync } from "node:fs";
import { expect } from "chai";
import hre from "hardhat";
import { BLOCK_TIME } from "../../tasks/bench/downtime/measure.ts";
import { NETWORKS } from "../../tasks/bench/downtime/networks.ts";
import { measureDowntime } from "../../tasks/bench/downtime/run.ts";
import type { Downtime } from "../../tasks/bench/downtime/run.ts";

const RESULTS = new URL("../bench/results/downtime.json", import.meta.url);

describe("The downtime of an alpha's users", () => {
  const kept = JSON.parse(readFileSync(RESULTS, "utf8")) as {
    blockSeconds: number;
    networks: Record<string, Downtime>;
  };

  for (const extent of NETWORKS) {
    it(`is none, with a block for each transaction: ${extent.name}`, async () => {
      const { orchestrators, steps, gaps } = await measureDowntime(hre.network, extent);
      for (const { action, goal, transactions, seconds } of gaps) {
        if (goal === null) expect(seconds, action).to.equal(null);
        else expect(`${transactions} transactions, ${seconds} s`, action).to.equal("0 transactions, 0 s");
      }
      expect(gaps.filter(({ inAlpha }) => inAlpha)).to.have.length.at.least(16);
      expect(steps).to.have.length(2 + Math.ceil(orchestrators / 10));
      expect(kept.networks[extent.name]!.gaps, "npm run bench:downtime").to.deep.equal(gaps);
      // A transaction of 2^24 gas is what a chain takes.
      for (const { transaction, gas } of steps) expect(gas, transaction).to.be.below(2 ** 23);
    });
  }

  it("is measured in the time of Ethereum's blocks", () => {
    expect(kept.blockSeconds).to.equal(BLOCK_TIME);
    expect(Object.keys(kept.networks)).to.deep.equal(NETWORKS.map(({ name }) => name));
  });
});
