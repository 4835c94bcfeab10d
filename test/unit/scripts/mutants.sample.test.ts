import { expect } from "chai";
import type { OperatorName } from "../../../scripts/mutants/operators.ts";
import { orderFairly } from "../../../scripts/mutants/sample.ts";

interface Candidate {
  operator: OperatorName;
  contract: string;
  function: string;
  n: number;
}

/** Many of one kind in one contract, few of the others. */
const CANDIDATES: Candidate[] = [
  ...times(60, "comparison", "Big"),
  ...times(20, "sign", "Big"),
  ...times(10, "sign", "Small"),
  ...times(10, "bound", "Small"),
  ...times(2, "check", "Big"),
];

function times(count: number, operator: OperatorName, contract: string): Candidate[] {
  return Array.from({ length: count }, (_, n) => ({ operator, contract, function: `f${n % 5}`, n }));
}

const counts = (chosen: readonly Candidate[], key: (candidate: Candidate) => string): Record<string, number> =>
  Object.fromEntries(
    [...new Set(chosen.map(key))].sort().map((name) => [name, chosen.filter((one) => key(one) === name).length]),
  );

describe("mutants: sampling", function () {
  it("is the same for the same seed, and another for another", function () {
    expect(orderFairly(CANDIDATES, 1)).to.deep.equal(orderFairly(CANDIDATES, 1));
    expect(orderFairly(CANDIDATES, 1)).to.not.deep.equal(orderFairly(CANDIDATES, 2));
  });

  it("has every candidate once", function () {
    const ordered = orderFairly(CANDIDATES, 1);
    expect(ordered).to.have.lengthOf(CANDIDATES.length);
    expect(CANDIDATES.every((candidate) => ordered.includes(candidate))).to.equal(true);
    expect(orderFairly([], 1)).to.deep.equal([]);
  });

  it("gives every operator its turn, whatever its candidates", function () {
    for (const seed of [1, 2, 3]) {
      const chosen = orderFairly(CANDIDATES, seed).slice(0, 20);
      expect(counts(chosen, ({ operator }) => operator)).to.deep.equal({ bound: 6, check: 2, comparison: 6, sign: 6 });
    }
  });

  it("balances contracts, and functions within them, as far as an operator has the choice", function () {
    const chosen = orderFairly(CANDIDATES, 1).slice(0, 20);
    expect(counts(chosen, ({ contract }) => contract)).to.deep.equal({ Big: 10, Small: 10 });
    const inBig = chosen.filter(({ contract }) => contract === "Big");
    expect(counts(inBig, (one) => one.function)).to.deep.equal({ f0: 2, f1: 2, f2: 2, f3: 2, f4: 2 });
  });
});
