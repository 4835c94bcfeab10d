import { concat, dataLength, dataSlice, keccak256, toNumber, ZeroHash } from "ethers";
import type { Result } from "ethers";
import type { DisputeGame } from "../../types/index.ts";
import type { ClaimMadeEvent, IVerificationFunction } from "../../types/contracts/interfaces/IDisputeGame.js";
import type { AnnouncedClaim, Claim } from "../verification/agents/interface.ts";
import { parseEvidence } from "../verification/evidence/evidence.ts";
import type { SignedOutput } from "../verification/evidence/interface.ts";
import { STATE_BYTES } from "../vm/state.ts";

type Abi = DisputeGame["interface"];

const SELECTOR_BYTES = 4;
const WORD_BYTES = 32;

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

/** What `ClaimMade` tells. */
export function announcedClaim(
  { id, claim, startHash, call }: ClaimMadeEvent.OutputObject,
  block: number,
  abi: Abi,
): AnnouncedClaim {
  return {
    id,
    claim: (claim as unknown as Result).toObject() as Claim,
    list: [startHash, ...hashesOf(saidIn(call))],
    block,
    shown: () => evidenceIn(call, abi),
  };
}

/** The second argument, found as the contract finds it: a decoder refuses some encodings that it takes, and then nobody could defend. */
function saidIn(call: string): string {
  const data = dataSlice(call, SELECTOR_BYTES);
  const wordAt = (at: number) => toNumber(dataSlice(data, at, at + WORD_BYTES));
  const from = wordAt(WORD_BYTES);
  return dataSlice(data, from + WORD_BYTES, from + WORD_BYTES + wordAt(from));
}

/** The list without its first hash: what is said is the final state, and the hashes before its own. */
function hashesOf(said: string): string[] {
  const hashes: string[] = [];
  for (let at = STATE_BYTES; at < dataLength(said); at += WORD_BYTES) hashes.push(dataSlice(said, at, at + WORD_BYTES));
  return [...hashes, keccak256(dataSlice(said, 0, STATE_BYTES))];
}

/** Null when it has numbers that no node signs. */
function evidenceIn(call: string, abi: Abi): SignedOutput | null {
  try {
    // The last bytes may stand there without the zeros that fill their word.
    const padded = concat([call, ZeroHash]);
    return evidenceOf(abi.decodeFunctionData("challenge", padded)[0] as IVerificationFunction.EvidenceStructOutput);
  } catch {
    return null;
  }
}

/** Errors: `EvidenceInvalid`. */
function evidenceOf(shown: IVerificationFunction.EvidenceStructOutput): SignedOutput {
  const { receipt, receiptSignature, orderTimestamp, orderSignature, outputIndex } = shown;
  const { orchestrator, sender, stream, sourceRoot, profilesHash, service, program, parametersRoot } = receipt;
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
        ...{ stepBound: receipt.stepBound.toString(), timestamp: Number(receipt.timestamp) },
      },
      signature: receiptSignature,
    },
    outputIndex: Number(outputIndex),
  });
}
