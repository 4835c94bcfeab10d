import { expect } from "chai";
import { loadProtocol, toRound } from "../../../fixtures/protocol.ts";

describe("RoundsManager.initializeRound", function () {
  it("announces each round once, for anyone", async function () {
    const p = await loadProtocol();
    const rounds = p.rounds.connect(p.stranger);
    expect(await rounds.lastAnnouncedRound()).to.deep.equal([false, 0n]);
    await expect(rounds.initializeRound()).to.emit(rounds, "NewRound").withArgs(1);
    await expect(rounds.initializeRound())
      .to.be.revertedWithCustomError(rounds, "RoundsManagerRoundAnnounced")
      .withArgs(1);
    await toRound(p, 7n);
    await expect(rounds.initializeRound()).to.emit(rounds, "NewRound").withArgs(7);
    expect(await rounds.lastAnnouncedRound()).to.deep.equal([true, 7n]);
  });
});
