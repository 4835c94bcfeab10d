import { expect } from "chai";
import { MaxUint256, parseEther } from "ethers";
import { fundDeposit, redeemAs, toRound } from "../../../fixtures/protocol.ts";
import { changesBy, FIRST, loadStage } from "../../../fixtures/staking.ts";
import type { Stage } from "../../../fixtures/staking.ts";

const FEES = parseEther("8");
/** {round} Of the test parameters: so much later no ticket can be redeemed any more. */
const CLOSED = 3n;

describe("BondingManager.pullFees", function () {
  let p: Stage;
  let bonding: Stage["bonding"];

  beforeEach(async function () {
    p = await loadStage();
    bonding = p.bonding.connect(p.stranger);
    await fundDeposit(p, parseEther("100"));
  });

  it("reverts for who is not registered", async function () {
    await expect(bonding.pullFees(p.delegator, 1))
      .to.be.revertedWithCustomError(bonding, "BondingManagerNotRegistered")
      .withArgs(p.delegator.address);
  });

  it("takes nothing while a ticket of the round can be redeemed", async function () {
    await redeemAs(p, { faceValue: FEES });
    await toRound(p, FIRST + CLOSED - 1n);
    expect(await bonding.pullFees.staticCall(p.orchestrator, 9)).to.equal(0);
    expect(await changesBy(p, () => bonding.pullFees(p.orchestrator, 9))).to.deep.equal({
      "orchestrator.feesBefore": FIRST,
    });
    expect(await bonding.claimableFees(p.orchestrator)).to.equal(0);
  });

  it("divides the fees of a round between its stake and the orchestrator, even when paused", async function () {
    await redeemAs(p, { faceValue: FEES });
    await p.bonding.pause();
    await toRound(p, FIRST + CLOSED);
    const pull = () => bonding.pullFees(p.orchestrator, 1);
    expect(await bonding.pullFees.staticCall(p.orchestrator, 1)).to.equal(1);
    const changes = await changesBy(p, async () => {
      const pulled = await pull();
      await expect(pulled)
        .to.emit(bonding, "FeesAdded")
        .withArgs(p.orchestrator.address, FIRST, FEES, FEES / 2n)
        .and.to.emit(p.broker, "FeesPulled")
        .withArgs(p.orchestrator.address, FIRST, FEES);
      await expect(pulled).to.changeEtherBalances(p.ethers, [bonding, p.broker], [0, 0]);
    });
    expect(changes).to.deep.equal({ "orchestrator.keptFees": FEES / 2n, "orchestrator.feesBefore": FIRST + 1n });
  });

  it("takes the oldest rounds first, as many as it is told, and tells how many there were", async function () {
    for (const ahead of [0n, 1n, 3n]) {
      await toRound(p, FIRST + ahead + 1n);
      await redeemAs(p, { faceValue: FEES, commitmentIndex: ahead, creationRound: FIRST + ahead });
    }
    await toRound(p, FIRST + 3n + CLOSED);
    const feesBefore = async () => (await bonding.getOrchestrator(p.orchestrator)).feesBefore;
    await expect(bonding.pullFees(p.orchestrator, 0)).not.to.emit(bonding, "FeesAdded");
    await bonding.pullFees(p.orchestrator, 1);
    expect(await feesBefore()).to.equal(FIRST + 1n);
    expect(await bonding.pullFees.staticCall(p.orchestrator, 1)).to.equal(1);
    expect(await bonding.pullFees.staticCall(p.orchestrator, MaxUint256)).to.equal(2);
    await bonding.pullFees(p.orchestrator, MaxUint256);
    expect(await feesBefore()).to.equal(FIRST + 4n);
    expect((await bonding.getOrchestrator(p.orchestrator)).keptFees).to.equal((3n * FEES) / 2n);
    expect(await bonding.pullFees.staticCall(p.orchestrator, 1)).to.equal(0);
  });

  it("keeps orchestrators apart", async function () {
    await redeemAs(p, { faceValue: FEES });
    await toRound(p, FIRST + CLOSED);
    await bonding.pullFees(p.rival, 9);
    expect((await bonding.getOrchestrator(p.rival)).keptFees).to.equal(0);
    await bonding.pullFees(p.orchestrator, 9);
    expect((await bonding.getOrchestrator(p.orchestrator)).keptFees).to.equal(FEES / 2n);
  });

  it("gives all of a round without stake to the orchestrator, of one before its registration, too", async function () {
    await redeemAs(p, { faceValue: FEES, creationRound: FIRST - 1n });
    await redeemAs(p, { faceValue: FEES, recipient: p.stranger.address });
    await toRound(p, FIRST + CLOSED);
    await bonding.register(0, 10n ** 18n, 0);
    for (const [who, round] of [
      [p.orchestrator, FIRST - 1n],
      [p.stranger, FIRST],
    ] as const) {
      await expect(bonding.pullFees(who, 9)).to.emit(bonding, "FeesAdded").withArgs(who.address, round, FEES, 0);
      expect((await bonding.getOrchestrator(who)).keptFees).to.equal(FEES);
    }
  });

  it("brings a pool that nobody has touched since to the round first", async function () {
    await redeemAs(p, { faceValue: FEES });
    await toRound(p, FIRST + 20n);
    await expect(bonding.pullFees(p.orchestrator, 9))
      .to.emit(bonding, "Rewarded")
      .and.to.emit(bonding, "FeesAdded")
      .withArgs(p.orchestrator.address, FIRST, FEES, FEES / 2n);
  });
});
