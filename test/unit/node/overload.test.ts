import { expect } from "chai";
import { Load } from "../../../offchain/node/load.ts";
import { Patience } from "../../../offchain/node/patience.ts";
import { RetryBudget } from "../../../offchain/node/retry-budget.ts";
import { SaleAdmission } from "../../../offchain/node/sale-admission.ts";
import type { StreamflowError } from "../../../offchain/errors.ts";

describe("a retry budget", () => {
  it("N3: is a tenth of what is delivered, and twenty saved up at most", () => {
    const budget = new RetryBudget();
    const spendAll = () => {
      let spent = 0;
      while (budget.spend()) spent++;
      return spent;
    };
    expect(spendAll()).to.equal(20);
    for (let delivered = 0; delivered < 30; delivered++) budget.earn();
    expect(spendAll()).to.equal(3);
    for (let delivered = 0; delivered < 1_000; delivered++) budget.earn();
    expect(spendAll()).to.equal(20);
  });

  it("takes back what was not used", () => {
    const budget = new RetryBudget();
    expect(budget.spend()).to.equal(true);
    budget.giveBack();
    expect(budget.saved).to.equal(20);
    budget.giveBack();
    expect(budget.saved).to.equal(20);
  });
});

describe("the patience of a stream", () => {
  it("halves with each segment that is shed, down to a quarter of a second, and doubles with each that is served", () => {
    const patience = new Patience();
    const after = (act: "shed" | "served", times: number) => {
      for (let i = 0; i < times; i++) patience[act]();
      return patience.ms(4_000);
    };
    expect([patience.ms(4_000), after("shed", 1), after("shed", 1), after("served", 1)]).to.deep.equal([
      ...[4_000, 2_000, 1_000, 2_000],
    ]);
    expect(after("shed", 100)).to.equal(250);
    expect(after("served", 6)).to.equal(4_000);
  });

  it("never exceeds what is of use", () => {
    const patience = new Patience();
    for (let i = 0; i < 10; i++) patience.shed();
    expect(patience.ms(100)).to.equal(100);
  });
});

describe("the load of a gateway", () => {
  it("knows what a segment needs by those before it, and never says more than half of its time", () => {
    const load = new Load();
    expect(load.neededMs(2_000, 8_000)).to.equal(0);
    load.delivered(0.5);
    expect(load.neededMs(2_000, 8_000)).to.equal(1_000);
    for (let i = 0; i < 100; i++) load.delivered(20);
    expect(load.neededMs(2_000, 8_000)).to.equal(4_000);
  });

  it("ranks streams as they come", () => {
    const load = new Load();
    expect([load.nextRank(), load.nextRank(), load.nextRank()]).to.deep.equal([0, 1, 2]);
  });
});

describe("the admission of a sale", () => {
  const codeOf = (act: () => unknown) => {
    try {
      act();
      return null;
    } catch (error) {
      return (error as StreamflowError).code;
    }
  };

  it("refuses what cannot be done in the time that is left, with what comes after transcoding", () => {
    const admission = new SaleAdmission();
    admission.enter(500, 1_000);
    expect(codeOf(() => admission.enter(900, 1_000))).to.equal(null);
    for (let i = 0; i < 100; i++) admission.observe(200);
    expect(codeOf(() => admission.enter(900, 1_000))).to.equal("Overloaded");
    expect(codeOf(() => admission.enter(700, 1_000))).to.equal(null);
  });

  it("lets anything in while nothing else is under way: it would never learn that it is quick again", () => {
    const admission = new SaleAdmission();
    const leave = admission.enter(60_000, 1_000);
    expect(codeOf(() => admission.enter(60_000, 1_000))).to.equal("Overloaded");
    leave();
    expect(codeOf(() => admission.enter(60_000, 1_000))).to.equal(null);
  });

  it("refuses what has no time left, and what nobody is there for", () => {
    const admission = new SaleAdmission();
    expect(codeOf(() => admission.enter(1, 0))).to.equal("Overloaded");
    admission.enter(1, 1_000);
    expect(codeOf(() => admission.enter(Infinity, 1_000))).to.equal("Overloaded");
  });
});
