import { expect } from "chai";
import { ZeroAddress, ZeroHash } from "ethers";
import { bondAs, toRound } from "../../../fixtures/protocol.ts";
import { CPU } from "../../../fixtures/registry.ts";
import {
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

describe("BondingManager votes", function () {
  let p: Stage;
  let bonding: Stage["bonding"];

  beforeEach(async function () {
    p = await loadStage();
    bonding = p.bonding;
  });

  it("revert for a round that has not begun or is running", async function () {
    for (const round of [FIRST, FIRST + 1n]) {
      for (const ask of [
        () => bonding.getPastVotes(p.orchestrator, round),
        () => bonding.getPastTotalSupply(round),
        () => bonding.getPastDelegate(p.delegator, round),
        () => bonding.getPastBalanceOf(p.delegator, round),
      ]) {
        await expect(ask()).to.be.revertedWithCustomError(bonding, "BondingManagerFutureLookup").withArgs(round, FIRST);
      }
    }
  });

  it("revert when somebody delegates them apart from the stake", async function () {
    await expect(bonding.delegate(p.stranger)).to.be.revertedWithCustomError(bonding, "BondingManagerVotesFollowStake");
    await expect(bonding.delegateBySig(p.stranger, 0, 0, 27, ZeroHash, ZeroHash)).to.be.revertedWithCustomError(
      bonding,
      "BondingManagerVotesFollowStake",
    );
  });

  it("count time in rounds", async function () {
    expect(await bonding.clock()).to.equal(FIRST);
    expect(await bonding.CLOCK_MODE()).to.equal("mode=livepeer_round");
  });

  it("are an orchestrator's, with all stake behind it, and nobody else's", async function () {
    expect(await bonding.getVotes(p.orchestrator)).to.equal(2n * STAKE);
    expect(await bonding.getVotes(p.rival)).to.equal(STAKE);
    for (const who of [p.delegator, p.stranger]) expect(await bonding.getVotes(who)).to.equal(0);
    expect(await bonding.delegates(p.delegator)).to.equal(p.orchestrator.address);
    expect(await bonding.delegates(p.orchestrator)).to.equal(p.orchestrator.address);
    expect(await bonding.delegates(p.stranger)).to.equal(ZeroAddress);
  });

  it("begin in the round in which stake is active", async function () {
    await bondAs(p, p.stranger, STAKE, p.rival);
    expect(await bonding.getVotes(p.rival)).to.equal(STAKE);
    await toRound(p, FIRST + 2n);
    expect(await bonding.getPastVotes(p.rival, FIRST - 1n)).to.equal(0);
    expect(await bonding.getPastTotalSupply(FIRST - 1n)).to.equal(0);
    expect(await bonding.getPastVotes(p.rival, FIRST)).to.equal(STAKE);
    expect(await bonding.getPastTotalSupply(FIRST)).to.equal(3n * STAKE);
    expect(await bonding.getPastVotes(p.rival, FIRST + 1n)).to.be.greaterThan(2n * STAKE);
    expect(await bonding.getPastDelegate(p.stranger, FIRST)).to.equal(ZeroAddress);
    expect(await bonding.getPastDelegate(p.stranger, FIRST + 1n)).to.equal(p.rival.address);
    expect(await bonding.getPastBalanceOf(p.stranger, FIRST)).to.equal(0);
    expectNear(await bonding.getPastBalanceOf(p.stranger, FIRST + 1n), STAKE, 2n);
  });

  it("are none of a round before the first one, and of rounds in which nobody earned", async function () {
    for (const who of [p.orchestrator, p.rival, p.delegator]) await bonding.connect(who).unbond(STAKE);
    await toRound(p, FIRST + 3n);
    for (const round of [0n, 1n, FIRST - 1n, FIRST + 1n, FIRST + 2n]) {
      const votes = [
        await bonding.getPastVotes(p.orchestrator, round),
        await bonding.getPastBalanceOf(p.delegator, round),
        await bonding.getPastTotalSupply(round),
      ];
      expect(votes, `round ${round}`).to.deep.equal([0n, 0n, 0n]);
    }
    expect(await bonding.getPastDelegate(p.delegator, 0)).to.equal(ZeroAddress);
    expect(await bonding.getPastTotalSupply(FIRST)).to.equal(3n * STAKE);
  });

  it("of a pool that nobody has touched since nothing changed are those of one that somebody did", async function () {
    await bonding.reward(p.rival);
    await toRound(p, FIRST + 1n);
    const eager = await inTwin(p, async () => {
      await bonding.reward(p.rival);
      return bonding.getVotes(p.rival);
    });
    expect(eager).to.be.greaterThan(STAKE);
    expect(await bonding.getVotes(p.rival)).to.equal(eager);
    await toRound(p, FIRST + 2n);
    expect(await bonding.getPastVotes(p.rival, FIRST + 1n)).to.equal(eager);
  });

  it("divide into those of the delegators and the orchestrator's own; a commission that was not bonded has none", async function () {
    await toRound(p, FIRST + 4n);
    await bonding.reward(p.orchestrator);
    const { totalStake, selfStake, commission } = await bonding.getOrchestrator(p.orchestrator);
    const { stake } = await bonding.getDelegator(p.delegator);
    const rival = (await bonding.getOrchestrator(p.rival)).totalStake;
    expect(commission).to.be.greaterThan(0);
    await toRound(p, FIRST + 5n);
    expect(await bonding.getPastVotes(p.orchestrator, FIRST + 4n)).to.equal(totalStake - commission);
    expect(await bonding.getPastBalanceOf(p.orchestrator, FIRST + 4n)).to.equal(selfStake - commission);
    expect(await bonding.getPastBalanceOf(p.delegator, FIRST + 4n)).to.equal(stake);
    expectNear(selfStake + stake, totalStake, 2n);
    expectNear(totalStake + rival, await bonding.getPastTotalSupply(FIRST + 4n), 20n);
  });

  it("of a round in which nobody acted are those of the last beginning before it, and never change", async function () {
    await bonding.reward(p.rival);
    await toRound(p, FIRST + 10n);
    const ask = async (round: bigint) => [
      await bonding.getPastVotes(p.orchestrator, round),
      await bonding.getPastBalanceOf(p.delegator, round),
      await bonding.getPastTotalSupply(round),
      await bonding.getPastDelegate(p.delegator, round),
    ];
    const rounds = Array.from({ length: 10 }, (_, i) => FIRST + BigInt(i));
    const before = await Promise.all(rounds.map(ask));
    expect(before[0]).to.deep.equal([2n * STAKE, STAKE, 3n * STAKE, p.orchestrator.address]);
    expect(before[1]![0]).to.be.greaterThan(2n * STAKE);
    for (const later of before.slice(2)) expect(later).to.deep.equal(before[1]);
    await bonding.connect(p.delegator).unbond(LPT);
    await bonding.reward(p.rival);
    await toRound(p, FIRST + 12n);
    await bonding.connect(p.orchestrator).unbond(LPT);
    expect(await Promise.all(rounds.map(ask))).to.deep.equal(before);
  });

  it("move with who moves, from the next round on", async function () {
    await passWindow(p);
    await bonding.connect(p.delegator).unbond(STAKE);
    await bondAs(p, p.delegator, STAKE, p.rival);
    await toRound(p, FIRST + 2n);
    const delegates = [FIRST, FIRST + 1n].map((round) => bonding.getPastDelegate(p.delegator, round));
    expect(await Promise.all(delegates)).to.deep.equal([p.orchestrator.address, p.rival.address]);
    expect(await bonding.getPastBalanceOf(p.delegator, FIRST)).to.equal(STAKE);
    expectNear(await bonding.getPastBalanceOf(p.delegator, FIRST + 1n), STAKE, 2n);
    expect(await bonding.getPastVotes(p.orchestrator, FIRST + 1n)).to.be.lessThan(2n * STAKE);
  });

  it("end with the stake of who takes everything, and stands behind nobody", async function () {
    await bonding.connect(p.delegator).unbond(STAKE);
    await toRound(p, FIRST + 2n);
    const balances = [FIRST, FIRST + 1n].map((round) => bonding.getPastBalanceOf(p.delegator, round));
    expect(await Promise.all(balances)).to.deep.equal([STAKE, 0n]);
    expect(await bonding.getPastDelegate(p.delegator, FIRST + 1n)).to.equal(ZeroAddress);
  });

  it("of who has old and young stake, of two rounds, are those of all of it", async function () {
    await passWindow(p);
    await bondAs(p, p.delegator, STAKE / 2n, p.orchestrator);
    await toRound(p, FIRST + 1n);
    await bondAs(p, p.delegator, STAKE / 4n, p.orchestrator);
    await p.module.openDispute(CPU, p.orchestrator, FIRST);
    await toRound(p, FIRST + 2n);
    // With both generations still young: a position that has neither of its own round.
    await bonding.connect(p.delegator).unbond(LPT);
    await toRound(p, FIRST + 3n);
    await bonding.reward(p.orchestrator);
    const stake = await stakeOf(p, p.delegator);
    await toRound(p, FIRST + 4n);
    expectNear(await bonding.getPastBalanceOf(p.delegator, FIRST + 3n), stake, 2n);
  });

  it("end with the round in which an orchestrator is slashed, whose own votes stay", async function () {
    await punish(p, { fault: FIRST });
    expect(await bonding.getVotes(p.orchestrator)).to.be.at.most(2n * STAKE);
    await toRound(p, FIRST + 2n);
    expect(await bonding.getPastVotes(p.orchestrator, FIRST)).to.equal(2n * STAKE);
    expect(await bonding.getPastBalanceOf(p.delegator, FIRST)).to.equal(STAKE);
    expect(await bonding.getPastVotes(p.orchestrator, FIRST + 1n)).to.equal(0);
    expect(await bonding.getPastBalanceOf(p.delegator, FIRST + 1n)).to.equal(0);
    expect(await bonding.getVotes(p.orchestrator)).to.equal(0);
    await inTwin(p, async () => {
      await bonding.reward(p.rival);
      await toRound(p, FIRST + 3n);
      const { commission } = await bonding.getOrchestrator(p.rival);
      const votes = await bonding.getPastVotes(p.rival, FIRST + 2n);
      expect(await bonding.getPastTotalSupply(FIRST + 2n)).to.be.within(votes, votes + commission);
    });
  });

  it("of stake that a slash spared are by what it is worth", async function () {
    await bondAs(p, p.stranger, STAKE, p.orchestrator);
    await toRound(p, FIRST + 1n);
    const before = await bonding.getVotes(p.orchestrator);
    await punish(p, { fault: FIRST, fraction: ONE / 2n });
    await toRound(p, FIRST + 2n);
    expect(await bonding.getPastVotes(p.orchestrator, FIRST + 1n)).to.equal(before);
    expectNear(await bonding.getPastBalanceOf(p.stranger, FIRST + 1n), STAKE, 2n);
    // Until it votes again, nothing of it grows.
    const { jailedUntil } = await bonding.getOrchestrator(p.orchestrator);
    await toRound(p, jailedUntil);
    await bonding.connect(p.orchestrator).unjail();
    const stakes = await Promise.all([p.stranger, p.delegator, p.orchestrator].map((who) => stakeOf(p, who)));
    expect(stakes[0]).to.be.greaterThan(stakes[1]!);
    await toRound(p, jailedUntil + 1n);
    await bonding.reward(p.orchestrator);
    await toRound(p, jailedUntil + 2n);
    const votes = await bonding.getPastVotes(p.orchestrator, jailedUntil + 1n);
    expectNear(votes, stakes[0]! + stakes[1]! + stakes[2]!, 4n);
    expectNear(await bonding.getPastBalanceOf(p.stranger, jailedUntil + 1n), stakes[0]!, 2n);
    expectNear(await bonding.getPastBalanceOf(p.delegator, jailedUntil + 1n), stakes[1]!, 2n);
  });
});
