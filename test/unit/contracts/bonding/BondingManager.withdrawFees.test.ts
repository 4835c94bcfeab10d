import { expect } from "chai";
import { parseEther, ZeroAddress } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import {
  bondAs,
  fundDeposit,
  loadProtocol,
  redeemAs,
  registerAs,
  ticketOf,
  toRound,
} from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";

const STAKE = parseEther("5000");

describe("BondingManager.withdrawFees", function () {
  let p: Protocol;
  let bonding: Protocol["bonding"];

  /** Orchestrator and delegator share 3 : 1 from round 2 on; half of the fees is given away. It is round 2. */
  beforeEach(async function () {
    p = await loadProtocol();
    bonding = p.bonding;
    await fundDeposit(p, parseEther("100"));
    await registerAs(p, p.orchestrator, { selfStake: 3n * STAKE });
    await bondAs(p, p.delegator, STAKE, p.orchestrator);
    await toRound(p, 2n);
  });

  const withdraw = (who: HardhatEthersSigner, ...rounds: number[]) =>
    bonding.connect(who).withdrawFees(p.orchestrator, rounds, who.address);

  it("reverts for the zero address", async function () {
    await expect(bonding.withdrawFees(p.orchestrator, [], ZeroAddress)).to.be.revertedWithCustomError(
      bonding,
      "BondingManagerZeroReceiver",
    );
  });

  it("reverts while a ticket of the round can be redeemed", async function () {
    await redeemAs(p);
    await toRound(p, 4n);
    expect(await bonding.claimableFees(p.delegator, p.orchestrator, 2)).to.equal(0);
    await expect(withdraw(p.delegator, 2))
      .to.be.revertedWithCustomError(p.broker, "TicketBrokerRoundOpen")
      .withArgs(4, 4);
  });

  it("reverts for a second claim, in one call or in two", async function () {
    await redeemAs(p);
    await toRound(p, 5n);
    await expect(withdraw(p.delegator, 2, 2)).to.be.revertedWithCustomError(bonding, "BondingManagerFeesClaimed");
    await withdraw(p.delegator, 2);
    await expect(withdraw(p.delegator, 2))
      .to.be.revertedWithCustomError(bonding, "BondingManagerFeesClaimed")
      .withArgs(p.delegator.address, p.orchestrator.address, 2);
  });

  it("splits the fees of a round by fee share and stake", async function () {
    await redeemAs(p, { faceValue: parseEther("8") });
    await p.bonding.pause();
    await toRound(p, 5n);
    expect(await bonding.claimableFees(p.delegator, p.orchestrator, 2)).to.equal(parseEther("1"));
    expect(await bonding.claimableFees(p.orchestrator, p.orchestrator, 2)).to.equal(parseEther("7"));

    expect(await bonding.connect(p.delegator).withdrawFees.staticCall(p.orchestrator, [2], p.delegator)).to.equal(
      parseEther("1"),
    );
    const first = withdraw(p.delegator, 2);
    await expect(first)
      .to.emit(bonding, "WithdrawFees")
      .withArgs(p.delegator.address, p.orchestrator.address, 2, p.delegator.address, parseEther("1"))
      .and.to.emit(p.broker, "FeesPulled")
      .withArgs(p.orchestrator.address, 2, parseEther("8"));
    await expect(first).to.changeEtherBalances(
      p.ethers,
      [p.delegator, bonding, p.broker],
      [parseEther("1"), parseEther("7"), parseEther("-8")],
    );
    expect(await bonding.claimableFees(p.delegator, p.orchestrator, 2)).to.equal(0);
    expect(await bonding.claimableFees(p.orchestrator, p.orchestrator, 2)).to.equal(parseEther("7"));

    const second = bonding.connect(p.orchestrator).withdrawFees(p.orchestrator, [2], p.stranger);
    await expect(second).not.to.emit(p.broker, "FeesPulled");
    await expect(second).to.changeEtherBalances(p.ethers, [p.stranger, bonding], [parseEther("7"), parseEther("-7")]);
    expect(await p.ethers.provider.getBalance(bonding)).to.equal(0);
  });

  it("S3: pays a delegator that left before the redemption, and not who came since", async function () {
    const signed = await ticketOf(p, { faceValue: parseEther("8") });
    await bonding.connect(p.delegator).unbond(STAKE);
    await bondAs(p, p.stranger, 100n * STAKE, p.orchestrator);
    await toRound(p, 3n);
    await p.broker.connect(p.orchestrator).redeem(signed.ticket, signed.signature, signed.recipientRand);
    await toRound(p, 5n);
    await expect(withdraw(p.stranger, 2)).to.changeEtherBalance(p.ethers, p.stranger, 0);
    await expect(withdraw(p.delegator, 2)).to.changeEtherBalance(p.ethers, p.delegator, parseEther("1"));
    await expect(withdraw(p.orchestrator, 2)).to.changeEtherBalance(p.ethers, p.orchestrator, parseEther("7"));
  });

  it("S2: gives stake that was bonded after a round began none of that round, and all its part of the next", async function () {
    await bondAs(p, p.stranger, 4n * STAKE, p.orchestrator);
    await redeemAs(p, { faceValue: parseEther("8"), commitmentIndex: 0n });
    await toRound(p, 3n);
    await redeemAs(p, { faceValue: parseEther("8"), commitmentIndex: 1n });
    await toRound(p, 6n);
    await expect(withdraw(p.stranger, 2)).to.changeEtherBalance(p.ethers, p.stranger, 0);
    await expect(withdraw(p.stranger, 3)).to.changeEtherBalance(p.ethers, p.stranger, parseEther("2"));
    await expect(withdraw(p.delegator, 2, 3)).to.changeEtherBalance(p.ethers, p.delegator, parseEther("1.5"));
    await expect(withdraw(p.orchestrator, 2, 3)).to.changeEtherBalance(p.ethers, p.orchestrator, parseEther("12.5"));
  });

  it("S2: gives stake that hops within a round nothing extra", async function () {
    const [second] = p.others;
    await registerAs(p, second!, { selfStake: STAKE });
    await bonding.connect(p.delegator).unbond(STAKE);
    await bondAs(p, p.delegator, STAKE, second!);
    await redeemAs(p, { faceValue: parseEther("8"), recipient: second!.address });
    await toRound(p, 5n);
    expect(await bonding.claimableFees(p.delegator, second!, 2)).to.equal(0);
    expect(await bonding.claimableFees(second!, second!, 2)).to.equal(parseEther("8"));
  });

  it("gives everything to an orchestrator without stake in the round, registered or not", async function () {
    await redeemAs(p, { faceValue: parseEther("3"), creationRound: 1n });
    await redeemAs(p, { faceValue: parseEther("2"), recipient: p.stranger.address });
    await toRound(p, 5n);
    await expect(withdraw(p.delegator, 1)).to.changeEtherBalance(p.ethers, p.delegator, 0);
    await expect(withdraw(p.orchestrator, 1)).to.changeEtherBalance(p.ethers, p.orchestrator, parseEther("3"));
    await expect(bonding.connect(p.stranger).withdrawFees(p.stranger, [2], p.stranger)).to.changeEtherBalance(
      p.ethers,
      p.stranger,
      parseEther("2"),
    );
  });

  it("S7: rounds down, never pays out more than came in, and leaves less than a wei for each delegator", async function () {
    await bondAs(p, p.stranger, 1n, p.orchestrator);
    await bondAs(p, p.others[0]!, STAKE / 3n, p.orchestrator);
    await toRound(p, 3n);
    for (const [index, faceValue] of [1n, 7n, 999_999_999_999_999_989n].entries()) {
      await redeemAs(p, { faceValue, commitmentIndex: BigInt(index) });
    }
    const fees = await p.broker.feesOf(p.orchestrator, 3);
    await toRound(p, 6n);
    for (const who of [p.stranger, p.others[0]!, p.orchestrator, p.delegator]) await withdraw(who, 3);
    const left = await p.ethers.provider.getBalance(bonding);
    expect(fees).to.equal(999_999_999_999_999_997n);
    expect(left).to.be.lessThan(4);
  });

  it("pays nothing for a round without fees, and does not open it again", async function () {
    await toRound(p, 5n);
    await expect(withdraw(p.delegator, 2)).to.changeEtherBalance(p.ethers, p.delegator, 0);
    await expect(withdraw(p.orchestrator, 2)).not.to.emit(p.broker, "FeesPulled");
  });

  it("takes ETH from the TicketBroker alone", async function () {
    let refused = false;
    await p.stranger.sendTransaction({ to: await bonding.getAddress(), value: 1 }).catch(() => (refused = true));
    expect(refused).to.equal(true);
  });
});
