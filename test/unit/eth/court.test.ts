import { expect } from "chai";
import type { Chain } from "../../../offchain/eth/chain.ts";
import { CourtAdapter } from "../../../offchain/eth/court.ts";
import type { SentCallRows } from "../../../offchain/eth/interface.ts";

describe("CourtAdapter", () => {
  it("asks once for what only a vote changes, and again when that was in vain", async () => {
    const answers = [new Error("away"), { openingWindow: 600n, clock: 100n }];
    const parameters = async () => {
      const answer = answers.shift();
      if (answer === undefined) throw new Error("asked again");
      if (answer instanceof Error) throw answer;
      return answer;
    };
    const chain = { disputes: { parameters } } as unknown as Chain;
    const court = new CourtAdapter({ chain, rows: {} as SentCallRows });
    expect(await court.windows().catch(({ message }: Error) => message)).to.equal("away");
    for (let looks = 0; looks < 2; looks += 1)
      expect(await court.windows()).to.deep.equal({ opening: 600, clock: 100 });
  });
});
