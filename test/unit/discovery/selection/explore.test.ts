import { expect } from "chai";
import fc from "fast-check";
import { drawNewcomer, NEWCOMER } from "../../../../offchain/discovery/selection/explore.ts";
import { seededRandom } from "../../../../offchain/discovery/selection/random.ts";
import { anyCandidates, candidate } from "./candidates.ts";

const DRAWS = 2_000;

describe("exploration", () => {
  const known = candidate("0x9");
  const newcomers = [1, 2, 3].map((n) => candidate(`0x${n}`, { experience: 0 }));

  it("is for its share of the draws, and for newcomers alone, each as often as the others", () => {
    const random = seededRandom(7);
    const counts = new Map<string, number>();
    for (let i = 0; i < DRAWS; i++) {
      const drawn = drawNewcomer(() => [known, ...newcomers], { share: 0.1, random });
      if (drawn !== null) counts.set(drawn.orchestrator, (counts.get(drawn.orchestrator) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).to.deep.equal(["0x1", "0x2", "0x3"]);
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    // Five standard deviations of a binomial draw.
    expect(total).to.be.within(0.1 * DRAWS - 67, 0.1 * DRAWS + 67);
    for (const count of counts.values()) expect(count).to.be.within(total / 3 - 34, total / 3 + 34);
  });

  it("never chooses who has history, and does not depend on the order of its input", () => {
    fc.assert(
      fc.property(
        anyCandidates.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        fc.integer(),
        ([candidates, shuffled], seed) => {
          const draw = (from: typeof candidates) => drawNewcomer(() => from, { share: 1, random: seededRandom(seed) });
          const drawn = draw(candidates);
          expect(draw(shuffled)).to.equal(drawn);
          if (drawn === null) expect(candidates.every(({ experience }) => experience >= NEWCOMER)).to.equal(true);
          else expect(drawn.experience).to.be.below(NEWCOMER);
        },
      ),
    );
  });

  it("does not even look when it is switched off, or not drawn", () => {
    const look = () => {
      throw new Error("looked");
    };
    expect(drawNewcomer(look, { share: 0, random: seededRandom(1) })).to.equal(null);
    expect(drawNewcomer(look, { share: 0.5, random: () => 0.5 })).to.equal(null);
  });

  it("repeats itself with the same seed", () => {
    const sequence = (seed: number) => Array.from({ length: 5 }, seededRandom(seed));
    expect(sequence(3)).to.deep.equal(sequence(3));
    expect(sequence(3)).not.to.deep.equal(sequence(4));
  });
});
