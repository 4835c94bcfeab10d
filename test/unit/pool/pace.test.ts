import { expect } from "chai";
import { Pace } from "../../../offchain/pool/pace.ts";

describe("the pace of a transcoder", () => {
  it("is what it measured: alone, beside others, and between", () => {
    const pace = new Pace(3, { single: 100, full: 150 });
    // Each of two has half of 125 pixels a second, each of three a third of 150.
    expect([0, 1, 2].map((others) => pace.expected(100, others))).to.deep.equal([1_000, 1_600, 2_000]);
    expect(new Pace(1, { single: 100, full: 100 }).expected(50, 0)).to.equal(500);
  });

  it("follows what really happens", () => {
    const pace = new Pace(1, { single: 1_000, full: 1_000 });
    for (let i = 0; i < 30; i++) pace.observe(1_000, 0, 50_000);
    expect(pace.expected(1_000, 0)).to.be.within(49_000, 51_000);
    for (let i = 0; i < 30; i++) pace.observe(1_000, 0, 500);
    expect(pace.expected(1_000, 0)).to.be.within(490, 510);
  });

  it("is not thrown off by one segment that hung", () => {
    const pace = new Pace(1, { single: 1_000, full: 1_000 });
    pace.observe(1_000, 0, 60_000);
    expect(pace.expected(1_000, 0)).to.be.at.most(2_000);
  });

  it("is that of its first segment when nothing was measured", () => {
    const pace = new Pace(2, null);
    pace.observe(1_000, 0, 20_000);
    expect(pace.expected(1_000, 0)).to.equal(20_000);
    expect(pace.expected(1_000, 1)).to.equal(40_000);
  });
});
