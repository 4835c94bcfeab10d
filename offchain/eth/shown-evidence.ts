import type { Result } from "ethers";
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
    const { receipt, receiptSignature, orderTimestamp, orderSignature, outputIndex } = plain(
      abi.decodeFunctionData("challenge", call)[0] as Result,
    ) as {
      receipt: Record<string, unknown>;
      [field: string]: unknown;
    };
    const { orchestrator, sender, stream, sequence, sourceRoot, sourceLength, profilesHash, service } = receipt;
    const segment = {
      ...{ sender, stream, sequence, sourceRoot, sourceLength, profilesHash, service },
      recipient: orchestrator,
      timestamp: orderTimestamp,
    };
    return parseEvidence({
      order: { segment, signature: orderSignature },
      receipt: { receipt: { ...receipt, stepBound: String(receipt["stepBound"]) }, signature: receiptSignature },
      outputIndex,
    });
  } catch {
    // Whatever else happens to begin with these four bytes.
    return null;
  }
}

/** Structs and lists as objects and arrays; numbers that one can hold, as numbers. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  if (!Array.isArray(value)) return value;
  const result = value as unknown as Result;
  try {
    return Object.fromEntries(Object.entries(result.toObject()).map(([name, field]) => [name, plain(field)]));
  } catch {
    return [...result].map(plain);
  }
}
