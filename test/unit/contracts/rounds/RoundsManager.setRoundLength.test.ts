import { expect } from "chai";
import { loadProtocol, toRound } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";

const DAY = 86_400n;

describe("RoundsManager.setRoundLength", function () {
  let p: Protocol;
  let rounds: Protocol["rounds"];
  let start: bigint;

  beforeEach(async function () {
    p = await loadProtocol();
    rounds = p.rounds;
    start = (await rounds.schedule()).active.startTime;
  });

  it("reverts outside the bounds", async function () {
    for (const length of [0n, 30n * DAY + 1n]) {
      await expect(rounds.setRoundLength(length))
        .to.be.revertedWithCustomError(rounds, "RoundsManagerLengthOutOfBounds")
        .withArgs(length, 1, 30n * DAY);
    }
  });

  it("accepts the bounds themselves", async function () {
    for (const length of [1n, 30n * DAY]) {
      await rounds.setRoundLength(length);
      expect((await rounds.schedule()).pending.roundLength).to.equal(length);
    }
  });

  it("keeps a change that begins in this very second", async function () {
    await rounds.setRoundLength(100);
    await p.networkHelpers.time.setNextBlockTimestamp(start + DAY);
    await expect(rounds.setRoundLength(200))
      .to.emit(rounds, "RoundLengthChanged")
      .withArgs(100, 200, 3, start + DAY + 100n);
    expect(await rounds.roundStart(2)).to.equal(start + DAY);
  });

  it("takes effect at the next boundary, and not before", async function () {
    await toRound(p, 4n);
    const boundary = start + 4n * DAY;
    await expect(rounds.setRoundLength(100)).to.emit(rounds, "RoundLengthChanged").withArgs(DAY, 100, 5, boundary);
    expect(await rounds.schedule()).to.deep.equal([
      [start, 1n, DAY],
      [boundary, 5n, 100n],
    ]);

    await p.networkHelpers.time.increaseTo(boundary - 1n);
    expect(await rounds.currentRound()).to.equal(4);
    expect(await rounds.roundLength()).to.equal(DAY);
    await p.networkHelpers.time.increaseTo(boundary);
    expect(await rounds.currentRound()).to.equal(5);
    expect(await rounds.roundLength()).to.equal(100);
    await p.networkHelpers.time.increaseTo(boundary + 99n);
    expect(await rounds.currentRound()).to.equal(5);
    await p.networkHelpers.time.increaseTo(boundary + 100n);
    expect(await rounds.currentRound()).to.equal(6);
    expect(await rounds.schedule()).to.deep.equal([
      [boundary, 5n, 100n],
      [0n, 0n, 0n],
    ]);
  });

  it("leaves the times of past rounds as they were", async function () {
    await toRound(p, 4n);
    const times = [start - 5n, start, start + DAY, start + 3n * DAY + 7n];
    const before = await Promise.all(times.map((time) => rounds.roundAt(time)));
    for (let i = 0; i < 3; ++i) {
      await rounds.setRoundLength(100 + i);
      await toRound(p, (await rounds.currentRound()) + 2n);
    }
    expect(await Promise.all(times.map((time) => rounds.roundAt(time)))).to.deep.equal(before);
    expect(before).to.deep.equal([1n, 1n, 2n, 4n]);
    for (let round = 1n; round <= 20n; ++round) {
      const begin = await rounds.roundStart(round);
      expect(await rounds.roundAt(begin)).to.equal(round);
      if (round > 1n) expect(await rounds.roundAt(begin - 1n)).to.equal(round - 1n);
    }
  });

  it("replaces a change that has not begun", async function () {
    await rounds.setRoundLength(100);
    await expect(rounds.setRoundLength(200))
      .to.emit(rounds, "RoundLengthChanged")
      .withArgs(DAY, 200, 2, start + DAY);
    const { pending } = await rounds.schedule();
    expect(pending).to.deep.equal([start + DAY, 2n, 200n]);
  });

  it("is from the second round on if the first has not begun", async function () {
    const startTime = start + 100n * DAY;
    const later = await startAt(startTime, 7n);
    expect([await later.currentRound(), await later.roundLength()]).to.deep.equal([7n, DAY]);
    await expect(later.setRoundLength(100))
      .to.emit(later, "RoundLengthChanged")
      .withArgs(DAY, 100, 8, startTime + DAY);
    await expect(later.setRoundLength(200))
      .to.emit(later, "RoundLengthChanged")
      .withArgs(DAY, 200, 8, startTime + DAY);
    expect(await later.roundAt(startTime + DAY + 200n)).to.equal(9);
  });

  it("reverts where the boundary is past what 64 bits count", async function () {
    const last = 2n ** 64n - 1n;
    const ending = await startAt(start, last);
    await expect(ending.setRoundLength(100))
      .to.be.revertedWithCustomError(ending, "SafeCastOverflowedUintDowncast")
      .withArgs(64, last + 1n);
    const late = await startAt(last, 1n);
    await expect(late.setRoundLength(100))
      .to.be.revertedWithCustomError(late, "SafeCastOverflowedUintDowncast")
      .withArgs(64, last + DAY);
  });

  /** Another schedule of rounds that last a day. */
  async function startAt(startTime: bigint, startRound: bigint): Promise<Protocol["rounds"]> {
    const initializer = rounds.interface.encodeFunctionData("initialize", [
      p.deployment.accessManager,
      DAY,
      startTime,
      startRound,
    ]);
    const logic = p.deployment.contracts.RoundsManager.implementation;
    const proxy = await p.ethers.deployContract("TransparentUpgradeableProxy", [logic, p.deployer, initializer]);
    return rounds.attach(await proxy.getAddress()) as typeof rounds;
  }
});
