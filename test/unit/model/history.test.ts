import { expect } from "chai";
import { History } from "../../../sim/model/staking/history.ts";

describe("history", () => {
  it("finds what was so in a round and what came next, and keeps one entry for a round", () => {
    const history = new History<{ from: bigint; what: string }>();
    for (const [from, what] of [
      [3n, "a"],
      [5n, "b"],
      [5n, "c"],
      [9n, "d"],
    ] as const)
      history.put({ from, what });
    expect(history.all().map(({ what }) => what)).to.deep.equal(["a", "c", "d"]);
    const at = [2n, 3n, 4n, 5n, 8n, 9n, 99n].map((round) => history.at(round)?.what);
    expect(at).to.deep.equal([undefined, "a", "a", "c", "c", "d", "d"]);
    const after = [2n, 3n, 5n, 8n, 9n].map((round) => history.after(round)?.what);
    expect(after).to.deep.equal(["a", "c", "d", "d", undefined]);
  });
});
