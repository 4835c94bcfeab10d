import { expect } from "chai";
import { parseEther } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { SCHEMAS } from "../../../../offchain/config/schema.ts";
import { DEFAULT_LADDER, fitLadder, outputPixels } from "../../../../offchain/media/ladder.ts";
import { feeForPixels } from "../../../../offchain/pm/price.ts";
import {
  accuse,
  bondOf,
  caseOf,
  challengeWith,
  type Court,
  endOf,
  evidenceOf,
  openCourt,
  Outcome,
  passClock,
  playOut,
  programOf,
} from "../../../fixtures/disputes.ts";
import { bondAs, passRounds, registerAs } from "../../../fixtures/protocol.ts";
import { expectNear, wealthOf } from "../../../fixtures/staking.ts";

/** {1} Steps of the runs: three lists, and a proof of the defender. */
const STEPS = 300;
/** {1} Challenges of one orchestrator that can be open at a time: the last one's bond is doubled 64 times. */
const MOST_AT_ONCE = 65;

describe("DisputeGame, economics", () => {
  describe("accusations", function () {
    let innocent: Court;
    before(async () => {
      innocent = await openCourt(caseOf(programOf(STEPS, 1)));
    });

    it("V4: as many at once as there can be at all leave the defender whole", async function () {
      const { disputes, bonding, orchestrator, broadcaster, ethers, networkHelpers } = innocent;
      const base = await disputes.bondFor(0);
      // More ETH than there is.
      await networkHelpers.setBalance(broadcaster.address, base << 66n);
      const { provider } = ethers;
      const [before, stake] = [await provider.getBalance(orchestrator), await bonding.getOrchestrator(orchestrator)];
      const accusations = [];
      for (let i = 0; i < MOST_AT_ONCE; i += 1) {
        expect(await bondOf(innocent)).to.equal(base << BigInt(i));
        accusations.push(await accuse(innocent, 200n, i));
      }
      await expect(disputes.bondFor(MOST_AT_ONCE))
        .to.be.revertedWithCustomError(disputes, "DisputeGameOutOfBounds")
        .withArgs(MOST_AT_ONCE, 0, MOST_AT_ONCE - 1);
      for (const { opened, run } of accusations) {
        await playOut(innocent, opened, orchestrator, { challenger: run, defender: innocent.trace }, "defender");
        expect(await disputes.outcomeOf(opened.id)).to.equal(Outcome.Refuted);
      }
      expect(await provider.getBalance(orchestrator)).to.be.greaterThan(before - parseEther("0.03"));
      expect(await provider.getBalance(disputes)).to.equal(0n);
      expect((await bonding.getOrchestrator(orchestrator)).totalStake).to.equal(stake.totalStake);
    });
  });

  describe("faults", function () {
    let guilty: Court;
    let restore: () => Promise<void>;
    before(async () => {
      const court = await openCourt(caseOf(programOf(STEPS, 2)));
      // No more of its own than it needs.
      const [orchestrator, other] = court.others as [HardhatEthersSigner, HardhatEthersSigner];
      guilty = { ...court, orchestrator };
      await registerAs(guilty, orchestrator, { selfStake: court.parameters.bonding.minimumSelfStake });
      await bondAs(guilty, guilty.delegator, court.parameters.bonding.minimumStake, orchestrator);
      await registerAs(guilty, other, { selfStake: parseEther("10000") });
      await passRounds(guilty, 3n);
      const snapshot = await guilty.networkHelpers.takeSnapshot();
      restore = () => snapshot.restore();
    });
    beforeEach(() => restore());

    /** {wei LPT} What an account loses by a fault, when it does something before the challenge, or while it is open. */
    async function lossOf(who: HardhatEthersSigner, acts: Partial<Record<"before" | "after", () => Promise<unknown>>>) {
      await restore();
      const evidence = await evidenceOf(guilty);
      const wealth = await wealthOf(guilty, who);
      await acts.before?.();
      const opened = await challengeWith(guilty, endOf(guilty.trace), { evidence });
      await acts.after?.();
      await passClock(guilty);
      await guilty.disputes.settle(opened.id, opened.claim);
      // Who leaves has the rewards of the round at once, who stays when it is over.
      await passRounds(guilty, 1n);
      return wealth - (await wealthOf(guilty, who));
    }

    it("V2, S5: an exit that is timed against a fault gains nothing", async function () {
      const { bonding, orchestrator, delegator, others } = guilty;
      const unbond = (who: HardhatEthersSigner) => async () =>
        bonding.connect(who).unbond((await bonding.getDelegator(who)).stake);
      for (const who of [orchestrator, delegator]) {
        const staying = await lossOf(who, {});
        for (const when of ["before", "after"] as const) {
          expectNear(await lossOf(who, { [when]: unbond(who) }), staying, 10n);
        }
      }
      // Nor does it work elsewhere before it is known whether it has to pay.
      await restore();
      await unbond(delegator)();
      await expect(bonding.connect(delegator).rebond(0, others[1]!)).to.be.revertedWithCustomError(
        bonding,
        "BondingManagerStillLiable",
      );
    });

    it("V2: cheating pays less than honest work, at the default price, checks and stakes", async function () {
      // Each broadcaster judges each segment, so it pays for none that is faulty after the first.
      const broadcasters = 10_000n;
      const { weiPerMillionPixels } = SCHEMAS.orchestrator.shape.price.parse(undefined);
      const renditions = fitLadder(DEFAULT_LADDER, { width: 1280, height: 720 });
      const fee = feeForPixels({ numerator: weiPerMillionPixels, denominator: 1n }, outputPixels(renditions, 60));
      const gain = broadcasters * fee;
      const loss = await lossOf(guilty.orchestrator, {});
      // {wei ETH} What an LPT must be worth for the least own stake to outweigh all of that: less than 0.0001 ETH.
      expect((gain * 10n ** 18n) / loss).to.be.lessThan(10n ** 14n);
      const { active } = await guilty.bonding.getOrchestrator(guilty.orchestrator);
      expect(active, "and it is out of work").to.equal(false);
    });
  });
});
