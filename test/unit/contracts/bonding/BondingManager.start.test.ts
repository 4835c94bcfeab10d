import { expect } from "chai";
import { network } from "hardhat";
import { deployProtocol, registerAs, TEST_PARAMETERS } from "../../../fixtures/protocol.ts";
import { LPT, stakeOf } from "../../../fixtures/staking.ts";

const STAKE = 5_000n * LPT;

describe("BondingManager before the first round", function () {
  it("takes stake, which becomes active with the second one", async function () {
    const connection = await network.create<"l1">();
    const startTime = (await connection.networkHelpers.time.latest()) + 100 * 86_400;
    const rounds = { ...TEST_PARAMETERS.rounds, startTime, startRound: 5 };
    const p = await deployProtocol(connection, { ...TEST_PARAMETERS, rounds });
    const { bonding, orchestrator } = p;
    const [begun] = await bonding.queryFilter(bonding.filters.RoundBegun());
    expect([...begun!.args]).to.deep.equal([5n, 0n, 0n, 0n]);

    await registerAs(p, orchestrator, { selfStake: STAKE });
    for (const seconds of [0, 86_400 - 1]) {
      await p.networkHelpers.time.setNextBlockTimestamp(startTime + seconds);
      await expect(bonding.reward(orchestrator)).not.to.emit(bonding, "RoundBegun");
      expect(await stakeOf(p, orchestrator)).to.equal(0);
    }
    await p.networkHelpers.time.increaseTo(startTime + 86_400);
    await expect(bonding.reward(orchestrator)).to.emit(bonding, "RoundBegun");
    expect(await stakeOf(p, orchestrator)).to.equal(STAKE);
    expect(await bonding.getVotes(orchestrator)).to.equal(STAKE);
  });
});
