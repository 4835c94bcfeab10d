import { expect } from "chai";
import { AbiCoder, getBytes } from "ethers";
import { WORD, Words } from "../../../offchain/pm/encoding.ts";
import { SENDER } from "./world.ts";

describe("Words", () => {
  const BYTES = `0x${"ab".repeat(32)}`;
  const writes: [type: string, value: unknown, write: (words: Words, at: number) => void][] = [
    ["uint256", 2n ** 128n - 2n, (words, at) => words.uint(at, 2n ** 128n - 2n)],
    ["uint256", 5n, (words, at) => words.uint(at, 5n)],
    ["uint256", 2 ** 53 - 1, (words, at) => words.number(at, 2 ** 53 - 1)],
    ["address", SENDER, (words, at) => words.address(at, SENDER)],
    ["bytes32", BYTES, (words, at) => words.bytes32(at, BYTES)],
  ];
  for (const [type, value, write] of writes) {
    it(`holds ${type} ${value} as the ABI has it, whatever stood there, and leaves its neighbours alone`, () => {
      const words = new Words(3);
      expect(words.bytes).to.have.length(3 * WORD);
      words.bytes.fill(0xff);
      write(words, 1);
      const ones = new Uint8Array(WORD).fill(0xff);
      const word = getBytes(AbiCoder.defaultAbiCoder().encode([type], [value]));
      expect([...words.bytes]).to.deep.equal([...ones, ...word, ...ones]);
    });
  }
});
