import { expect } from "chai";
import { PARAMETERS_BYTES, ROM_END } from "../../../offchain/vm/layout.ts";
import { type Case, parametersTree, programTree, startOf } from "../../../offchain/vm/start.ts";
import { REGION_BYTES } from "../../../offchain/verification/root.ts";
import { expectCode } from "../pm/coded.ts";

const EMPTY = new Uint8Array(0);
const NOTHING: Case = { program: EMPTY, parameters: EMPTY, source: EMPTY, output: EMPTY, outputIndex: 0 };

describe("the start of a run", function () {
  it("refuses what is longer than its region", async function () {
    const parameters = new Uint8Array(PARAMETERS_BYTES + 1);
    const segment = new Uint8Array(REGION_BYTES + 1);
    await expectCode(() => startOf({ ...NOTHING, parameters }), "ParametersTooLarge");
    await expectCode(() => parametersTree(parameters), "ParametersTooLarge");
    await expectCode(() => startOf({ ...NOTHING, source: segment }), "SourceTooLarge");
    await expectCode(() => startOf({ ...NOTHING, output: segment }), "SourceTooLarge");
    expect(() => programTree(new Uint8Array(ROM_END + 1))).to.throw(RangeError);
  });
});
