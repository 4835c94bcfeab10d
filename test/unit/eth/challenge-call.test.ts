import { expect } from "chai";
import { AbiCoder, concat, dataLength, dataSlice, getBytes, id, keccak256, Result, toBeHex } from "ethers";
import { connect } from "../../../deploy/contracts.ts";
import { announcedClaim, challengeArguments } from "../../../offchain/eth/challenge-call.ts";
import type { ClaimMadeEvent } from "../../../types/contracts/interfaces/IDisputeGame.js";
import { workAt } from "../verification/evidence/scene.ts";

const abi = connect("DisputeGame", "0x5FbDB2315678afecb367f032d93F642f64180aa3", null).interface;
const START = id("start");
/** {bytes} Of a final state; {1} of a list but for its two ends. */
const [STATE, BETWEEN] = [173, 15];

const FINAL = `0x${"5a".repeat(STATE)}`;
const HASHES = Array.from({ length: BETWEEN }, (_, i) => id(`between ${i}`));
const LIST = [START, ...HASHES, keccak256(FINAL)];

const announced = (call: string) => {
  const { shown, ...made } = announcedClaim(
    {
      id: id("dispute"),
      claim: Result.fromItems([7n], ["depth"]),
      startHash: START,
      call,
    } as unknown as ClaimMadeEvent.OutputObject,
    12,
    abi,
  );
  return { ...made, shown: shown() };
};

describe("what a challenge has announced", () => {
  it("is claim, list and evidence, from the event alone", async () => {
    const { evidence } = await workAt(100);
    const { order, receipt, outputIndex } = evidence;
    const call = abi.encodeFunctionData("challenge", [challengeArguments(evidence), concat([FINAL, ...HASHES])]);
    const { shown, ...made } = announced(call);
    expect(made).to.deep.equal({ id: id("dispute"), claim: { depth: 7n }, list: LIST, block: 12 });
    expect(shown).to.deep.equal({ order, receipt, outputIndex });
  });

  it("is read from every encoding that the contract takes, so that none keeps a defender away", async () => {
    const { evidence } = await workAt(100);
    const { order, receipt, outputIndex } = evidence;
    const said = concat([FINAL, ...HASHES]);
    const call = abi.encodeFunctionData("challenge", [challengeArguments(evidence), said]);
    const shown = { order, receipt, outputIndex };
    // Without the zeros that fill the last word, and with bytes that nobody reads.
    const padding = 32 - (dataLength(said) % 32);
    const unpadded = dataSlice(call, 0, dataLength(call) - padding);
    const longer = concat([call, id("more")]);
    for (const other of [unpadded, longer]) expect(announced(other)).to.deep.include({ list: LIST, shown });
    // What is said stands before the evidence.
    const [first, second] = [0, 32].map((at) => BigInt(dataSlice(call, 4 + at, 36 + at)));
    const [head, tail] = [dataSlice(call, 4 + Number(first), 4 + Number(second)), dataSlice(call, 4 + Number(second))];
    const swapped = concat([dataSlice(call, 0, 4), toBeHex(64 + dataLength(tail), 32), toBeHex(64, 32), tail, head]);
    expect(announced(swapped)).to.deep.include({ list: LIST, shown });
  });

  it("has no evidence when that has numbers that no node signs, and still its list", async () => {
    const { evidence } = await workAt(100);
    const args = challengeArguments(evidence);
    const large = { ...args, receipt: { ...args.receipt, sequence: 2n ** 64n - 1n } };
    const call = abi.encodeFunctionData("challenge", [large, concat([FINAL, ...HASHES])]);
    expect(announced(call)).to.deep.include({ list: LIST, shown: null });
    const nonsense = concat([
      "0x12345678",
      AbiCoder.defaultAbiCoder().encode(["uint256", "bytes"], [2n ** 255n, getBytes(concat([FINAL, ...HASHES]))]),
    ]);
    expect(announced(nonsense)).to.deep.include({ list: LIST, shown: null });
  });
});
