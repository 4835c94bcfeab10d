import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { parseEther } from "ethers";
import { network } from "hardhat";
import { startChain } from "../../tasks/devnet/chain.ts";
import type { CheatName } from "../../tasks/demo/fault/cheat.ts";
import { delegatorsLoss, renderFaultReport } from "../../tasks/demo/fault/report.ts";
import { runFault } from "../../tasks/demo/fault/run.ts";
import { LONG } from "../properties/effort.ts";

/** What is found. Each takes most of a minute, so the suite has the first. */
const CHEATS: readonly (readonly [CheatName, string])[] = [
  ["frames", "PictureMissing"],
  ["size", "PictureSize"],
];

describe("npx hardhat demo fault", function () {
  let out: string;
  beforeEach(async () => {
    out = await mkdtemp(join(tmpdir(), "demo-fault-"));
  });
  afterEach(() => rm(out, { recursive: true, force: true }));

  for (const [cheat, code] of CHEATS.slice(0, LONG ? CHEATS.length : 1)) {
    it(`V1, V2: slashes the ${cheat} cheat by what nodes do by themselves, and takes the bond of who accuses honest work`, async () => {
      const lines: string[] = [];
      const report = await runFault(
        { out: join(out, "demo"), seconds: 4, cheat, signal: AbortSignal.timeout(500_000) },
        { startChain: () => startChain(network), say: (text) => void lines.push(text) },
      );
      const { guilty, innocent, failures } = report;
      expect(failures).to.deep.equal([]);
      expect(guilty.finding).to.contain(code);
      expect(guilty.lists).to.equal(Number(guilty.claim.depth));
      const { before, after } = guilty;
      expect(after.delegatedStake).to.be.below(before.delegatedStake);
      // 5 % of it; a round's rewards may have come in between.
      expect(delegatorsLoss(guilty)).to.be.within(after.delegatedStake / 21n, after.delegatedStake / 19n + 1_000n);
      expect(guilty.bounty).to.be.above(parseEther("250"));
      expect(innocent.loss).to.equal(0n);
      expect(innocent.after.broadcasterEth).to.be.below(innocent.before.broadcasterEth - innocent.claim.bond);
      expect(innocent.after.ownStake).to.be.at.least(innocent.before.ownStake);
      expect(lines.join("\n")).to.contain("proof");
      expect(renderFaultReport(report, false)).to.contain("slashed");
    });
  }
});
