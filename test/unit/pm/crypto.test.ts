import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { computeAddress, getAddress, hexlify, keccak256, recoverAddress, SigningKey } from "ethers";
import fc from "fast-check";
import {
  checksumAddress,
  createSigner,
  keccakHex,
  publicKeyOf,
  recoverSigner,
  signDigest,
} from "../../../offchain/pm/crypto.ts";
import { type Curve, nativeCurve, wasmCurve } from "../../../offchain/pm/curve.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const hex = (array: Uint8Array | null): string | null => array && Buffer.from(array).toString("hex");

describe("crypto", () => {
  it("hashes as ethers does", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (input) => {
        expect(keccakHex(input)).to.equal(keccak256(input));
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it("gives addresses the checksum that ethers gives them, the first time and again", () => {
    fc.assert(
      fc.property(bytes(20), (input) => {
        const lowerCase = hex(input)!;
        for (let i = 0; i < 2; i += 1) expect(checksumAddress(lowerCase)).to.equal(getAddress(`0x${lowerCase}`));
      }),
      { numRuns: 300, seed: 2 },
    );
  });

  it("has for a private key the public key, the address and the signatures that ethers has", async () => {
    await fc.assert(
      fc.asyncProperty(bytes(32), bytes(32), async (key, message) => {
        const [privateKey, digest] = [hexlify(key), hexlify(message)];
        const ethers = new SigningKey(privateKey);
        const signature = ethers.sign(digest).serialized;
        expect(publicKeyOf(privateKey)).to.equal(ethers.publicKey);
        expect(signDigest(privateKey, digest)).to.equal(signature);
        const signer = createSigner(privateKey);
        expect([signer.address, await signer.signDigest(digest)]).to.deep.equal([
          computeAddress(privateKey),
          signature,
        ]);
      }),
      { numRuns: 20, seed: 5 },
    );
  });

  it("recovers a signer up to the highest s that contracts take", () => {
    const digest = `0x${"ab".repeat(32)}`;
    // The generator's x, which is some signature's r.
    const r = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
    const half = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;
    const signed = (s: bigint): string => `0x${r}${s.toString(16)}1b`;
    expect(recoverSigner(digest, signed(half))).to.equal(recoverAddress(digest, signed(half)));
    expect(recoverSigner(digest, signed(half + 1n))).to.equal(null);
  });

  describe("the curve in WebAssembly", () => {
    let native: Curve;
    let wasm: Curve;
    before(async () => {
      native = nativeCurve()!;
      wasm = await wasmCurve();
    });

    it("has the same keys, signatures and signers as the native one", () => {
      fc.assert(
        fc.property(bytes(32), bytes(32), (key, digest) => {
          expect(hex(wasm.publicKey(key))).to.equal(hex(native.publicKey(key)));
          const { signature, recovery } = native.sign(digest, key);
          const other = wasm.sign(digest, key);
          expect([hex(other.signature), other.recovery]).to.deep.equal([hex(signature), recovery]);
          for (const each of [0, 1] as const) {
            const signer = hex(native.recover(digest, signature, each));
            expect(hex(wasm.recover(digest, signature, each))).to.equal(signer);
            expect(signer === hex(native.publicKey(key))).to.equal(each === recovery);
          }
        }),
        { numRuns: 40, seed: 3 },
      );
    });

    it("recovers nobody where the native one recovers nobody", () => {
      const word = fc.oneof(bytes(32), fc.constant(new Uint8Array(32)), fc.constant(new Uint8Array(32).fill(255)));
      const found = new Set<boolean>();
      fc.assert(
        fc.property(word, word, bytes(32), fc.constantFrom(0 as const, 1 as const), (r, s, digest, recovery) => {
          const signature = Buffer.concat([r, s]);
          const signer = hex(native.recover(digest, signature, recovery));
          expect(hex(wasm.recover(digest, signature, recovery))).to.equal(signer);
          found.add(signer === null);
        }),
        { numRuns: 150, seed: 4 },
      );
      expect(found.size).to.equal(2);
    });

    it("refuses a private key of zero", () => {
      expect(() => wasm.publicKey(new Uint8Array(32))).to.throw(RangeError);
      expect(() => wasm.sign(new Uint8Array(32), new Uint8Array(32))).to.throw(RangeError);
    });

    it("is used where there is no native build", function () {
      const crypto = fileURLToPath(new URL("../../../offchain/pm/crypto.ts", import.meta.url));
      const program = `const { curveName } = await import(${JSON.stringify(crypto)}); process.stdout.write(curveName);`;
      const run = (env: Record<string, string>): string =>
        spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
          env: { ...process.env, ...env },
        }).stdout.toString();
      expect(run({})).to.equal("native");
      expect(run({ npm_config_arch: "none" })).to.equal("wasm");
    });
  });
});
