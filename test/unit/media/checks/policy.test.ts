import { expect } from "chai";
import { type Circumstances, NEWCOMER, NEWCOMER_FACTOR, planChecks } from "../../../../offchain/media/checks/policy.ts";
import { Repeats } from "../../../../offchain/media/checks/repeats.ts";
import { seededRandom } from "../../../../offchain/discovery/selection/random.ts";

const SHARES = { gray: 0.05, exact: 0.002 };
const ENCODERS = ["auditable", "auditable", "fast"] as const;
const KNOWN: Circumstances = { encoders: ENCODERS, experience: NEWCOMER, repeated: null, isSuspect: false };

/** Draws these numbers, one after the other. */
function draws(...numbers: number[]): () => number {
  return () => numbers.shift() ?? expect.fail("nothing else is drawn");
}

describe("which pictures are looked at", () => {
  it("is drawn: the rendition, and whether it is encoded again, compared, or left alone", () => {
    const plan = (...numbers: number[]) => planChecks(KNOWN, SHARES, draws(...numbers));
    expect(plan(0.99, 0.0019)).to.deep.equal({ rendition: 2, gray: false, exact: true, isRequired: false });
    expect(plan(0, 0.002)).to.deep.equal({ rendition: 0, gray: true, exact: false, isRequired: false });
    expect(plan(0.5, 0.0519)).to.deep.equal({ rendition: 1, gray: true, exact: false, isRequired: false });
    expect(plan(0.5, 0.0521)).to.equal(null);
  });

  it("is more of a newcomer's, and encoded again where bits can be a fault", () => {
    const newcomer = { ...KNOWN, experience: NEWCOMER - 1 };
    const last = NEWCOMER_FACTOR * (SHARES.gray + SHARES.exact);
    const plan = (...numbers: number[]) => planChecks(newcomer, SHARES, draws(...numbers));
    expect(plan(0, last - 1e-9)).to.include({ rendition: 0, gray: false, exact: true, isRequired: false });
    expect(plan(0.99, last - 1e-9)).to.include({ rendition: 2, gray: true, exact: false });
    expect(plan(0.99, NEWCOMER_FACTOR * SHARES.exact - 1e-9)).to.include({ gray: false, exact: true });
    expect(plan(0, last)).to.equal(null);
  });

  it("keeps to the shares, of every rendition alike", () => {
    const draw = seededRandom(4);
    const gray = [0, 0, 0];
    for (let i = 0; i < 60_000; i++) {
      const plan = planChecks(KNOWN, SHARES, draw);
      if (plan?.gray === true) gray[plan.rendition]!++;
    }
    for (const count of gray) expect(count).to.be.within(900, 1_100);
  });

  it("is the one that was delivered before, and any of who is suspect, whatever is drawn", () => {
    const none = { gray: 0, exact: 0 };
    expect(planChecks({ ...KNOWN, repeated: 1 }, none, draws(0, 0.9))).to.deep.equal({
      ...{ rendition: 1, gray: true, exact: false, isRequired: true },
    });
    expect(planChecks({ ...KNOWN, isSuspect: true }, none, draws(0.4, 0.9))).to.deep.equal({
      ...{ rendition: 1, gray: false, exact: true, isRequired: true },
    });
    expect(planChecks(KNOWN, none, draws(0, 0))).to.equal(null);
    expect(planChecks({ ...KNOWN, encoders: [], isSuspect: true }, { gray: 1, exact: 1 }, draws())).to.equal(null);
  });

  it("takes coding for repeated that another segment with another source had, and no still picture", () => {
    const repeats = new Repeats();
    repeats.add("coding", { sequence: 4, source: "source" });
    expect(repeats.isRepeated("coding", { sequence: 5, source: "another source" })).to.equal(true);
    // The same segment, from two orchestrators, and a still one.
    expect(repeats.isRepeated("coding", { sequence: 4, source: "another source" })).to.equal(false);
    expect(repeats.isRepeated("coding", { sequence: 5, source: "source" })).to.equal(false);
    expect(repeats.isRepeated("another coding", { sequence: 5, source: "another source" })).to.equal(false);
  });
});
