import { expect } from "chai";
import { AbiCoder, Interface } from "ethers";
import type { ErrorFragment } from "ethers";
import { refusalOf } from "../../../deploy/refusal.ts";
import { readCompiled } from "../../../scripts/contract-errors.ts";

describe("What a contract has refused with", function () {
  this.timeout(240_000);

  it("is told by name, whichever contract can say it: of the deployment, of the migration, of an alpha, of the library", () => {
    const unnamed: string[] = [];
    const names = new Set<string>();
    for (const { contract, abi } of readCompiled()) {
      const interface_ = new Interface(abi);
      interface_.forEachError((error: ErrorFragment) => {
        const defaults: readonly unknown[] = AbiCoder.defaultAbiCoder().getDefaultValue(error.inputs);
        const data = interface_.encodeErrorResult(error, defaults);
        names.add(error.name);
        if (refusalOf({ data })?.startsWith(`${error.name}(`) !== true) unnamed.push(`${contract}: ${error.name}`);
      });
    }
    expect(unnamed).to.deep.equal([]);
    expect(names).to.include.keys(
      "AlphaWitnessInflationMoved",
      "AlphaFundsUnauthorized",
      "AlphaRefused",
      "GovernorUnexpectedProposalState",
    );
  });

  it("is found wherever nodes and libraries put it, and nothing is made of other bytes", () => {
    const data = new Interface(["error AlphaRoundsOtherStart()"]).encodeErrorResult("AlphaRoundsOtherStart");
    for (const error of [
      { data },
      { data: { data } },
      { info: { error: { data } } },
      { cause: { data } },
      { error: { data } },
    ])
      expect(refusalOf(error)).to.equal("AlphaRoundsOtherStart()");
    for (const error of [{ data: "0x" }, { data: "0x12345678" }, new Error("no"), null])
      expect(refusalOf(error)).to.equal(null);
  });
});
