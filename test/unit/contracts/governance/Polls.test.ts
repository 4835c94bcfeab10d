import { expect } from "chai";
import { id, ZeroAddress } from "ethers";
import { AGAINST, FOR, loadGoverned, STATES } from "../../../fixtures/governance.ts";
import type { Governed } from "../../../fixtures/governance.ts";
import { toRound } from "../../../fixtures/protocol.ts";
import { LPT } from "../../../fixtures/staking.ts";

describe("Polls", function () {
  let p: Governed;
  let polls: Governed["polls"];
  const TEXT = "# Should the default ladder have 1080p?";
  const CALLS = [[ZeroAddress], [0n], ["0x"], id(TEXT)] as [string[], bigint[], string[], string];

  beforeEach(async function () {
    p = await loadGoverned();
    polls = p.polls;
  });

  it("are asked by who may propose, one at a time, with the Governor's times and quorum", async function () {
    await expect(polls.connect(p.stranger).createPoll(TEXT))
      .to.be.revertedWithCustomError(polls, "GovernorInsufficientProposerVotes")
      .withArgs(p.stranger.address, 0, 100n * LPT);
    const poll = await polls.hashProposal(...CALLS);
    const round = await p.rounds.currentRound();
    await expect(polls.connect(p.delegator).createPoll(TEXT))
      .to.emit(polls, "ProposalCreated")
      .withArgs(poll, p.delegator.address, [ZeroAddress], [0n], [""], ["0x"], round + 1n, round + 8n, TEXT);
    await expect(polls.connect(p.delegator).createPoll("another"))
      .to.be.revertedWithCustomError(polls, "StakeGovernorProposalOpen")
      .withArgs(p.delegator.address, poll);
    await expect(polls.connect(p.rival).createPoll(TEXT)).to.be.revertedWithCustomError(
      polls,
      "GovernorUnexpectedProposalState",
    );
    await toRound(p, round + 2n);
    for (const [mine, theirs] of [
      [await polls.votingDelay(), await p.governor.votingDelay()],
      [await polls.votingPeriod(), await p.governor.votingPeriod()],
      [await polls.proposalThreshold(), await p.governor.proposalThreshold()],
      [await polls.quorum(round + 1n), await p.governor.quorum(round + 1n)],
    ])
      expect(mine).to.equal(theirs);
  });

  it("count as changes are counted, and execute nothing", async function () {
    await polls.connect(p.rival).createPoll(TEXT);
    const poll = await polls.latestProposalOf(p.rival);
    const snapshot = await polls.proposalSnapshot(poll);
    await toRound(p, snapshot + 1n);
    await polls.connect(p.orchestrator).castVote(poll, FOR);
    await polls.connect(p.delegator).castOverrideVote(poll, AGAINST, "no");
    const { forVotes, againstVotes } = await polls.proposalVotes(poll);
    expect(againstVotes).to.equal(await p.bonding.getPastBalanceOf(p.delegator, snapshot));
    expect(forVotes + againstVotes).to.equal(await p.bonding.getPastVotes(p.orchestrator, snapshot));
    await polls.connect(p.rival).castVote(poll, FOR);
    await toRound(p, (await polls.proposalDeadline(poll)) + 1n);
    expect(STATES[Number(await polls.state(poll))]).to.equal("Succeeded");
    await expect(polls.execute(...CALLS)).to.be.revertedWithCustomError(polls, "PollsExecuteNothing");
    await expect(polls.queue(...CALLS)).to.be.revertedWithCustomError(polls, "GovernorProposalQueueingNotRequired");
  });

  it("take no calls, no ETH and no orders", async function () {
    await expect(
      polls.connect(p.orchestrator).propose([p.stranger.address], [0], ["0x"], TEXT),
    ).to.be.revertedWithCustomError(polls, "PollsExecuteNothing");
    await expect(polls.connect(p.orchestrator).relay(p.stranger, 0, "0x")).to.be.revertedWithCustomError(
      polls,
      "GovernorOnlyExecutor",
    );
    expect(await polls.GOVERNOR()).to.equal(await p.governor.getAddress());
  });
});
