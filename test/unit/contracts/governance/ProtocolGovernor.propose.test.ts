import { expect } from "chai";
import {
  callOf,
  decide,
  loadGoverned,
  propose,
  proposalOf,
  stateOf,
  toEndOfVote,
} from "../../../fixtures/governance.ts";
import type { Call, Governed } from "../../../fixtures/governance.ts";
import { bondAs, passRounds } from "../../../fixtures/protocol.ts";
import { LPT } from "../../../fixtures/staking.ts";

const THRESHOLD = 100n * LPT;

describe("ProtocolGovernor.propose", function () {
  let p: Governed;
  let governor: Governed["governor"];
  let call: Call;

  beforeEach(async function () {
    p = await loadGoverned();
    governor = p.governor;
    call = await callOf(p.rounds, "setRoundLength", [90_000]);
  });

  it("takes a proposal of an orchestrator, and of a delegator by its own stake", async function () {
    for (const proposer of [p.orchestrator, p.delegator]) {
      const proposal = await propose(p, [call], { proposer, text: proposer.address });
      expect(await governor.proposalProposer(proposal.id)).to.equal(proposer.address);
      expect(await governor.latestProposalOf(proposer)).to.equal(proposal.id);
    }
  });

  it("reverts when the proposer's stake, as it was when the last round began, is below the threshold", async function () {
    const small = p.others[2]!;
    await bondAs(p, small, THRESHOLD - LPT, p.orchestrator);
    await bondAs(p, p.stranger, THRESHOLD + LPT, p.orchestrator);
    // Active from the next round on, which is a past one after that.
    for (const past of [0n, 1n]) {
      if (past > 0n) await passRounds(p, past);
      await expect(propose(p, [call], { proposer: p.stranger }))
        .to.be.revertedWithCustomError(governor, "GovernorInsufficientProposerVotes")
        .withArgs(p.stranger.address, 0, THRESHOLD);
    }
    await passRounds(p, 1n);
    const have = await governor.stakeOf(small);
    expect(have > THRESHOLD - 2n * LPT && have < THRESHOLD, `${have}`).to.equal(true);
    await expect(propose(p, [call], { proposer: small }))
      .to.be.revertedWithCustomError(governor, "GovernorInsufficientProposerVotes")
      .withArgs(small.address, have, THRESHOLD);
    await propose(p, [call], { proposer: p.stranger });
  });

  it("has no room for spam: a proposer has one open proposal, and its stake proposes from nowhere else", async function () {
    const first = await propose(p, [call], { proposer: p.delegator, text: "first" });
    const refuse = () =>
      expect(propose(p, [call], { proposer: p.delegator, text: "second" }))
        .to.be.revertedWithCustomError(governor, "StakeGovernorProposalOpen")
        .withArgs(p.delegator.address, first.id);
    await refuse();
    await passRounds(p, 5n);
    expect(await stateOf(p, first)).to.equal("Active");
    await refuse();
    // LPT that it takes back comes no sooner than the vote ends.
    await p.bonding.connect(p.delegator).unbond(1_000n * LPT);
    const { withdrawRound } = await p.bonding.getUnbondingLock(p.delegator, 0);
    expect(withdrawRound).to.be.greaterThan(await governor.proposalDeadline(first.id));

    await toEndOfVote(p, first);
    expect(await stateOf(p, first)).to.equal("Defeated");
    const second = await propose(p, [call], { proposer: p.delegator, text: "second" });
    await governor.connect(p.delegator).cancel(...second.hashed);
    await propose(p, [call], { proposer: p.delegator, text: "third" });
  });

  it("lets nobody take a proposal's name that its text reserves", async function () {
    const text = `mine #proposer=${p.delegator.address}`;
    await expect(propose(p, [call], { text }))
      .to.be.revertedWithCustomError(governor, "GovernorRestrictedProposer")
      .withArgs(p.orchestrator.address);
    await propose(p, [call], { proposer: p.delegator, text });
  });

  it("can be taken back by its proposer, and by nobody else, until the vote begins", async function () {
    const proposal = await propose(p, [call]);
    await expect(governor.connect(p.guardian).cancel(...proposal.hashed)).to.be.revertedWithCustomError(
      governor,
      "GovernorUnableToCancel",
    );
    await passRounds(p, 2n);
    await expect(governor.connect(p.orchestrator).cancel(...proposal.hashed)).to.be.revertedWithCustomError(
      governor,
      "GovernorUnableToCancel",
    );
  });

  it("knows a proposal by what it calls and says: the same one is made once", async function () {
    await decide(p, [call], "once");
    expect(await p.rounds.roundLength()).to.equal(86_400);
    const again = await proposalOf(p, [call], "once");
    await expect(governor.connect(p.rival).propose(...again.calls)).to.be.revertedWithCustomError(
      governor,
      "GovernorUnexpectedProposalState",
    );
  });
});
