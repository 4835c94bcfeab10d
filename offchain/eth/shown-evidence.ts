import type { DisputeGame } from "../../types/index.ts";
import type { IVerificationFunction } from "../../types/contracts/interfaces/IDisputeGame.js";
import { parseEvidence } from "../verification/evidence/evidence.ts";
import type { SignedOutput } from "../verification/evidence/interface.ts";

/** {1} Most places of a transaction's data that are looked at. */
const MOST_PLACES = 64;

/** Evidence as the contract takes it. */
export function challengeArguments({
  order,
  receipt: { receipt, signature },
  outputIndex,
}: SignedOutput): IVerificationFunction.EvidenceStruct {
  return {
    receipt: { ...receipt, outputs: receipt.outputs.map((output) => ({ ...output })) },
    receiptSignature: signature,
    orderTimestamp: order.segment.timestamp,
    orderSignature: order.signature,
    outputIndex,
  };
}

/**
 * What a challenge has shown, by its transaction. A challenger may call through another contract, so that the call is somewhere within the
 * data; one whose contract makes it up shows it to nobody but the contract.
 *
 * @param data of the transaction, as hex
 * @param isIt whether evidence is that of the challenge
 */
export function evidenceIn(
  data: string,
  isIt: (evidence: SignedOutput) => boolean,
  abi: DisputeGame["interface"],
): SignedOutput | null {
  const selector = abi.getFunction("challenge").selector.slice(2);
  let at = data.indexOf(selector, 2);
  for (let places = 0; at !== -1 && places < MOST_PLACES; places += 1) {
    const evidence = at % 2 === 0 ? decode(`0x${data.slice(at)}`, abi) : null;
    if (evidence !== null && isIt(evidence)) return evidence;
    at = data.indexOf(selector, at + 1);
  }
  return null;
}

function decode(call: string, abi: DisputeGame["interface"]): SignedOutput | null {
  try {
    const { receipt, receiptSignature, orderTimestamp, orderSignature, outputIndex } = abi.decodeFunctionData(
      "challenge",
      call,
    )[0] as IVerificationFunction.EvidenceStructOutput;
    const { orchestrator, sender, stream, sourceRoot, profilesHash, service, program, parametersRoot } = receipt;
    const { stepBound } = receipt;
    const [sequence, sourceLength] = [Number(receipt.sequence), Number(receipt.sourceLength)];
    const both = { sender, stream, sequence, sourceRoot, sourceLength, profilesHash, service };
    // By their places: `length` of what ethers gives is that of the list of fields.
    const outputs = (receipt.outputs as unknown as [string, bigint][]).map(([root, length]) => ({
      root,
      length: Number(length),
    }));
    return parseEvidence({
      order: {
        segment: { ...both, recipient: orchestrator, timestamp: Number(orderTimestamp) },
        signature: orderSignature,
      },
      receipt: {
        receipt: {
          ...{ ...both, orchestrator, outputs, program, parametersRoot },
          ...{ stepBound: stepBound.toString(), timestamp: Number(receipt.timestamp) },
        },
        signature: receiptSignature,
      },
      outputIndex: Number(outputIndex),
    });
  } catch {
    // Whatever else happens to begin with these four bytes.
    return null;
  }
}
