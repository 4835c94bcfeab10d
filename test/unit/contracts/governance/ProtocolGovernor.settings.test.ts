import { expect } from "chai";
import { accept, callOf, decide, loadGoverned, propose } from "../../../fixtures/governance.ts";
import type { Call, Governed } from "../../../fixtures/governance.ts";
import { passRounds } from "../../../fixtures/protocol.ts";
import { LPT } from "../../../fixtures/staking.ts";

const DAY = 86_400n;

describe("ProtocolGovernor settings", function () {
  let p: Governed;
  let governor: Governed["governor"];

  beforeEach(async function () {
    p = await loadGoverned();
    governor = p.governor;
  });

  it("start as the parameters say, the timelock in seconds", async function () {
    expect([
      await governor.votingDelay(),
      await governor.votingPeriod(),
      await governor.proposalThreshold(),
      await governor["quorumNumerator()"](),
      await governor.timelock(),
    ]).to.deep.equal([1n, 7n, 100n * LPT, 33n, 2n * DAY]);
    expect(await governor.token()).to.equal(await p.bonding.getAddress());
    expect(await governor.accessManager()).to.equal(p.deployment.accessManager);
    expect(await governor.CLOCK_MODE()).to.equal("mode=livepeer_round");
    expect(await governor.clock()).to.equal(await p.rounds.currentRound());
  });

  const SETTERS = [
    ["setVotingDelay", "VotingDelaySet", 1n, 2n, [31n], 0n, 30n],
    ["setVotingPeriod", "VotingPeriodSet", 7n, 6n, [0n, 91n], 1n, 90n],
    [
      "setProposalThreshold",
      "ProposalThresholdSet",
      100n * LPT,
      5n * LPT,
      [LPT - 1n, 100_000n * LPT + 1n],
      LPT,
      100_000n * LPT,
    ],
    ["updateQuorumNumerator", "QuorumNumeratorUpdated", 33n, 40n, [4n, 68n], 5n, 67n],
  ] as const;

  it("change by a proposal alone, with the old and the new value in the event", async function () {
    const calls: Call[] = [];
    for (const [method, , , value] of SETTERS) {
      await expect(governor.connect(p.orchestrator).getFunction(method)(value), method)
        .to.be.revertedWithCustomError(governor, "GovernorOnlyExecutor")
        .withArgs(p.orchestrator.address);
      calls.push(await callOf(governor, method, [value]));
    }
    await expect(governor.setBaseDelaySeconds(DAY)).to.be.revertedWithCustomError(governor, "GovernorOnlyExecutor");
    calls.push(await callOf(governor, "setBaseDelaySeconds", [3n * DAY]));
    const { hash } = await decide(p, calls);
    const sent = p.ethers.provider.getTransaction(hash);
    for (const [, event, old, value] of SETTERS) await expect(sent).to.emit(governor, event).withArgs(old, value);
    await expect(sent)
      .to.emit(governor, "BaseDelaySet")
      .withArgs(2n * DAY, 3n * DAY);
    expect(await governor.timelock()).to.equal(3n * DAY);
  });

  it("are bounded", async function () {
    for (const [method, , , , outside, least, most] of SETTERS) {
      for (const value of outside) {
        const twin = await p.networkHelpers.takeSnapshot();
        const proposal = await propose(p, [await callOf(governor, method, [value])]);
        await accept(p, proposal);
        await expect(governor.execute(...proposal.hashed), `${method}(${value})`)
          .to.be.revertedWithCustomError(governor, "ProtocolGovernorOutOfBounds")
          .withArgs(value, least, most);
        await twin.restore();
      }
    }
  });

  describe("fit the other contracts' after every proposal", function () {
    const bonding = (changes: Record<string, unknown>) =>
      callOf(p.bonding, "setParameters", [{ ...p.parameters.bonding, ...changes }]);
    const disputes = (changes: Record<string, unknown>) =>
      callOf(p.disputes, "setParameters", [{ ...p.parameters.disputes, ...changes }]);

    const refuses = async (calls: Call[], error: string, args: readonly bigint[]) => {
      const proposal = await propose(p, calls);
      await accept(p, proposal);
      const consistency = await p.ethers.getContractAt("Consistency", await governor.CONSISTENCY());
      await expect(governor.execute(...proposal.hashed))
        .to.be.revertedWithCustomError(consistency, error)
        .withArgs(...args);
    };

    it("G3: reverts a shorter unbonding period: who voted must be there when it happens", async function () {
      await refuses([await bonding({ unbondingPeriod: 10 })], "ConsistencyUnbondingTooShortForVotes", [10n, 11n]);
    });

    it("G3: reverts a longer vote, delay or timelock, and takes it with a longer unbonding period", async function () {
      const calls = [
        await callOf(governor, "setVotingDelay", [3]),
        await callOf(governor, "setVotingPeriod", [9]),
        await callOf(governor, "setBaseDelaySeconds", [2n * DAY + 1n]),
      ];
      const twin = await p.networkHelpers.takeSnapshot();
      // A part of a round counts as a round.
      await refuses(calls, "ConsistencyUnbondingTooShortForVotes", [14n, 16n]);
      await twin.restore();
      await decide(p, [...calls, await bonding({ unbondingPeriod: 16 })]);
      expect(await governor.timelock()).to.equal(2n * DAY + 1n);
    });

    it("G3: reverts shorter rounds, in which the timelock is more of them, before they begin", async function () {
      await refuses([await callOf(p.rounds, "setRoundLength", [DAY / 4n])], "ConsistencyUnbondingTooShortForVotes", [
        14n,
        17n,
      ]);
    });

    it("G3: reverts a timelock of less than a round", async function () {
      const demanded = await callOf(p.accessManager, "grantRole", [0, await governor.getAddress(), DAY / 2n]);
      await decide(p, [demanded], "shorter in the AccessManager");
      // The AccessManager lets a delay shrink after five days only; until then it holds whatever was set here.
      const twin = await p.networkHelpers.takeSnapshot();
      await decide(p, [await callOf(governor, "setBaseDelaySeconds", [DAY])], "early");
      expect(await governor.timelock()).to.equal(DAY);
      await twin.restore();
      await passRounds(p, 6n);
      await refuses([await callOf(governor, "setBaseDelaySeconds", [DAY - 1n])], "ConsistencyTimelockTooShort", [
        DAY - 1n,
        DAY,
      ]);
    });

    it("S5: reverts unbonding that ends before the last dispute does", async function () {
      await refuses(
        [
          await bonding({ unbondingPeriod: 16 }),
          await disputes({ clock: 7 * 86_400 }),
          await bonding({ unbondingPeriod: 14 }),
        ],
        "ConsistencyUnbondingTooShortForDisputes",
        [14n * DAY, 10_800n + 14n * DAY + DAY],
      );
    });

    it("S5: reverts a window of staking that is shorter than that of disputes", async function () {
      await refuses([await bonding({ challengeWindow: 3_600 })], "ConsistencyOpeningWindowTooLong", [10_800n, 3_600n]);
    });
  });
});
