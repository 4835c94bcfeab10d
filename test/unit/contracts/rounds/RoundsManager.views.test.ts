import { expect } from "chai";
import { MaxUint256 } from "ethers";
import { loadProtocol } from "../../../fixtures/protocol.ts";

const DAY = 86_400n;

describe("RoundsManager views", function () {
  it("count rounds by the clock alone", async function () {
    const p = await loadProtocol();
    const { startTime } = (await p.rounds.schedule()).active;
    expect(await p.rounds.currentRound()).to.equal(1);
    await p.networkHelpers.time.increaseTo(startTime + DAY - 1n);
    expect(await p.rounds.currentRound()).to.equal(1);
    await p.networkHelpers.time.increaseTo(startTime + DAY);
    expect(await p.rounds.currentRound()).to.equal(2);
    await p.networkHelpers.time.increaseTo(startTime + 1000n * DAY);
    expect(await p.rounds.currentRound()).to.equal(1001);
    expect(await p.rounds.roundStart(1001)).to.equal(startTime + 1000n * DAY);
  });

  it("count as far as numbers go, and no further", async function () {
    const { rounds } = await loadProtocol();
    const { startTime } = (await rounds.schedule()).active;
    const last = 1n + (MaxUint256 - startTime) / DAY;
    expect(await rounds.roundAt(MaxUint256)).to.equal(last);
    expect(await rounds.roundStart(last)).to.equal(startTime + (last - 1n) * DAY);
    await expect(rounds.roundStart(MaxUint256)).to.be.revertedWithPanic(0x11);
  });

  it("stay at the first round before the start", async function () {
    const { rounds } = await loadProtocol();
    expect(await rounds.roundAt(0)).to.equal(1);
    await expect(rounds.roundStart(0))
      .to.be.revertedWithCustomError(rounds, "RoundsManagerRoundBeforeStart")
      .withArgs(0, 1);
  });
});
