import { expect } from "chai";
import fc from "fast-check";
import { PARTS, type Policy, type Weights } from "../../../../offchain/discovery/selection/interface.ts";
import { cheapest, fastest, weighted } from "../../../../offchain/discovery/selection/policies.ts";
import { expectClose } from "../../../fixtures/close.ts";
import { anyCandidates, candidate } from "./candidates.ts";

const EVEN: Weights = { price: 1, latency: 1, stake: 1, history: 1, region: 1 };
const POLICIES: readonly (readonly [string, Policy])[] = [
  ["cheapest", cheapest],
  ["fastest", fastest],
  ["weighted", weighted({ price: 0.35, latency: 0.25, stake: 0.05, history: 0.3, region: 0.05 })],
];

const order = (policy: Policy, ...candidates: Parameters<Policy>[0]) =>
  policy(candidates).map(({ candidate: { orchestrator } }) => orchestrator);

describe("selection policies", () => {
  for (const [name, policy] of POLICIES) {
    describe(name, () => {
      it("gives each candidate once, with parts that add up to a score in [0, 1], best first and own ones before", () => {
        fc.assert(
          fc.property(anyCandidates, (candidates) => {
            const scored = policy(candidates);
            expect(scored.map((one) => one.candidate)).to.have.members(candidates);
            scored.forEach(({ score, parts, candidate: { own } }, i) => {
              expectClose(
                PARTS.reduce((sum, part) => sum + parts[part], 0),
                score,
                1e-12,
              );
              expect(score).to.be.within(0, 1 + 1e-12);
              for (const part of PARTS) expect(parts[part]).to.be.at.least(0);
              const next = scored[i + 1];
              if (next === undefined) return;
              if (own === next.candidate.own) expect(score).to.be.at.least(next.score);
              else expect(own).to.equal(true);
            });
          }),
        );
      });

      it("does not depend on the order of its input", () => {
        fc.assert(
          fc.property(
            anyCandidates.chain((all) =>
              fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
            ),
            ([candidates, shuffled]) => {
              expect(policy(shuffled)).to.deep.equal(policy(candidates));
            },
          ),
        );
      });
    });
  }

  it("cheapest takes the lowest price, whatever else", () => {
    fc.assert(
      fc.property(anyCandidates, (candidates) => {
        const best = cheapest(candidates.map((one) => ({ ...one, own: false })))[0];
        if (best !== undefined)
          expect(best.candidate.price).to.equal(Math.min(...candidates.map(({ price }) => price)));
      }),
    );
  });

  it("fastest takes the lowest pace, and who has none after those of the fastest half", () => {
    const unknown = candidate("0x3", { pace: null, responseMs: 1 });
    expect(order(fastest, unknown, candidate("0x1", { pace: 0.9 }), candidate("0x2", { pace: 0.6 }))).to.deep.equal([
      "0x2",
      "0x1",
      "0x3",
    ]);
    const slow = candidate("0x4", { pace: 3 });
    expect(order(fastest, slow, unknown, candidate("0x2", { pace: 0.6 }))).to.deep.equal(["0x2", "0x3", "0x4"]);
  });

  it("fastest goes by response times as long as nobody has delivered", () => {
    const [quick, slow] = [1, 2].map((n) => candidate(`0x${n}`, { pace: null, responseMs: 10 * n }));
    expect(order(fastest, slow!, quick!)).to.deep.equal(["0x1", "0x2"]);
  });

  it("weighted prefers what is better in one part and equal in the others", () => {
    const policy = weighted(EVEN);
    for (const better of [{ price: 99 }, { pace: 0.4 }, { stake: 1_001 }, { goodShare: 0.91 }, { distanceKm: 900 }])
      expect(
        order(policy, candidate("0x1", { distanceKm: 1_000 }), candidate("0x2", { distanceKm: 1_000, ...better })),
      ).to.deep.equal(["0x2", "0x1"]);
  });

  it("weighted is about what it weighs: a part of weight 0 changes nothing", () => {
    const policy = weighted({ ...EVEN, price: 0 });
    const [first, second] = policy([candidate("0x1", { price: 1 }), candidate("0x2", { price: 1e9 })]);
    expect(first?.score).to.equal(second?.score);
    expect(first?.parts.price).to.equal(0);
    expect(() => weighted({ price: 0, latency: 0, stake: 0, history: 0, region: 0 })).to.throw(RangeError);
  });

  it("counts a region by its distance: one half at 1,000 km, and for who works anywhere", () => {
    const policy = weighted({ price: 0, latency: 0, stake: 0, history: 0, region: 1 });
    const near = (distanceKm: number | null) => policy([candidate("0x1", { distanceKm })])[0]!.score;
    expect([near(0), near(1_000), near(3_000), near(null)]).to.deep.equal([1, 0.5, 0.25, 0.5]);
  });
});
