import { expect } from "chai";
import { loadProtocol } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";

const ONE = 10n ** 18n;
const MOST = ONE / 500n;
const STEP = MOST / 10_000n;
const parametersOf = (changes = {}) => ({
  inflationStep: STEP,
  maximumInflation: MOST,
  targetBondingRate: ONE,
  treasuryCut: ONE / 5n,
  ...changes,
});

describe("Minter.setParameters", function () {
  let p: Protocol;
  let minter: Protocol["minter"];

  beforeEach(async function () {
    p = await loadProtocol();
    minter = p.minter;
  });

  it("reverts outside the bounds of the step", async function () {
    for (const inflationStep of [STEP - 1n, MOST + 1n]) {
      await expect(minter.setParameters(parametersOf({ inflationStep })))
        .to.be.revertedWithCustomError(minter, "MinterStepOutOfBounds")
        .withArgs(inflationStep, STEP, MOST);
    }
  });

  it("reverts for a maximum inflation above 0.2 %", async function () {
    await expect(minter.setParameters(parametersOf({ maximumInflation: MOST + 1n })))
      .to.be.revertedWithCustomError(minter, "MinterInflationTooHigh")
      .withArgs(MOST + 1n, MOST);
  });

  it("reverts for a target above the whole supply", async function () {
    await expect(minter.setParameters(parametersOf({ targetBondingRate: ONE + 1n })))
      .to.be.revertedWithCustomError(minter, "MinterTargetTooHigh")
      .withArgs(ONE + 1n, ONE);
  });

  it("reverts for a treasury's part above a fifth", async function () {
    await expect(minter.setParameters(parametersOf({ treasuryCut: ONE / 5n + 1n })))
      .to.be.revertedWithCustomError(minter, "MinterTreasuryCutTooHigh")
      .withArgs(ONE / 5n + 1n, ONE / 5n);
  });

  it("changes the parameters, at every bound, and leaves what is settled as it is", async function () {
    const inflation = await minter.inflation();
    const before = [...(await minter.parameters())];
    const first = parametersOf();
    await expect(minter.setParameters(first))
      .to.emit(minter, "ParametersChanged")
      .withArgs(before, Object.values(first));
    expect([...(await minter.parameters())]).to.deep.equal(Object.values(first));

    const second = parametersOf({ inflationStep: MOST, maximumInflation: 0n, targetBondingRate: 0n, treasuryCut: 0n });
    await expect(minter.setParameters(second))
      .to.emit(minter, "ParametersChanged")
      .withArgs(Object.values(first), Object.values(second));
    expect([...(await minter.parameters())]).to.deep.equal(Object.values(second));
    expect(await minter.inflation()).to.equal(inflation);
  });
});
