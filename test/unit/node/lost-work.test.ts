import { expect } from "chai";
import { LostWork } from "../../../offchain/node/lost-work.ts";
import { expectCode } from "../pm/coded.ts";
import { Clock__Fake } from "../pm/Clock__Fake.ts";
import { RECIPIENT as OTHER, SENDER } from "../pm/world.ts";

const REFUSE_MS = 60_000;

describe("work that was done for nothing", () => {
  let clock: Clock__Fake;
  let lost: LostWork;
  beforeEach(() => {
    clock = new Clock__Fake();
    lost = new LostWork({ most: 3, refuseMs: REFUSE_MS }, { clock });
  });

  it("refuses its sender after so many times, however its address is written, and says until when", async () => {
    for (const losses of [1, 2, 3]) {
      lost.check(SENDER);
      clock.advance(1_000);
      expect(lost.count(losses === 2 ? SENDER.toLowerCase() : SENDER)).to.equal(losses);
    }
    const until = new Date(clock.now() + REFUSE_MS).toISOString();
    for (const written of [SENDER, SENDER.toLowerCase()]) {
      const error = await expectCode(() => lost.check(written), "TooMuchWorkLost");
      expect(error.data).to.deep.equal({ losses: 3, until });
      expect(error.message).to.contain(until);
    }
    lost.check(OTHER);
    clock.advance(REFUSE_MS - 1);
    await expectCode(() => lost.check(SENDER), "TooMuchWorkLost");
    clock.advance(1);
    lost.check(SENDER);
    expect(lost.count(SENDER)).to.equal(1);
  });

  it("forgets what is long ago", () => {
    lost.count(SENDER);
    lost.count(SENDER);
    clock.advance(REFUSE_MS);
    expect(lost.count(SENDER)).to.equal(1);
    lost.check(SENDER);
  });
});
