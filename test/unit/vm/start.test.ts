import { expect } from "chai";
import { network } from "hardhat";
import { PARAMETERS_BYTES, ROM_END } from "../../../offchain/vm/layout.ts";
import type { Memory } from "../../../offchain/vm/memory.ts";
import { parametersTree, programTree, type Start, startMachine } from "../../../offchain/vm/start.ts";
import { stateHash } from "../../../offchain/vm/state.ts";
import { REGION_BYTES, segmentRoot } from "../../../offchain/verification/root.ts";
import { Random } from "../../../sim/engine/random.ts";
import { expectCode } from "../pm/coded.ts";

const EMPTY = new Uint8Array(0);
const NOTHING: Start = { rom: EMPTY, parameters: EMPTY, source: EMPTY, output: EMPTY, outputIndex: 0 };
const rootOf = (tree: Memory): string => `0x${Buffer.from(tree.root()).toString("hex")}`;

describe("the start of a run", function () {
  it("V3: is the state that the contract starts with", async function () {
    const { ethers } = await network.create();
    const contract = await ethers.deployContract("Machine");
    const random = new Random(1, 0);
    const below = (limit: number): number => Math.floor(random.fraction() * limit);
    const data = (most: number): Uint8Array => Uint8Array.from({ length: below(most + 1) }, () => below(256));
    const starts: Start[] = [NOTHING];
    for (let i = 0; i < 12; i += 1) {
      const [rom, parameters, source, output] = [data(3_000), data(1_000), data(5_000), data(5_000)];
      starts.push({ rom, parameters, source, output, outputIndex: random.pick([0, 1, 2 ** 31, 2 ** 32 - 1]) });
    }
    for (const start of starts) {
      const hash = await contract.startHash({
        program: rootOf(programTree(start.rom)),
        parametersRoot: rootOf(parametersTree(start.parameters)),
        sourceRoot: segmentRoot(start.source),
        sourceLength: start.source.length,
        outputRoot: segmentRoot(start.output),
        outputLength: start.output.length,
        outputIndex: start.outputIndex,
      });
      expect(stateHash(startMachine(start).state())).to.equal(hash);
    }
  });

  it("refuses what is longer than its region", async function () {
    const parameters = new Uint8Array(PARAMETERS_BYTES + 1);
    const segment = new Uint8Array(REGION_BYTES + 1);
    await expectCode(() => startMachine({ ...NOTHING, parameters }), "ParametersTooLarge");
    await expectCode(() => parametersTree(parameters), "ParametersTooLarge");
    await expectCode(() => startMachine({ ...NOTHING, source: segment }), "SourceTooLarge");
    await expectCode(() => startMachine({ ...NOTHING, output: segment }), "SourceTooLarge");
    expect(() => programTree(new Uint8Array(ROM_END + 1))).to.throw(RangeError);
  });
});
