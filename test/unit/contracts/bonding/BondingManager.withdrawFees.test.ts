import { expect } from "chai";
import { MaxUint256, parseEther, ZeroAddress } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import {
  bondAs,
  fundDeposit,
  passRounds,
  redeemAs,
  redemptionOf,
  ticketOf,
  toRound,
} from "../../../fixtures/protocol.ts";
import { CPU } from "../../../fixtures/registry.ts";
import {
  changesBy,
  expectNear,
  FIRST,
  inTwin,
  loadStage,
  LPT,
  ONE,
  passWindow,
  punish,
  STAKE,
  stakeOf,
} from "../../../fixtures/staking.ts";
import type { Stage } from "../../../fixtures/staking.ts";

const FEES = parseEther("8");
/** {round} Of the test parameters: so much later no ticket can be redeemed any more. */
const CLOSED = 3n;
/** {wei ETH} The delegator's half of the half that is shared; a sum for each unit is rounded down. */
const PART = (STAKE * (((FEES / 2n) << 128n) / (2n * STAKE))) >> 128n;

describe("BondingManager.withdrawFees", function () {
  let p: Stage;
  let bonding: Stage["bonding"];

  beforeEach(async function () {
    p = await loadStage();
    bonding = p.bonding;
    await fundDeposit(p, parseEther("100"));
  });

  const withdraw = (who: HardhatEthersSigner, before: bigint = MaxUint256) =>
    bonding.connect(who).withdrawFees(who.address, before);
  const claimable = (who: HardhatEthersSigner) => bonding.claimableFees(who);
  /** Everything that has come in by `round`, of both orchestrators. */
  const pullBy = async (round: bigint) => {
    await toRound(p, round);
    for (const who of [p.orchestrator, p.rival]) await bonding.pullFees(who, MaxUint256);
  };

  it("reverts for the zero address", async function () {
    await expect(bonding.withdrawFees(ZeroAddress, 0)).to.be.revertedWithCustomError(
      bonding,
      "BondingManagerZeroReceiver",
    );
  });

  it("reverts for a receiver that takes no ETH, and keeps the claim", async function () {
    await redeemAs(p, { faceValue: FEES });
    await pullBy(FIRST + CLOSED);
    await expect(bonding.connect(p.delegator).withdrawFees(p.token, MaxUint256)).to.revert(p.ethers);
    expect(await claimable(p.delegator)).to.equal(PART);
  });

  it("pays a delegator its part, wherever it wants, even when paused", async function () {
    await redeemAs(p, { faceValue: FEES });
    await bonding.pause();
    await pullBy(FIRST + CLOSED);
    expect(await claimable(p.delegator)).to.equal(PART);
    const delegator = bonding.connect(p.delegator);
    expect(await delegator.withdrawFees.staticCall(p.stranger, MaxUint256)).to.equal(PART);
    const changes = await changesBy(p, async () => {
      const withdrawn = await delegator.withdrawFees(p.stranger, MaxUint256);
      await expect(withdrawn)
        .to.emit(bonding, "FeesWithdrawn")
        .withArgs(p.delegator.address, p.stranger.address, PART, FIRST + 1n)
        .and.to.emit(p.broker, "FeesPaid")
        .withArgs(p.stranger.address, PART);
      await expect(withdrawn).to.changeEtherBalances(p.ethers, [p.stranger, p.broker, bonding], [PART, -PART, 0]);
    });
    expect(changes).to.deep.equal({ "delegator.claimedBefore": FIRST + 1n });
    expect(await claimable(p.delegator)).to.equal(0);
  });

  it("pays an orchestrator what it keeps and the part of its stake", async function () {
    await redeemAs(p, { faceValue: FEES });
    await pullBy(FIRST + CLOSED);
    expect(await claimable(p.orchestrator)).to.equal(FEES / 2n + PART);
    const changes = await changesBy(
      p,
      () => expect(withdraw(p.orchestrator)).to.changeEtherBalance(p.ethers, p.orchestrator, FEES / 2n + PART),
      { delegator: p.orchestrator },
    );
    expect(changes).to.deep.equal({ "orchestrator.keptFees": 0n, "delegator.claimedBefore": FIRST + 1n });
  });

  it("pays nothing twice, and nothing to who has nothing to claim", async function () {
    await redeemAs(p, { faceValue: FEES });
    await pullBy(FIRST + CLOSED);
    for (const who of [p.delegator, p.orchestrator]) await withdraw(who);
    for (const who of [p.delegator, p.orchestrator, p.stranger, p.rival]) {
      const again = await withdraw(who);
      await expect(again).to.emit(bonding, "FeesWithdrawn");
      await expect(again).not.to.emit(p.broker, "FeesPaid");
      await expect(again).to.changeEtherBalance(p.ethers, who, 0);
    }
  });

  it("pays up to the round that it is told, and the rest later", async function () {
    await redeemAs(p, { faceValue: FEES, commitmentIndex: 0n });
    await toRound(p, FIRST + 1n);
    await redeemAs(p, { faceValue: FEES, commitmentIndex: 1n });
    await pullBy(FIRST + 1n + CLOSED);
    const all = await claimable(p.delegator);
    for (const before of [0n, FIRST, FIRST]) {
      await expect(withdraw(p.delegator, before)).to.changeEtherBalance(p.ethers, p.delegator, 0);
    }
    await expect(withdraw(p.delegator, FIRST + 1n)).to.changeEtherBalance(p.ethers, p.delegator, PART);
    expect((await bonding.getDelegator(p.delegator)).claimedBefore).to.equal(FIRST + 1n);
    await expect(withdraw(p.delegator, FIRST)).to.changeEtherBalance(p.ethers, p.delegator, 0);
    const rest = await claimable(p.delegator);
    expectNear(rest, all - PART, 1n);
    await expect(withdraw(p.delegator)).to.changeEtherBalance(p.ethers, p.delegator, rest);
    expect((await bonding.getDelegator(p.delegator)).claimedBefore).to.equal(FIRST + 2n);
  });

  it("pays who has moved up to the first round whose fees have not come in, of either orchestrator", async function () {
    await redeemAs(p, { faceValue: FEES });
    await bonding.connect(p.delegator).unbond(STAKE);
    await bondAs(p, p.delegator, STAKE, p.rival);
    await toRound(p, FIRST + 1n);
    await redeemAs(p, { faceValue: FEES, recipient: p.rival.address });
    await toRound(p, FIRST + 1n + CLOSED);
    await bonding.pullFees(p.rival, MaxUint256);
    expect(await claimable(p.delegator)).to.equal(0);
    await withdraw(p.delegator);
    await bonding.pullFees(p.orchestrator, MaxUint256);
    const both = await claimable(p.delegator);
    // Beside the first orchestrator it had a half, beside the rival, which has earned in the meantime, a little less.
    expect(both).to.be.within(PART + (PART * 9n) / 10n, 2n * PART);
    await expect(withdraw(p.delegator)).to.changeEtherBalance(p.ethers, p.delegator, both);
  });

  it("pays who has left and come back behind another for both times", async function () {
    await redeemAs(p, { faceValue: FEES });
    await bonding.connect(p.delegator).unbond(STAKE);
    await toRound(p, FIRST + 3n);
    await bondAs(p, p.delegator, STAKE, p.rival);
    await toRound(p, FIRST + 4n);
    await redeemAs(p, { faceValue: FEES, recipient: p.rival.address });
    await pullBy(FIRST + 4n + CLOSED);
    const { claimedBefore } = await bonding.getDelegator(p.delegator);
    expect(claimedBefore).to.equal(0);
    const both = await claimable(p.delegator);
    expect(both).to.be.within(PART + (PART * 2n) / 3n, 2n * PART);
    await inTwin(p, async () => {
      for (const before of [FIRST + 1n, FIRST + 2n, FIRST + 4n]) {
        const paid = before === FIRST + 1n ? PART : 0n;
        await expect(withdraw(p.delegator, before)).to.changeEtherBalance(p.ethers, p.delegator, paid);
        expect((await bonding.getDelegator(p.delegator)).claimedBefore).to.equal(before);
      }
      await expect(withdraw(p.delegator)).to.changeEtherBalance(p.ethers, p.delegator, both - PART);
    });
    await expect(withdraw(p.delegator)).to.changeEtherBalance(p.ethers, p.delegator, both);
    expect((await bonding.getDelegator(p.delegator)).claimedBefore).to.equal(FIRST + 5n);
  });

  it("pays a stretch of rounds in one call, as many as there are", async function () {
    for (let round = 0n; round < 12n; round++) {
      await redeemAs(p, { faceValue: FEES / 8n, commitmentIndex: round });
      if (round % 3n === 1n) await bondAs(p, p.delegator, LPT, p.orchestrator);
      await passRounds(p, 1n);
    }
    await pullBy(FIRST + 12n + CLOSED);
    const sum = (await claimable(p.delegator)) + (await claimable(p.orchestrator));
    expectNear(sum, (12n * FEES) / 8n, 24n);
    await expect(withdraw(p.delegator)).to.changeEtherBalance(p.ethers, p.delegator, await claimable(p.delegator));
  });

  it("S2: fees of a round are none of who bonded in it, and by its part of who was there", async function () {
    await bondAs(p, p.stranger, 2n * STAKE, p.orchestrator);
    await redeemAs(p, { faceValue: FEES, commitmentIndex: 0n });
    await inTwin(p, async () => {
      await pullBy(FIRST + CLOSED);
      expect(await claimable(p.stranger)).to.equal(0);
      expect(await claimable(p.delegator)).to.equal(PART);
    });
    await toRound(p, FIRST + 1n);
    const worth = (await bonding.getDelegator(p.stranger)).stake;
    const { totalStake, commission } = await bonding.getOrchestrator(p.orchestrator);
    await redeemAs(p, { faceValue: FEES, commitmentIndex: 1n });
    await pullBy(FIRST + 1n + CLOSED);
    expectNear(await claimable(p.stranger), ((FEES / 2n) * worth) / (totalStake - commission), 10n);
  });

  it("S3: fees go to who was there when the ticket was made, though it left before the redemption", async function () {
    const signed = await ticketOf(p, { faceValue: FEES });
    await bonding.connect(p.delegator).unbond(STAKE);
    await bondAs(p, p.stranger, 100n * STAKE, p.orchestrator);
    await toRound(p, FIRST + 2n);
    await p.broker.connect(p.orchestrator).redeem(...redemptionOf(signed));
    await pullBy(FIRST + CLOSED);
    await expect(withdraw(p.stranger)).to.changeEtherBalance(p.ethers, p.stranger, 0);
    await expect(withdraw(p.delegator)).to.changeEtherBalance(p.ethers, p.delegator, PART);
    await expect(withdraw(p.orchestrator)).to.changeEtherBalance(p.ethers, p.orchestrator, FEES / 2n + PART);
  });

  it("S3: fees stay with who has withdrawn its stake long ago", async function () {
    await redeemAs(p, { faceValue: FEES });
    await bonding.connect(p.delegator).unbond(STAKE);
    await toRound(p, FIRST + 14n);
    await bonding.connect(p.delegator).withdrawStake(0);
    await bonding.pullFees(p.orchestrator, MaxUint256);
    await expect(withdraw(p.delegator)).to.changeEtherBalance(p.ethers, p.delegator, PART);
  });

  it("S5: fees of rounds after a slash go by what is left, with the stake that it spared", async function () {
    await passWindow(p);
    await bondAs(p, p.stranger, STAKE, p.orchestrator);
    await toRound(p, FIRST + 1n);
    await redeemAs(p, { faceValue: FEES, commitmentIndex: 0n });
    await punish(p, { fault: FIRST, fraction: ONE / 2n });
    await toRound(p, FIRST + 2n);
    await redeemAs(p, { faceValue: FEES, commitmentIndex: 1n });
    const [old, spared] = await Promise.all([p.delegator, p.stranger].map((who) => bonding.getDelegator(who)));
    const { totalStake, commission } = await bonding.getOrchestrator(p.orchestrator);
    expectNear(spared!.stake / 10n ** 18n, (old!.stake * 2n) / 10n ** 18n, STAKE / 4n / 10n ** 18n);

    await toRound(p, FIRST + 2n + CLOSED);
    await bonding.pullFees(p.orchestrator, 1);
    const first = await claimable(p.stranger);
    await bonding.pullFees(p.orchestrator, 1);
    const second = (await claimable(p.stranger)) - first;
    // As it was when each round began: about a third, then about a half.
    expect(first).to.be.within(FEES / 2n / 4n, FEES / 2n / 3n);
    expectNear(second, ((FEES / 2n) * spared!.stake) / (totalStake - commission), 1_000_000n);
  });

  it("S5: fees of one claim go by what there was before a slash and after it, for both generations that it spared", async function () {
    const [older, younger] = [p.others[1]!, p.stranger];
    await passWindow(p);
    await bondAs(p, older, STAKE, p.orchestrator);
    await toRound(p, FIRST + 1n);
    await bondAs(p, younger, STAKE, p.orchestrator);
    await p.module.openDispute(CPU, p.orchestrator, FIRST);
    await toRound(p, FIRST + 2n);
    await redeemAs(p, { faceValue: FEES, commitmentIndex: 0n });
    await p.module.slash(CPU, p.orchestrator, FIRST, ONE / 2n, p.rival);
    await p.module.closeDispute(CPU, p.orchestrator, FIRST);
    await toRound(p, FIRST + 3n);
    await redeemAs(p, { faceValue: FEES, commitmentIndex: 1n });
    const { totalStake, commission } = await bonding.getOrchestrator(p.orchestrator);
    const stakes = await Promise.all([older, younger].map((who) => stakeOf(p, who)));

    await pullBy(FIRST + 3n + CLOSED);
    for (const [index, who] of [older, younger].entries()) {
      const before = await bonding.connect(who).withdrawFees.staticCall(who, FIRST + 3n);
      const after = (await claimable(who)) - before;
      // As it was when each round began: about a fourth, then about a third.
      expectNear(before, FEES / 2n / 4n, FEES / 50n);
      expectNear(after, ((FEES / 2n) * stakes[index]!) / (totalStake - commission), 1_000_000n);
    }
  });

  it("S7: fees are rounded down: no more is paid than came in, and less than a wei stays for each claim", async function () {
    await bondAs(p, p.stranger, LPT / 100n, p.orchestrator);
    await bondAs(p, p.others[1]!, STAKE / 3n, p.orchestrator);
    await toRound(p, FIRST + 1n);
    for (const [index, faceValue] of [1n, 7n, 999_999_999_999_999_989n].entries()) {
      await redeemAs(p, { faceValue, commitmentIndex: BigInt(index) });
    }
    const deposit = (await p.ethers.provider.getBalance(p.broker)) - 999_999_999_999_999_997n;
    await pullBy(FIRST + 1n + CLOSED);
    for (const who of [p.stranger, p.others[1]!, p.orchestrator, p.delegator]) await withdraw(who);
    const left = (await p.ethers.provider.getBalance(p.broker)) - deposit;
    expect(left).to.be.within(0n, 4n);
  });
});
