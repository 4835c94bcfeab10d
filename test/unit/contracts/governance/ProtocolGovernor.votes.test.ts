import { expect } from "chai";
import {
  ABSTAIN,
  AGAINST,
  callOf,
  FOR,
  loadGoverned,
  propose,
  stateOf,
  toEndOfVote,
  toVote,
} from "../../../fixtures/governance.ts";
import type { Governed, Proposal } from "../../../fixtures/governance.ts";
import { bondAs, passRounds, toRound } from "../../../fixtures/protocol.ts";
import { LPT, passWindow, punish, STAKE, stakeOf } from "../../../fixtures/staking.ts";

describe("ProtocolGovernor votes", function () {
  let p: Governed;
  let governor: Governed["governor"];
  let proposal: Proposal;
  /** {round} */
  let snapshot: bigint;

  beforeEach(async function () {
    p = await loadGoverned();
    governor = p.governor;
    proposal = await propose(p, [await callOf(p.rounds, "setRoundLength", [90_000])]);
    snapshot = await governor.proposalSnapshot(proposal.id);
  });

  const tally = async () => {
    const { againstVotes, forVotes, abstainVotes } = await governor.proposalVotes(proposal.id);
    return { against: againstVotes, for: forVotes, abstain: abstainVotes };
  };

  it("are of the stake that was active when the round after the proposal's began, and last as many rounds as the period says", async function () {
    expect(snapshot).to.equal((await p.rounds.currentRound()) + 1n);
    expect(await governor.proposalDeadline(proposal.id)).to.equal(snapshot + 7n);
    expect(await stateOf(p, proposal)).to.equal("Pending");
    await expect(governor.connect(p.orchestrator).castVote(proposal.id, FOR)).to.be.revertedWithCustomError(
      governor,
      "GovernorUnexpectedProposalState",
    );
    await toRound(p, snapshot);
    expect(await stateOf(p, proposal)).to.equal("Pending");
    await toRound(p, snapshot + 1n);
    expect(await stateOf(p, proposal)).to.equal("Active");
    await toRound(p, snapshot + 7n);
    await governor.connect(p.orchestrator).castVote(proposal.id, FOR);
    expect((await tally()).for).to.equal(await p.bonding.getPastVotes(p.orchestrator, snapshot));
    await toRound(p, snapshot + 8n);
    expect(await stateOf(p, proposal)).to.equal("Succeeded");
    await expect(governor.connect(p.rival).castVote(proposal.id, AGAINST)).to.be.revertedWithCustomError(
      governor,
      "GovernorUnexpectedProposalState",
    );
  });

  it("G2: are a delegator's own as far as it overrides, before its orchestrator votes or after", async function () {
    await toVote(p, proposal);
    const own = await p.bonding.getPastBalanceOf(p.delegator, snapshot);
    const whole = await p.bonding.getPastVotes(p.orchestrator, snapshot);
    expect([own, whole]).to.deep.equal([STAKE, 2n * STAKE]);

    const before = await p.networkHelpers.takeSnapshot();
    await governor.connect(p.delegator).castOverrideVote(proposal.id, AGAINST, "no");
    await governor.connect(p.orchestrator).castVote(proposal.id, FOR);
    expect(await tally()).to.deep.equal({ against: own, for: whole - own, abstain: 0n });
    await before.restore();

    await governor.connect(p.orchestrator).castVote(proposal.id, FOR);
    expect(await tally()).to.deep.equal({ against: 0n, for: whole, abstain: 0n });
    await expect(governor.connect(p.delegator).castOverrideVote(proposal.id, ABSTAIN, ""))
      .to.emit(governor, "VoteReduced")
      .withArgs(p.orchestrator.address, proposal.id, FOR, own);
    expect(await tally()).to.deep.equal({ against: 0n, for: whole - own, abstain: own });
  });

  it("G2: are cast once by an orchestrator and once by each delegator, an orchestrator's own stake included", async function () {
    await toVote(p, proposal);
    const own = await p.bonding.getPastBalanceOf(p.orchestrator, snapshot);
    const whole = await p.bonding.getPastVotes(p.orchestrator, snapshot);
    const as = governor.connect(p.orchestrator);
    await as.castVote(proposal.id, FOR);
    await expect(as.castVote(proposal.id, FOR)).to.be.revertedWithCustomError(governor, "GovernorAlreadyCastVote");
    await as.castOverrideVote(proposal.id, AGAINST, "");
    await expect(as.castOverrideVote(proposal.id, FOR, "")).to.be.revertedWithCustomError(
      governor,
      "GovernorAlreadyOverriddenVote",
    );
    expect(await tally()).to.deep.equal({ against: own, for: whole - own, abstain: 0n });
  });

  it("G2: do not follow stake that moves, whether it voted before or after", async function () {
    const move = async (): Promise<void> => {
      await p.bonding.connect(p.delegator).unbond(await stakeOf(p, p.delegator));
      await passRounds(p, 1n);
      await passWindow(p);
      await p.bonding.connect(p.delegator).rebond(0, p.rival);
      await passRounds(p, 1n);
      expect(await p.bonding.delegates(p.delegator)).to.equal(p.rival.address);
      expect(await p.bonding.getVotes(p.rival)).to.be.greaterThan(await p.bonding.getVotes(p.orchestrator));
    };
    /** What each of them has, when the delegator has overridden already. */
    const expectVotes = async (): Promise<void> => {
      const own = await p.bonding.getPastBalanceOf(p.delegator, snapshot);
      const { for: overridden } = await tally();
      expect(overridden).to.equal(own);
      await governor.connect(p.rival).castVote(proposal.id, FOR);
      expect((await tally()).for - own).to.equal(await p.bonding.getPastVotes(p.rival, snapshot));
      // Where it was it is taken off all the same.
      const whole = await p.bonding.getPastVotes(p.orchestrator, snapshot);
      await governor.connect(p.orchestrator).castVote(proposal.id, AGAINST);
      expect((await tally()).against).to.equal(whole - own);
    };
    await toVote(p, proposal);
    const twin = await p.networkHelpers.takeSnapshot();
    await governor.connect(p.delegator).castOverrideVote(proposal.id, FOR, "");
    await move();
    await expect(governor.connect(p.delegator).castOverrideVote(proposal.id, FOR, "")).to.be.revertedWithCustomError(
      governor,
      "GovernorAlreadyOverriddenVote",
    );
    await expectVotes();
    await twin.restore();

    await move();
    await governor.connect(p.delegator).castOverrideVote(proposal.id, FOR, "");
    await expectVotes();
  });

  it("G2: stay those of the snapshot when stake is unbonded, and leave with it when that was earlier", async function () {
    const twin = await p.networkHelpers.takeSnapshot();
    await p.bonding.connect(p.delegator).unbond(await stakeOf(p, p.delegator));
    await toVote(p, proposal);
    expect(await p.bonding.getPastBalanceOf(p.delegator, snapshot)).to.equal(0);
    const without = await p.bonding.getPastVotes(p.orchestrator, snapshot);
    expect(without).to.equal(await p.bonding.getPastBalanceOf(p.orchestrator, snapshot));
    await governor.connect(p.orchestrator).castVote(proposal.id, FOR);
    expect((await tally()).for).to.equal(without);
    await twin.restore();

    await toVote(p, proposal);
    const whole = await p.bonding.getPastVotes(p.orchestrator, snapshot);
    await p.bonding.connect(p.delegator).unbond(await stakeOf(p, p.delegator));
    await governor.connect(p.orchestrator).castVote(proposal.id, FOR);
    expect((await tally()).for).to.equal(whole);
    // The tokens come back too late to vote again from elsewhere.
    const { withdrawRound } = await p.bonding.getUnbondingLock(p.delegator, 0);
    expect(withdrawRound).to.be.greaterThan(await governor.proposalDeadline(proposal.id));
    await expect(p.bonding.connect(p.delegator).withdrawStake(0)).to.be.revertedWithCustomError(
      p.bonding,
      "BondingManagerWithdrawTooEarly",
    );
  });

  it("G2: are none for stake that is bonded once the round of the snapshot has begun", async function () {
    await toRound(p, snapshot);
    await bondAs(p, p.stranger, 1_000_000n * LPT, p.rival);
    await toVote(p, proposal);
    await bondAs(p, p.others[2]!, 1_000_000n * LPT, p.rival);
    await governor.connect(p.rival).castVote(proposal.id, AGAINST);
    await governor.connect(p.stranger).castOverrideVote(proposal.id, AGAINST, "");
    expect((await tally()).against).to.equal(await p.bonding.getPastBalanceOf(p.rival, snapshot));
    expect(await p.bonding.getVotes(p.rival)).to.be.greaterThan(1_000_000n * LPT);
  });

  it("keep their weight, and the quorum its size, through a slash after the snapshot", async function () {
    await toVote(p, proposal);
    const quorum = await governor.quorum(snapshot);
    expect(quorum).to.equal(((await p.bonding.getPastTotalSupply(snapshot)) * 33n) / 100n);
    const whole = await p.bonding.getPastVotes(p.orchestrator, snapshot);
    await punish(p, { fault: snapshot });
    expect((await p.bonding.getOrchestrator(p.orchestrator)).jailedUntil).to.be.greaterThan(0n);
    expect(await governor.quorum(snapshot)).to.equal(quorum);
    await governor.connect(p.orchestrator).castVote(proposal.id, FOR);
    expect((await tally()).for).to.equal(whole);
    await toEndOfVote(p, proposal);
    expect(await stateOf(p, proposal)).to.equal("Succeeded");
  });

  it("fail without a majority, and without a quorum, to which abstentions count", async function () {
    const endsWith = async (votes: readonly [Governed["rival"], number][]) => {
      const twin = await p.networkHelpers.takeSnapshot();
      await toVote(p, proposal);
      for (const [voter, support] of votes) await governor.connect(voter).castVote(proposal.id, support);
      await toEndOfVote(p, proposal);
      const state = await stateOf(p, proposal);
      await twin.restore();
      return state;
    };
    expect(await endsWith([])).to.equal("Defeated");
    expect(
      await endsWith([
        [p.orchestrator, AGAINST],
        [p.rival, FOR],
      ]),
    ).to.equal("Defeated");
    expect(
      await endsWith([
        [p.orchestrator, FOR],
        [p.rival, AGAINST],
      ]),
    ).to.equal("Succeeded");
    expect(
      await endsWith([
        [p.orchestrator, ABSTAIN],
        [p.rival, FOR],
      ]),
    ).to.equal("Succeeded");
    // A third of three, each with the same, is a quorum; a part of that third is none.
    const third = await p.networkHelpers.takeSnapshot();
    await toVote(p, proposal);
    await governor.connect(p.delegator).castOverrideVote(proposal.id, FOR, "");
    await toEndOfVote(p, proposal);
    expect(await stateOf(p, proposal)).to.equal("Succeeded");
    await third.restore();
    await bondAs(p, p.stranger, STAKE, p.rival);
    expect(await endsWith([[p.rival, FOR]])).to.equal("Succeeded");
    await toVote(p, proposal);
    await governor.connect(p.delegator).castOverrideVote(proposal.id, FOR, "");
    await toEndOfVote(p, proposal);
    expect(await stateOf(p, proposal)).to.equal("Defeated");
  });
});
