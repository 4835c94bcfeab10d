import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { getBytes, hexlify } from "ethers";
import { structureProgram } from "../../../../offchain/verification/structure/judge.ts";
import { parametersTree, startMachine, startOf } from "../../../../offchain/vm/start.ts";
import { stateHash, Status, verdictName } from "../../../../offchain/vm/state.ts";
import { HEAP } from "../../../../offchain/vm/layout.ts";
import { structureVectors } from "../../../../scripts/structure-vectors.ts";

interface Finding {
  number: number;
  where: string;
  position: number;
  picture: number;
  expected: number;
  found: number;
}

interface Vectors {
  parameters: {
    name: string;
    fields: Record<string, number> & { outputs: Record<string, number>[] };
    bytes: string;
    root: string;
  }[];
  segments: Record<string, string>;
  cases: {
    source: string;
    output: string;
    parameters: string;
    outputIndex: number;
    verdict: string;
    finding: Finding | null;
    sourcePictures: number;
    outputPictures: number;
    steps: number;
    startHash: string;
    endHash: string;
  }[];
}

const FILE = new URL("../../../../LIPS/vectors/structure.json", import.meta.url);
/** In the order of their words: LIP-7. */
const HEADER = ["sourceBytes", "pictures", "units"];
const ROW = ["width", "height", "profiles", "level", "pictureStep", "timeTolerance", "outputBytes"];
const PLACES = ["parameters", "source", "output"];

describe("LIPS/vectors/structure.json", () => {
  let text: string;
  let vectors: Vectors;
  before(async () => {
    text = await readFile(FILE, "utf8");
    vectors = JSON.parse(text) as Vectors;
  });

  it("is what `npm run lips:vectors` writes", () => expect(text).to.equal(structureVectors()));

  it("has parameters in the words of LIP-7", () => {
    for (const { name, fields, bytes, root } of vectors.parameters) {
      const rows = fields.outputs.flatMap((row) => ROW.map((field) => row[field]!));
      const words = [1, ...HEADER.map((field) => fields[field]!), fields.outputs.length, ...rows];
      expect(hexlify(new Uint8Array(Uint32Array.from(words).buffer)), name).to.equal(bytes);
      expect(hexlify(parametersTree(getBytes(bytes)).root()), name).to.equal(root);
    }
  });

  it("has the endings and the reports at which the reference machine arrives, step by step", () => {
    const program = structureProgram();
    for (const vector of vectors.cases) {
      const parameters = vectors.parameters.find(({ name }) => name === vector.parameters)!;
      const machine = startMachine(
        startOf({
          program,
          parameters: getBytes(parameters.bytes),
          source: getBytes(vectors.segments[vector.source]!),
          output: getBytes(vectors.segments[vector.output]!),
          outputIndex: vector.outputIndex,
        }),
      );
      expect(stateHash(machine.state())).to.equal(vector.startHash);
      while (machine.status === Status.running) machine.step();
      const { status, verdict, step } = machine.state();
      const [number, where, position, picture, expected, found, sourcePictures, outputPictures] = Array.from(
        { length: 8 },
        (_, i) => machine.memory.load(HEAP + 4 * i, 4),
      );
      const finding = number === 0 ? null : { number, where: PLACES[where!], position, picture, expected, found };
      expect({ status, verdict: verdictName(verdict), step, finding, sourcePictures, outputPictures }).to.deep.equal({
        status: Status.halted,
        verdict: vector.verdict,
        step: BigInt(vector.steps),
        finding: vector.finding === null ? null : withoutCode(vector.finding),
        sourcePictures: vector.sourcePictures,
        outputPictures: vector.outputPictures,
      });
      expect(stateHash(machine.state())).to.equal(vector.endHash);
    }
  });
});

function withoutCode({ number, where, position, picture, expected, found }: Finding): Finding {
  return { number, where, position, picture, expected, found };
}
