import { createRequire } from "node:module";
import type secp256k1 from "secp256k1";

/** secp256k1 as `crypto.ts` needs it: public keys are 65 bytes, signatures 64 bytes r‖s with a low s, nonces those of RFC 6979. */
export interface Curve {
  readonly name: "native" | "wasm";
  publicKey(privateKey: Uint8Array): Uint8Array;
  sign(digest: Uint8Array, privateKey: Uint8Array): { readonly signature: Uint8Array; readonly recovery: number };
  /** The key that signed; null when there is none. The answer is only good until the next call. */
  recover(digest: Uint8Array, signature: Uint8Array, recovery: 0 | 1): Uint8Array | null;
}

/** libsecp256k1 as native code; null where the package holds no build for the platform. */
export function nativeCurve(): Curve | null {
  let native: typeof secp256k1;
  try {
    // Not the package's own entry, which would fall back to curve arithmetic in JavaScript: 20 times slower than WebAssembly.
    native = createRequire(import.meta.url)("secp256k1/bindings.js") as typeof secp256k1;
  } catch {
    return null;
  }
  const recovered = new Uint8Array(65);
  return {
    name: "native",
    publicKey: (privateKey) => native.publicKeyCreate(privateKey, false),
    sign: (digest, privateKey) => {
      const { signature, recid } = native.ecdsaSign(digest, privateKey);
      return { signature, recovery: recid };
    },
    recover: (digest, signature, recovery) => {
      try {
        return native.ecdsaRecover(signature, recovery, digest, false, recovered);
      } catch {
        return null;
      }
    },
  };
}

/** The same library compiled to WebAssembly: runs everywhere. */
export async function wasmCurve(): Promise<Curve> {
  const { instantiateSecp256k1 } = await import("@bitauth/libauth");
  const wasm = await instantiateSecp256k1();
  return {
    name: "wasm",
    publicKey: (privateKey) => orThrow(wasm.derivePublicKeyUncompressed(privateKey)),
    sign: (digest, privateKey) => {
      const { signature, recoveryId } = orThrow(wasm.signMessageHashRecoverableCompact(privateKey, digest));
      return { signature, recovery: recoveryId };
    },
    recover: (digest, signature, recovery) => {
      const key = wasm.recoverPublicKeyUncompressed(signature, recovery, digest);
      return typeof key === "string" ? null : key;
    },
  };
}

/** The library answers with a sentence instead of throwing. */
function orThrow<T>(answer: T | string): T {
  if (typeof answer === "string") throw new RangeError(answer);
  return answer;
}
