import { expect } from "chai";
import { concat, keccak256 } from "ethers";
import { segmentRoot } from "../../../offchain/verification/root.ts";
import { PARAMETERS_BYTES, PARAMETERS_HEIGHT, ROM_HEIGHT } from "../../../offchain/vm/layout.ts";
import { Memory, ZERO } from "../../../offchain/vm/memory.ts";
import { PagedMemory } from "../../../offchain/vm/paged-memory.ts";
import { startOf } from "../../../offchain/vm/start.ts";
import { hex } from "./hex.ts";

const pair = (left: string | Uint8Array, right: string | Uint8Array): string => keccak256(concat([left, right]));

function rootOf(height: number, bytes: Uint8Array): Uint8Array {
  const tree = new Memory(height);
  tree.write(0, bytes);
  return tree.root();
}

describe("the start of a run", () => {
  const bytes = (length: number, factor: number) => Uint8Array.from({ length }, (_, i) => i * factor);
  const judged = {
    program: bytes(1_000, 3),
    parameters: bytes(200, 5),
    source: bytes(5_000, 7),
    output: bytes(3_001, 11),
    outputIndex: 2,
  };

  it("has the memory root that LIP-5 makes of four signed roots, and the lengths in x10 to x12", () => {
    const { images, registers } = startOf(judged);
    const memory = new PagedMemory();
    for (const image of images) memory.write(image.address, image.bytes);

    const program = rootOf(ROM_HEIGHT, judged.program);
    const parameters = rootOf(PARAMETERS_HEIGHT, judged.parameters);
    const m17 = pair(pair(pair(program, ZERO[14]!), ZERO[15]!), ZERO[16]!);
    const m20 = pair(pair(pair(m17, parameters), ZERO[18]!), ZERO[19]!);
    const root = pair(m20, pair(segmentRoot(judged.source), segmentRoot(judged.output)));
    expect(`0x${hex(memory.root())}`).to.equal(root);

    const x = new Int32Array(32);
    x.set([5_000, 3_001, 2], 10);
    expect(registers).to.deep.equal({ pc: 0, status: 0, verdict: 0, step: 0n, x });
  });

  it("refuses what does not fit into its region", () => {
    expect(() => startOf({ ...judged, parameters: new Uint8Array(PARAMETERS_BYTES + 1) })).to.throw(RangeError);
  });
});
