import { concat, dataSlice, toBeHex } from "ethers";
import type { Evidence, Receipt } from "../../../sim/model/disputes/receipt.ts";
import { domainOf, ORDER_FIELDS, RECEIPT_FIELDS } from "../../../sim/model/disputes/receipt.ts";
import type { Stage } from "./stage.ts";
import type { Fault } from "./steps.ts";

/** Order of the curve on which signatures are. */
const CURVE = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

export interface Order {
  readonly receipt: Receipt;
  readonly outputIndex: bigint;
  /** Who signs order and receipt. */
  readonly orderer: string;
  readonly author: string;
  readonly fault: Fault;
}

/** What both parties sign, or what somebody may try instead. */
export async function sign({ protocol, chain, chainId }: Stage, order: Order): Promise<Evidence> {
  const { receipt, outputIndex, fault } = order;
  const domain = domainOf({ chainId, bonding: chain.addresses.bonding });
  const [orderer, author] = [
    await protocol.ethers.getSigner(order.orderer),
    await protocol.ethers.getSigner(order.author),
  ];
  const tampered = { ...receipt, sequence: receipt.sequence + 1n };
  const segment = { ...(fault === "order tampered" ? tampered : receipt), recipient: receipt.orchestrator };
  const orderSignature = await orderer.signTypedData(domain, ORDER_FIELDS, segment);
  const signed = fault === "receipt tampered" ? tampered : receipt;
  const receiptSignature = await author.signTypedData(domain, RECEIPT_FIELDS, signed);
  return {
    receipt,
    receiptSignature: fault === "high s" ? twinOf(receiptSignature) : receiptSignature,
    orderTimestamp: receipt.timestamp,
    orderSignature: fault === "empty signature" ? "0x" : orderSignature,
    outputIndex,
  };
}

/** The other signature of the same key over the same digest, which does not count. */
function twinOf(signature: string): string {
  const s = CURVE - BigInt(dataSlice(signature, 32, 64));
  const v = 55n - BigInt(dataSlice(signature, 64));
  return concat([dataSlice(signature, 0, 32), toBeHex(s, 32), toBeHex(v, 1)]);
}
