import { expect } from "chai";
import { concat, keccak256 } from "ethers";
import fc from "fast-check";
import { DEPTH, LEAF_BYTES, REGION_BYTES, segmentRoot } from "../../../offchain/verification/root.ts";
import { expectCode } from "../pm/coded.ts";
import { seededRandomness } from "../pm/world.ts";

/** The definition, level by level; `zero` stands for everything on the right that was never written. */
function naiveRoot(bytes: Uint8Array): string {
  const padded = new Uint8Array(Math.ceil(bytes.length / LEAF_BYTES) * LEAF_BYTES);
  padded.set(bytes);
  let level: string[] = [];
  for (let at = 0; at < padded.length; at += LEAF_BYTES) level.push(keccak256(padded.subarray(at, at + LEAF_BYTES)));
  let zero = keccak256(new Uint8Array(LEAF_BYTES));
  for (let height = 0; height < DEPTH; height += 1) {
    const above: string[] = [];
    for (let i = 0; i < level.length; i += 2) above.push(keccak256(concat([level[i]!, level[i + 1] ?? zero])));
    level = above;
    zero = keccak256(concat([zero, zero]));
  }
  return level[0] ?? zero;
}

describe("segmentRoot", () => {
  it("covers 2^26 bytes", () => expect(REGION_BYTES).to.equal(2 ** 26));

  it("is the naive Merkle root at every boundary", () => {
    const randomness = seededRandomness("root");
    const lengths = [
      0,
      1,
      127,
      128,
      129,
      255,
      256,
      257,
      384,
      511,
      512,
      513,
      1023,
      1024,
      1025,
      128 * 7,
      128 * 64,
      128 * 64 + 1,
    ];
    for (const length of lengths) {
      const bytes = randomness(length).subarray(0, length);
      expect(segmentRoot(bytes), `${length} bytes`).to.equal(naiveRoot(bytes));
    }
  });

  it("is the naive Merkle root of anything, called in any order", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 6_000, size: "max" }), (bytes) => {
        expect(segmentRoot(bytes)).to.equal(naiveRoot(bytes));
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it("reads a view into a larger buffer", () => {
    const buffer = Buffer.from(seededRandomness("view")(1000));
    expect(segmentRoot(buffer.subarray(100, 700))).to.equal(naiveRoot(Uint8Array.from(buffer.subarray(100, 700))));
  });

  it("does not see trailing zeros, which is why the length is signed with it", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.nat(600), (bytes, zeros) => {
        const longer = new Uint8Array(bytes.length + zeros);
        longer.set(bytes);
        expect(segmentRoot(longer)).to.equal(segmentRoot(bytes));
      }),
      { seed: 2 },
    );
  });

  it("sees every other change", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 600 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (bytes, at, flip) => {
          const changed = Uint8Array.from(bytes);
          changed[at % bytes.length]! ^= flip;
          expect(segmentRoot(changed)).not.to.equal(segmentRoot(bytes));
        },
      ),
      { seed: 3 },
    );
  });

  it("takes a full region and refuses one byte more", async () => {
    const full = new Uint8Array(REGION_BYTES);
    expect(segmentRoot(full)).to.equal(segmentRoot(new Uint8Array(0)));
    full[REGION_BYTES - 1] = 1;
    expect(segmentRoot(full)).not.to.equal(segmentRoot(new Uint8Array(0)));
    const error = await expectCode(() => segmentRoot(new Uint8Array(REGION_BYTES + 1)), "SourceTooLarge");
    expect(error.data).to.deep.equal({ bytes: REGION_BYTES + 1, maxBytes: REGION_BYTES });
  });
});
