import { expect } from "chai";
import { id } from "ethers";
import { readInterface } from "../../../../deploy/artifacts.ts";
import { connect } from "../../../../deploy/contracts.ts";
import {
  accept,
  callOf,
  decide,
  FOR,
  loadGoverned,
  propose,
  stateOf,
  toEndOfVote,
  toVote,
  voteFor,
} from "../../../fixtures/governance.ts";
import type { Call, Governed } from "../../../fixtures/governance.ts";
import { LPT } from "../../../fixtures/staking.ts";

const DAY = 86_400n;
const WEEK = 7n * DAY;

describe("ProtocolGovernor.execute", function () {
  let p: Governed;
  let governor: Governed["governor"];
  let call: Call;

  beforeEach(async function () {
    p = await loadGoverned();
    governor = p.governor;
    call = await callOf(p.rounds, "setRoundLength", [90_000]);
  });

  const lengthAhead = async () => (await p.rounds.schedule()).pending.roundLength;

  it("G1: changes nothing before the vote, before the queue and before the timelock has passed, whoever asks", async function () {
    const proposal = await propose(p, [call]);
    const refuse = async () => {
      for (const who of [p.orchestrator, p.deployer, p.guardian, p.stranger])
        await expect(governor.connect(who).execute(...proposal.hashed)).to.be.revertedWithCustomError(
          governor,
          "GovernorUnexpectedProposalState",
        );
    };
    await refuse();
    await toVote(p, proposal);
    await governor.connect(p.orchestrator).castVote(proposal.id, FOR);
    await refuse();
    await toEndOfVote(p, proposal);
    expect(await stateOf(p, proposal)).to.equal("Succeeded");
    await refuse();
    await governor.connect(p.stranger).queue(...proposal.hashed);
    const eta = await governor.proposalEta(proposal.id);
    expect(eta).to.equal(BigInt(await p.networkHelpers.time.latest()) + 2n * DAY);
    await p.networkHelpers.time.setNextBlockTimestamp(eta - 1n);
    await expect(governor.execute(...proposal.hashed)).to.be.revertedWithCustomError(governor, "GovernorUnmetDelay");
    expect(await lengthAhead()).to.equal(0);
    await p.networkHelpers.time.increaseTo(eta);
    await governor.connect(p.stranger).execute(...proposal.hashed);
    expect(await lengthAhead()).to.equal(90_000);
    await refuse();
  });

  it("G1: has no way around the Governor: neither the AccessManager nor a proxy's admin listens to anybody else", async function () {
    const { accessManager, deployment } = p;
    for (const who of [p.deployer, p.orchestrator, p.guardian, p.stranger]) {
      const as = accessManager.connect(who);
      for (const [target, data] of [
        [call.target, call.data],
        [
          deployment.contracts.Treasury.proxyAdmin,
          readInterface("ProxyAdmin").encodeFunctionData("upgradeAndCall", [
            deployment.contracts.Treasury.proxy,
            deployment.contracts.RoundsManager.implementation,
            "0x",
          ]),
        ],
      ] as const) {
        await expect(as.execute(target, data)).to.be.revertedWithCustomError(
          accessManager,
          "AccessManagerUnauthorizedCall",
        );
        await expect(as.schedule(target, data, 0)).to.be.revertedWithCustomError(
          accessManager,
          "AccessManagerUnauthorizedCall",
        );
      }
      await expect(as.grantRole(0, who, 0)).to.be.revertedWithCustomError(
        accessManager,
        "AccessManagerUnauthorizedAccount",
      );
      await expect(
        as.setTargetFunctionRole(call.target, [call.data.slice(0, 10)], 2n ** 64n - 1n),
      ).to.be.revertedWithCustomError(accessManager, "AccessManagerUnauthorizedAccount");
      await expect(as.updateAuthority(call.target, who)).to.be.revertedWithCustomError(
        accessManager,
        "AccessManagerUnauthorizedAccount",
      );
    }
  });

  it("upgrades a proxy, spends from the treasury and changes parameters, in one proposal", async function () {
    const { Treasury } = p.deployment.contracts;
    const logic = await p.ethers.deployContract("Treasury", [p.token]);
    await p.token.transfer(p.treasury, 5n * LPT);
    await decide(p, [
      {
        target: Treasury.proxyAdmin,
        data: readInterface("ProxyAdmin").encodeFunctionData("upgradeAndCall", [
          Treasury.proxy,
          await logic.getAddress(),
          "0x",
        ]),
      },
      await callOf(p.treasury, "transferToken", [await p.token.getAddress(), p.stranger.address, 2n * LPT]),
      await callOf(p.treasury, "burn", [LPT]),
      call,
    ]);
    expect(await p.token.balanceOf(p.stranger)).to.equal(2n * LPT);
    expect(await p.token.balanceOf(p.treasury)).to.be.at.least(2n * LPT);
    expect(await lengthAhead()).to.equal(90_000);
    expect(await connect("Treasury", Treasury.proxy, p.stranger).TOKEN()).to.equal(await p.token.getAddress());
  });

  it("changes all or nothing", async function () {
    const proposal = await propose(p, [call, await callOf(p.treasury, "burn", [10n ** 30n])]);
    await accept(p, proposal);
    await expect(governor.execute(...proposal.hashed)).to.be.revertedWithCustomError(
      p.token,
      "ERC20InsufficientBalance",
    );
    expect(await lengthAhead()).to.equal(0);
    expect(await stateOf(p, proposal)).to.equal("Queued");
  });

  it("is stuck when nobody executes within a week, and is proposed anew", async function () {
    const proposal = await propose(p, [call]);
    await accept(p, proposal);
    await p.networkHelpers.time.increase(WEEK);
    await expect(governor.execute(...proposal.hashed)).to.be.revertedWithCustomError(
      p.accessManager,
      "AccessManagerExpired",
    );
    expect(await stateOf(p, proposal)).to.equal("Queued");
    await decide(p, [call], "again");
    expect(await lengthAhead()).to.equal(90_000);
    // Nobody can execute the old one in the new one's place.
    await expect(governor.execute(...proposal.hashed)).to.be.revertedWithCustomError(
      p.accessManager,
      "AccessManagerNotScheduled",
    );
  });

  it("lets one proposal at a time wait with the same call; the other one follows", async function () {
    const first = await propose(p, [call], { text: "first" });
    const second = await propose(p, [call], { text: "second", proposer: p.rival });
    await toVote(p, first);
    for (const { id: proposal } of [first, second])
      for (const voter of [p.orchestrator, p.rival]) await governor.connect(voter).castVote(proposal, FOR);
    await toEndOfVote(p, first);
    await governor.queue(...first.hashed);
    await expect(governor.queue(...second.hashed)).to.be.revertedWithCustomError(
      p.accessManager,
      "AccessManagerAlreadyScheduled",
    );
    await p.networkHelpers.time.increaseTo(await governor.proposalEta(first.id));
    await governor.execute(...first.hashed);
    await governor.queue(...second.hashed);
    expect(await stateOf(p, second)).to.equal("Queued");
  });

  it("cannot be cancelled once its vote has begun, by its proposer or the guardian", async function () {
    const proposal = await propose(p, [call]);
    await voteFor(p, proposal);
    await governor.queue(...proposal.hashed);
    for (const who of [p.orchestrator, p.guardian]) {
      await expect(governor.connect(who).cancel(...proposal.hashed)).to.be.revertedWithCustomError(
        governor,
        "GovernorUnableToCancel",
      );
      await expect(p.accessManager.connect(who).cancel(governor, call.target, call.data)).to.be.revertedWithCustomError(
        p.accessManager,
        "AccessManagerUnauthorizedCancel",
      );
    }
  });

  it("changes who governs, its own logic included", async function () {
    const next = p.others[3]!;
    await decide(p, [await callOf(p.accessManager, "grantRole", [0, next.address, 0])]);
    await p.accessManager.connect(next).grantRole(id("x").length, next, 0);
    expect(await p.accessManager.hasRole(0, next)).to.deep.equal([true, 0n]);
  });
});
