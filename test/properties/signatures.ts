import { Signature } from "ethers";
import type { Flaw } from "./steps.ts";

const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** The signature, or what somebody may try instead of it. */
export function encode(signature: string, flaw: Flaw): string {
  const { r, s, v } = Signature.from(signature);
  const hex = (value: bigint): string => value.toString(16).padStart(64, "0");
  if (flaw === "high s") return `0x${r.slice(2)}${hex(CURVE_ORDER - BigInt(s))}${v === 27 ? "1c" : "1b"}`;
  if (flaw === "compact") return Signature.from(signature).compactSerialized;
  if (flaw === "v") return `0x${r.slice(2)}${s.slice(2)}${v === 27 ? "00" : "01"}`;
  return flaw === "empty" ? "0x" : signature;
}
