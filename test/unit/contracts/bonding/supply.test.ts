import { expect } from "chai";
import { MaxUint256, parseEther } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import {
  bondAs,
  deployProtocol,
  fundDeposit,
  redeemAs,
  registerAs,
  TEST_PARAMETERS,
  toRound,
} from "../../../fixtures/protocol.ts";
import {
  afterSlash,
  approveModule,
  expectNear,
  LPT,
  ONE,
  passWindow,
  punish,
  stakeOf,
  wealthOf,
} from "../../../fixtures/staking.ts";
import type { Stage } from "../../../fixtures/staking.ts";

/** {wei LPT} All there is at first: a little less than 2^91, so that what is minted stays below 2^92. */
const SUPPLY = 2_475_000_000n * LPT;
const OWN = 1_000_000_000n * LPT;
const DELEGATED = 1_200_000_000n * LPT;
/** {wei LPT} What a price of 2^91 wei for as many units may round, in a few steps. */
const DUST = 20n;

describe("BondingManager with the largest supply", function () {
  let p: Stage;
  let bonding: Stage["bonding"];
  let round: bigint;

  /** Nearly all of it is behind one orchestrator, and active since the round that has just begun. */
  beforeEach(async function () {
    const token = { genesis: [{ account: "deployer" as const, amount: String(SUPPLY / LPT) }] };
    const protocol = await deployProtocol(undefined, { ...TEST_PARAMETERS, token });
    const module = await approveModule(protocol);
    p = { ...protocol, module, rival: protocol.others[0]! };
    bonding = p.bonding;
    await fundDeposit(p, parseEther("100"));
    await registerAs(p, p.orchestrator, { selfStake: OWN });
    await registerAs(p, p.rival, { selfStake: 10_000n * LPT });
    await bondAs(p, p.delegator, DELEGATED, p.orchestrator);
    round = (await p.rounds.currentRound()) + 1n;
    await toRound(p, round);
  });

  const wealth = (...whose: HardhatEthersSigner[]) => Promise.all(whose.map((who) => wealthOf(p, who)));

  it("is below 2^91 wei, and grows above it", async function () {
    expect(SUPPLY).to.be.lessThan(2n ** 91n);
    await toRound(p, round + 100n);
    await bonding.reward(p.orchestrator);
    expect(await p.token.totalSupply()).to.be.within(2n ** 91n, 2n ** 92n);
  });

  it("lets stake grow, leave, come again, move and be withdrawn", async function () {
    const delegator = bonding.connect(p.delegator);
    await bonding.connect(p.orchestrator).setCommission(ONE / 2n, ONE);
    await toRound(p, round + 60n);
    const { totalStake, commission } = await bonding.getOrchestrator(p.orchestrator);
    expect(commission).to.be.greaterThan(1_000n * LPT);
    expectNear((await stakeOf(p, p.delegator)) + (await stakeOf(p, p.orchestrator)), totalStake - commission, DUST);

    await passWindow(p);
    await delegator.unbond(DELEGATED / 2n);
    await delegator.unbond(await stakeOf(p, p.delegator));
    await bonding.connect(p.orchestrator).unbondCommission(commission);
    const before = await wealthOf(p, p.delegator);
    await toRound(p, round + 62n);
    await delegator.rebond(0, p.rival);
    await toRound(p, round + 63n);
    await bonding.reward(p.rival);
    expectNear(await wealthOf(p, p.delegator), before, DUST);
    await toRound(p, round + 74n);
    const { amount } = await bonding.getUnbondingLock(p.delegator, 1);
    await expect(delegator.withdrawStake(1)).to.changeTokenBalances(p.ethers, p.token, [p.delegator], [amount]);
    await p.token.connect(p.delegator).approve(bonding, amount);
    await delegator.bond(amount, p.rival);
    expectNear((await bonding.getDelegator(p.delegator)).waiting, amount, DUST);
    await delegator.unbond((await bonding.getDelegator(p.delegator)).waiting);
    expect(await p.token.balanceOf(p.delegator)).to.be.within(amount - DUST, amount);
  });

  it("lets it be slashed by the most, again and again, old and young, and what it spared be whole", async function () {
    await passWindow(p);
    await bondAs(p, p.stranger, 200_000_000n * LPT, p.orchestrator);
    await bonding.connect(p.delegator).unbond(DELEGATED / 3n);
    await toRound(p, round + 1n);
    const before = await wealth(p.orchestrator, p.delegator, p.stranger);
    const { loss, bounty } = await punish(p, { fault: round, fraction: ONE / 2n, challenger: p.others[1]! });
    const after = await wealth(p.orchestrator, p.delegator, p.stranger);
    expectNear(after[0]!, afterSlash(before[0]!, ONE / 2n), DUST);
    expectNear(after[1]!, afterSlash(before[1]!, ONE / 2n), DUST);
    expectNear(after[2]!, before[2]!, DUST);
    expectNear(loss, (before[0]! + before[1]!) / 2n, DUST);
    expectNear(bounty, before[0]! / 4n, DUST);

    for (let fault = round + 1n; fault < round + 6n; fault++) {
      if (fault > round + 1n) await toRound(p, fault);
      await punish(p, { fault, fraction: ONE / 2n, challenger: p.others[1]! });
    }
    // Half for each fault; the commission of the last round before the jail is all that comes in.
    expectNear(await stakeOf(p, p.stranger), before[2]! / 2n ** 5n, before[2]! / 2n ** 5n / 100n);
    await bondAs(p, p.orchestrator, LPT, p.orchestrator);
    await toRound(p, round + 6n);
    await bonding.connect(p.stranger).unbond(await stakeOf(p, p.stranger));
    await toRound(p, round + 12n);
    await bonding.connect(p.orchestrator).unjail();
    await toRound(p, round + 20n);
    await bonding.connect(p.stranger).withdrawStake(0);
    expect(await wealthOf(p, p.orchestrator)).to.be.greaterThan(OWN / 2n ** 6n);
  });

  it("divides fees to the wei", async function () {
    await redeemAs(p, { faceValue: parseEther("8") });
    await toRound(p, round + 3n);
    await bonding.pullFees(p.orchestrator, MaxUint256);
    const claims = [await bonding.claimableFees(p.orchestrator), await bonding.claimableFees(p.delegator)];
    expectNear(claims[0]! + claims[1]!, parseEther("8"), 2n);
    expectNear(claims[1]!, (parseEther("4") * DELEGATED) / (OWN + DELEGATED), 2n);
    for (const [i, who] of [p.orchestrator, p.delegator].entries()) {
      await expect(bonding.connect(who).withdrawFees(who, MaxUint256)).to.changeEtherBalance(p.ethers, who, claims[i]!);
    }
  });

  it("votes with all of it", async function () {
    await toRound(p, round + 1n);
    expect(await bonding.getPastVotes(p.orchestrator, round)).to.equal(OWN + DELEGATED);
    expect(await bonding.getPastTotalSupply(round)).to.equal(OWN + DELEGATED + 10_000n * LPT);
    expect(await bonding.getPastBalanceOf(p.delegator, round)).to.equal(DELEGATED);
  });
});
