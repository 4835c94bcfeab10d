import { expect } from "chai";
import { hexlify } from "ethers";
import { network } from "hardhat";
import { type Case, parametersTree, programTree, startMachine, startOf } from "../../../../offchain/vm/start.ts";
import { stateHash } from "../../../../offchain/vm/state.ts";
import { segmentRoot } from "../../../../offchain/verification/root.ts";
import { Random } from "../../../../sim/engine/random.ts";

const EMPTY = new Uint8Array(0);
const NOTHING: Case = { program: EMPTY, parameters: EMPTY, source: EMPTY, output: EMPTY, outputIndex: 0 };

describe("Machine.startHash", function () {
  it("V3: is the state that the contract starts with", async function () {
    const { ethers } = await network.create();
    const contract = await ethers.deployContract("Machine");
    const random = new Random(1, 0);
    const below = (limit: number): number => Math.floor(random.fraction() * limit);
    const data = (most: number): Uint8Array => Uint8Array.from({ length: below(most + 1) }, () => below(256));
    const cases: Case[] = [NOTHING];
    for (let i = 0; i < 12; i += 1) {
      const [program, parameters, source, output] = [data(3_000), data(1_000), data(5_000), data(5_000)];
      cases.push({ program, parameters, source, output, outputIndex: random.pick([0, 1, 2 ** 31, 2 ** 32 - 1]) });
    }
    for (const judged of cases) {
      const hash = await contract.startHash({
        program: hexlify(programTree(judged.program).root()),
        parametersRoot: hexlify(parametersTree(judged.parameters).root()),
        sourceRoot: segmentRoot(judged.source),
        sourceLength: judged.source.length,
        outputRoot: segmentRoot(judged.output),
        outputLength: judged.output.length,
        outputIndex: judged.outputIndex,
      });
      expect(stateHash(startMachine(startOf(judged)).state())).to.equal(hash);
    }
  });
});
