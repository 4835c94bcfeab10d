import { expect } from "chai";
import { AbiCoder, concat } from "ethers";
import { connect } from "../../../deploy/contracts.ts";
import { challengeArguments, evidenceIn } from "../../../offchain/eth/shown-evidence.ts";
import { disputeId } from "../../../offchain/verification/evidence/evidence.ts";
import { ZERO_HASH } from "../../../offchain/verification/messages.ts";
import { PARTIES, workAt } from "../verification/evidence/scene.ts";

const abi = connect("DisputeGame", "0x5FbDB2315678afecb367f032d93F642f64180aa3", null).interface;

describe("what a challenge has shown", () => {
  it("is read from its transaction, also when another contract was called to pass it on", async () => {
    const { evidence } = await workAt(100);
    const { order, receipt, outputIndex } = evidence;
    const id = disputeId(evidence, PARTIES.domain);
    const isIt = (shown: typeof evidence | Parameters<typeof disputeId>[0]) => disputeId(shown, PARTIES.domain) === id;
    const call = abi.encodeFunctionData("challenge", [challengeArguments(evidence), "0x1234"]);
    const selector = call.slice(0, 10);
    const forwarded = concat([
      "0xdeadbeef",
      AbiCoder.defaultAbiCoder().encode(["address", "bytes"], [PARTIES.sender.address, call]),
    ]);
    for (const data of [call, forwarded, concat([selector, selector, forwarded])]) {
      expect(evidenceIn(data, isIt, abi)).to.deep.equal({ order, receipt, outputIndex });
    }
    expect(evidenceIn(call, () => false, abi)).to.equal(null);
    expect(evidenceIn(selector, isIt, abi)).to.equal(null);
    expect(evidenceIn("0x", isIt, abi)).to.equal(null);
    expect(evidenceIn(`0x${selector.slice(2).repeat(1_000)}`, isIt, abi)).to.equal(null);
    expect(id).to.not.equal(ZERO_HASH);
  });
});
