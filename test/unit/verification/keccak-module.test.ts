import { expect } from "chai";
import { keccak256 } from "ethers";
import fc from "fast-check";
import { createBlockHasher, HEAP } from "../../../offchain/verification/keccak-module.ts";

describe("the block hasher", () => {
  const hasher = createBlockHasher(4);
  const memory = Buffer.from(hasher.memory.buffer);

  for (const size of [64, 128] as const) {
    it(`hashes any number of ${size}-byte blocks as Keccak-256 does, in place and apart`, () => {
      const hash = size === 64 ? hasher.hash64 : hasher.hash128;
      const blocks = fc.array(fc.uint8Array({ minLength: size, maxLength: size }), { minLength: 1, maxLength: 9 });
      fc.assert(
        fc.property(blocks, fc.boolean(), (contents, inPlace) => {
          const output = inPlace ? HEAP : HEAP + 16 * size;
          memory.set(Buffer.concat(contents), HEAP);
          hash(HEAP, contents.length, output);
          contents.forEach((block, index) => {
            const digest = memory.subarray(output + 32 * index, output + 32 * index + 32);
            expect(`0x${digest.toString("hex")}`).to.equal(keccak256(block));
          });
        }),
        { numRuns: 100, seed: 3 },
      );
    });

    it(`writes nothing for no ${size}-byte blocks`, () => {
      memory.fill(7, HEAP, HEAP + 64);
      (size === 64 ? hasher.hash64 : hasher.hash128)(HEAP, 0, HEAP);
      expect(memory.subarray(HEAP, HEAP + 64).every((byte) => byte === 7)).to.equal(true);
    });
  }
});
