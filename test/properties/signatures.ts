import { Signature, ZeroHash } from "ethers";
import type { Flaw } from "./steps.ts";

const PARITY = 2n ** 255n;

/** The signature as ERC-2098 has it, or what somebody may try instead of it. */
export function encode(signature: string, flaw: Flaw): { r: string; vs: string } {
  const { r, yParityAndS } = Signature.from(signature);
  if (flaw === "parity") return { r, vs: `0x${(BigInt(yParityAndS) ^ PARITY).toString(16).padStart(64, "0")}` };
  if (flaw === "high s") return { r, vs: `0x7${"f".repeat(63)}` };
  return flaw === "empty" ? { r: ZeroHash, vs: ZeroHash } : { r, vs: yParityAndS };
}
