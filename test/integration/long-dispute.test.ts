import { expect } from "chai";
import { network } from "hardhat";
import { depthOf } from "../../offchain/verification/game/player.ts";
import { playBoth } from "../../tasks/bench/dispute/play.ts";
import { GOAL } from "../../tasks/bench/dispute/result.ts";

/** {1} At least. The last list of a game about so many is the challenger's: then each way to end a game comes once. */
const STEPS = 400_000;

describe("a dispute over a long run", () => {
  it("V1: is won by who is right, by processes that play it alone, and in little memory", async () => {
    const { steps, challenger, defender } = await playBoth(network, {
      ...{ steps: STEPS, width: 64, height: 64, pollMs: 50 },
      signal: AbortSignal.timeout(500_000),
      say: () => undefined,
    });
    expect(steps).to.be.at.least(STEPS);
    const lists = depthOf(BigInt(steps));
    expect(lists % 2).to.equal(1);
    expect(challenger).to.include({ lists, end: "timeout" });
    expect(defender).to.include({ lists, end: "proof" });
    for (const { memoryMb, cpuSeconds } of [challenger, defender].flatMap((played) => [
      played.challenger,
      played.defender,
    ])) {
      expect(memoryMb).to.be.within(1, GOAL.memoryMb);
      expect(cpuSeconds).to.be.above(0);
    }
  });
});
