import { expect } from "chai";
import { AbiCoder, keccak256, TypedDataEncoder } from "ethers";
import fc from "fast-check";
import { createSigner } from "../../../offchain/pm/crypto.ts";
import type { Receipt, Rendition, Segment } from "../../../offchain/verification/interface.ts";
import {
  OUTPUT_TYPE,
  parseReceipt,
  parseOrder,
  profilesHash,
  RECEIPT_TYPE,
  receiptDigest,
  receiptToWire,
  recoverOrderSigner,
  SEGMENT_TYPE,
  segmentDigest,
  segmentToWire,
  signReceipt,
  signSegment,
  VERIFICATION_DOMAIN_NAME,
  verifyReceipt,
  ZERO_HASH,
} from "../../../offchain/verification/messages.ts";
import { expectCode } from "../pm/coded.ts";
import { RECIPIENT, RECIPIENT_KEY, SENDER, SENDER_KEY, throughWire } from "../pm/world.ts";

const DOMAIN = { chainId: 31337n, verifyingContract: "0x5FbDB2315678afecb367f032d93F642f64180aa3" };
const ethersDomain = { name: VERIFICATION_DOMAIN_NAME, version: "1", ...DOMAIN };
const hash = (byte: string): string => `0x${byte.repeat(32)}`;

const SEGMENT: Segment = {
  sender: SENDER,
  stream: hash("a1"),
  sequence: 7,
  sourceRoot: hash("a2"),
  sourceLength: 1_000_000,
  profilesHash: hash("a3"),
  service: hash("a4"),
  recipient: RECIPIENT,
  timestamp: 1_700_000_000,
};

const RECEIPT: Receipt = {
  orchestrator: RECIPIENT,
  sender: SENDER,
  stream: SEGMENT.stream,
  sequence: SEGMENT.sequence,
  sourceRoot: SEGMENT.sourceRoot,
  sourceLength: SEGMENT.sourceLength,
  outputs: [
    { root: hash("b1"), length: 10 },
    { root: hash("b2"), length: 20 },
  ],
  profilesHash: SEGMENT.profilesHash,
  service: SEGMENT.service,
  program: ZERO_HASH,
  parametersRoot: ZERO_HASH,
  stepBound: 0n,
  timestamp: 1_700_000_001,
};

const ORDER = { segment: SEGMENT, renditions: 2 };

/** EIP-712 fields of a type string. */
function fieldsOf(type: string): { type: string; name: string }[] {
  return /\((.*?)\)/
    .exec(type)![1]!
    .split(",")
    .map((field) => ({ type: field.split(" ")[0]!, name: field.split(" ")[1]! }));
}

/** Another value of the same type. */
function changed(value: unknown): unknown {
  if (typeof value === "number") return value + 1;
  if (typeof value === "bigint") return value + 1n;
  if (value === SENDER) return RECIPIENT;
  if (value === RECIPIENT) return SENDER;
  if (typeof value === "string") return hash("ff");
  return [...(value as Receipt["outputs"])].reverse();
}

describe("signed messages", () => {
  it("have the digests of EIP-712", () => {
    const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((b) => `0x${Buffer.from(b).toString("hex")}`);
    const count = fc.nat(Number.MAX_SAFE_INTEGER);
    const outputs = fc.array(fc.record({ root: bytes32, length: count }), { maxLength: 5 });
    fc.assert(
      fc.property(
        bytes32,
        count,
        outputs,
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        (root, number, list, stepBound) => {
          const segment = { ...SEGMENT, sourceRoot: root, sequence: number };
          expect(segmentDigest(segment, DOMAIN)).to.equal(
            TypedDataEncoder.hash(ethersDomain, { Segment: fieldsOf(SEGMENT_TYPE) }, segment),
          );
          const receipt = { ...RECEIPT, program: root, timestamp: number, outputs: list, stepBound };
          const types = { Receipt: fieldsOf(RECEIPT_TYPE), Output: fieldsOf(OUTPUT_TYPE) };
          expect(receiptDigest(receipt, DOMAIN)).to.equal(TypedDataEncoder.hash(ethersDomain, types, receipt));
        },
      ),
      { numRuns: 60, seed: 1 },
    );
  });

  describe("a segment", () => {
    it("verifies after the wire", async () => {
      const signed = await signSegment(createSigner(SENDER_KEY), SEGMENT, DOMAIN);
      const received = parseOrder(throughWire(segmentToWire(signed)));
      expect(received).to.deep.equal(signed);
      expect(recoverOrderSigner(received, DOMAIN, RECIPIENT)).to.equal(SENDER);
    });

    it("is not signed by its sender with any field changed", async () => {
      const { signature } = await signSegment(createSigner(SENDER_KEY), SEGMENT, DOMAIN);
      for (const field of Object.keys(SEGMENT) as (keyof Segment)[]) {
        const segment = { ...SEGMENT, [field]: changed(SEGMENT[field]) };
        expect(recoverOrderSigner({ segment, signature }, DOMAIN, segment.recipient), field).to.not.equal(SENDER);
      }
    });

    it("fails for another recipient and without a signature, and is not signed by its sender on another chain or contract", async () => {
      const signed = await signSegment(createSigner(SENDER_KEY), SEGMENT, DOMAIN);
      await expectCode(() => recoverOrderSigner(signed, DOMAIN, SENDER), "SegmentSignatureInvalid");
      const nobody = { ...signed, signature: `0x${"00".repeat(65)}` };
      await expectCode(() => recoverOrderSigner(nobody, DOMAIN, RECIPIENT), "SegmentSignatureInvalid");
      for (const other of [{ chainId: 1n }, { verifyingContract: SENDER }]) {
        expect(recoverOrderSigner(signed, { ...DOMAIN, ...other }, RECIPIENT)).to.not.equal(SENDER);
      }
    });

    it("is refused when malformed", async () => {
      const wire = segmentToWire(await signSegment(createSigner(SENDER_KEY), SEGMENT, DOMAIN));
      const bad = [
        null,
        { ...wire, extra: 1 },
        { ...wire, segment: { ...wire.segment, extra: 1 } },
        { ...wire, segment: { ...wire.segment, sequence: -1 } },
        { ...wire, segment: { ...wire.segment, sequence: 2 ** 53 } },
        { ...wire, segment: { ...wire.segment, sourceLength: 2 ** 26 + 1 } },
        { ...wire, segment: { ...wire.segment, stream: "0x00" } },
        { ...wire, signature: "0x" },
      ];
      for (const input of bad) await expectCode(() => parseOrder(input), "OrderInvalid");
    });
  });

  describe("a receipt", () => {
    it("verifies after the wire", async () => {
      const signed = await signReceipt(createSigner(RECIPIENT_KEY), RECEIPT, DOMAIN);
      const received = parseReceipt(throughWire(receiptToWire(signed)));
      expect(received).to.deep.equal(signed);
      verifyReceipt(received, DOMAIN, ORDER);
    });

    it("fails with any field changed, the order of its outputs included", async () => {
      const { signature } = await signReceipt(createSigner(RECIPIENT_KEY), RECEIPT, DOMAIN);
      for (const field of Object.keys(RECEIPT) as (keyof Receipt)[]) {
        const receipt = { ...RECEIPT, [field]: changed(RECEIPT[field]) };
        await expectCode(() => verifyReceipt({ receipt, signature }, DOMAIN, ORDER), "ReceiptInvalid");
      }
    });

    it("fails when it is signed well but answers another order", async () => {
      const fields = ["sender", "stream", "sequence", "sourceRoot", "sourceLength", "profilesHash", "service"] as const;
      for (const field of fields) {
        const receipt = { ...RECEIPT, [field]: changed(RECEIPT[field]) };
        const signed = await signReceipt(createSigner(RECIPIENT_KEY), receipt, DOMAIN);
        const error = await expectCode(() => verifyReceipt(signed, DOMAIN, ORDER), "ReceiptInvalid");
        expect(error.data).to.deep.equal({ field });
      }
      const short = await signReceipt(
        createSigner(RECIPIENT_KEY),
        { ...RECEIPT, outputs: [RECEIPT.outputs[0]!] },
        DOMAIN,
      );
      await expectCode(() => verifyReceipt(short, DOMAIN, ORDER), "ReceiptInvalid");
      const foreign = await signReceipt(createSigner(SENDER_KEY), { ...RECEIPT, orchestrator: SENDER }, DOMAIN);
      await expectCode(() => verifyReceipt(foreign, DOMAIN, ORDER), "ReceiptInvalid");
    });

    it("is refused when malformed", async () => {
      const wire = receiptToWire(await signReceipt(createSigner(RECIPIENT_KEY), RECEIPT, DOMAIN));
      const bad = [
        undefined,
        { ...wire, extra: 1 },
        { ...wire, receipt: { ...wire.receipt, outputs: [{ root: hash("b1"), length: 1, extra: 1 }] } },
        { ...wire, receipt: { ...wire.receipt, outputs: new Array(33).fill({ root: hash("b1"), length: 1 }) } },
        { ...wire, receipt: { ...wire.receipt, stepBound: (1n << 64n).toString() } },
      ];
      for (const input of bad) await expectCode(() => parseReceipt(input), "ReceiptInvalid");
    });
  });

  describe("profilesHash", () => {
    const rendition: Rendition = {
      name: "360p",
      width: 640,
      height: 360,
      encoder: "auditable",
      preset: "veryfast",
      crf: 23,
    };

    it("differs for every change of a list, its order included", () => {
      const lists: Rendition[][] = [
        [],
        [rendition],
        [rendition, rendition],
        [rendition, { ...rendition, name: "240p" }],
        [{ ...rendition, name: "240p" }, rendition],
        [{ ...rendition, name: "360", preset: "pveryfast" }],
        [{ ...rendition, name: "360pveryfast", preset: "" }],
        [{ ...rendition, width: 360, height: 640 }],
        [{ ...rendition, encoder: "fast" }],
        [{ ...rendition, crf: 24 }],
      ];
      expect(new Set(lists.map((list) => profilesHash(list))).size).to.equal(lists.length);
    });

    it("is the hash of the ABI encoding that ethers makes, whatever the texts' lengths", () => {
      const numbers = { width: fc.nat(2 ** 31 - 1), height: fc.nat(8_192), crf: fc.nat(51) };
      const text = fc.string({ unit: "grapheme", maxLength: 70 });
      const texts = { name: text, encoder: text, preset: text };
      fc.assert(
        fc.property(fc.array(fc.record({ ...numbers, ...texts }), { maxLength: 5 }), (list) => {
          const rows = list.map((row) => [row.name, row.width, row.height, row.encoder, row.preset, row.crf]);
          const type = "tuple(string,uint32,uint32,string,string,uint32)[]";
          const encoded = AbiCoder.defaultAbiCoder().encode([type], [rows]);
          expect(profilesHash(list)).to.equal(keccak256(encoded));
        }),
        { numRuns: 200 },
      );
    });

    it("ignores properties that are no part of a rendition", () => {
      const more = { ...rendition, note: "x" };
      expect(profilesHash([more])).to.equal(profilesHash([rendition]));
    });
  });
});
