import { expect } from "chai";
import { concat, keccak256 } from "ethers";
import { Memory } from "../../../offchain/vm/memory.ts";
import { DEPTH, LEAF_BYTES, segmentRoot } from "../../../offchain/verification/root.ts";
import { Random } from "../../../sim/engine/random.ts";

const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString("hex")}`;

describe("the machine's memory", () => {
  it("has the root of a segment that was written to it", () => {
    for (const length of [0, 1, 127, 128, 129, 1000, 4096]) {
      const segment = Uint8Array.from({ length }, (_, i) => (i * 7 + 1) & 0xff);
      const memory = new Memory(DEPTH);
      memory.write(0, segment);
      expect(hex(memory.root()), `${length} bytes`).to.equal(segmentRoot(segment));
    }
  });

  it("reads what was written, over the borders of leaves, and zeros elsewhere", () => {
    const memory = new Memory(3);
    memory.write(120, Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
    expect([...memory.read(118, 14)]).to.deep.equal([0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 0]);
    memory.store(256, 4, -2);
    expect(memory.load(256, 4)).to.equal(0xffff_fffe);
    expect(memory.load(258, 2)).to.equal(0xffff);
    memory.store(258, 1, 0x1234);
    expect(memory.load(256, 4)).to.equal(0xff34_fffe);
  });

  it("has a root for every content, whatever was asked before", () => {
    const random = new Random(1, 0);
    const [memory, bytes] = [new Memory(4), new Uint8Array(LEAF_BYTES * 16)];
    for (let i = 0; i < 200; i += 1) {
      const address = Math.floor(random.fraction() * bytes.length);
      const value = Math.floor(random.fraction() * 256);
      memory.write(address, Uint8Array.of(value));
      bytes[address] = value;
      if (random.chance(0.3)) expect(hex(memory.root())).to.equal(naiveRoot(bytes));
    }
    expect(hex(memory.root())).to.equal(naiveRoot(bytes));
  });

  it("proves each leaf: hashed with its siblings it is the root", () => {
    const memory = new Memory(5);
    memory.write(
      1000,
      Uint8Array.from({ length: 300 }, (_, i) => i & 0xff),
    );
    for (const address of [0, 127, 128, 1000, 1280, memory.size - 1]) {
      const proof = memory.prove(address);
      expect(proof.length).to.equal(LEAF_BYTES + 5 * 32);
      let node = keccak256(proof.subarray(0, LEAF_BYTES));
      for (let height = 0; height < 5; height += 1) {
        const sibling = proof.subarray(LEAF_BYTES + 32 * height, LEAF_BYTES + 32 * (height + 1));
        const isRight = (Math.floor(address / LEAF_BYTES) >> height) % 2 === 1;
        node = keccak256(concat(isRight ? [sibling, node] : [node, sibling]));
      }
      expect(node).to.equal(hex(memory.root()));
    }
  });

  it("refuses bytes that do not fit, and heights that no tree has", () => {
    const memory = new Memory(0);
    expect(() => memory.write(120, new Uint8Array(9))).to.throw(RangeError);
    expect(() => memory.write(-1, new Uint8Array(1))).to.throw(RangeError);
    expect(() => memory.read(128, 1)).to.throw(RangeError);
    expect(() => new Memory(22)).to.throw(RangeError);
  });
});

function naiveRoot(bytes: Uint8Array): string {
  let level: string[] = [];
  for (let at = 0; at < bytes.length; at += LEAF_BYTES) level.push(keccak256(bytes.subarray(at, at + LEAF_BYTES)));
  while (level.length > 1) {
    level = Array.from({ length: level.length / 2 }, (_, i) => keccak256(concat([level[2 * i]!, level[2 * i + 1]!])));
  }
  return level[0]!;
}
