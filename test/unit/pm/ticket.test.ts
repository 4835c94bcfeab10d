import { expect } from "chai";
import { AbiCoder, concat, keccak256, Signature, toBeHex, TypedDataEncoder, zeroPadValue } from "ethers";
import fc from "fast-check";
import { createSigner } from "../../../offchain/pm/crypto.ts";
import type { Ticket } from "../../../offchain/pm/interface.ts";
import {
  commitmentOf,
  compactSignature,
  draw,
  isWinner,
  packPayer,
  packTerms,
  recoverTicketSigner,
  signedTicketSchema,
  signTicket,
  TICKET_DOMAIN_NAME,
  TICKET_TYPE,
  ticketDigest,
  ticketToWire,
  unpackCommitment,
} from "../../../offchain/pm/ticket.ts";
import { expectCode } from "./coded.ts";
import { DOMAIN, RECIPIENT, SENDER, SENDER_KEY, seededRandomness, throughWire } from "./world.ts";

const hex32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => `0x${Buffer.from(bytes).toString("hex")}`);
const uint = (bits: number) => fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n });
const tickets: fc.Arbitrary<Ticket> = fc.record({
  recipient: fc.constantFrom(RECIPIENT, SENDER),
  sender: fc.constantFrom(RECIPIENT, SENDER),
  faceValue: uint(96),
  winProb: fc.bigInt({ min: 0n, max: 10n ** 18n }),
  salt: uint(128),
  commitment: hex32,
  commitmentIndex: uint(32),
  creationRound: fc.integer({ min: 0, max: 0xffffffff }),
});

const types = {
  Ticket: /\((.*)\)/
    .exec(TICKET_TYPE)![1]!
    .split(",")
    .map((field) => ({ type: field.split(" ")[0]!, name: field.split(" ")[1]! })),
};
const ethersDomain = {
  name: TICKET_DOMAIN_NAME,
  version: "1",
  chainId: DOMAIN.chainId,
  verifyingContract: DOMAIN.broker,
};

const TICKET: Ticket = {
  recipient: RECIPIENT,
  sender: SENDER,
  faceValue: 10n ** 15n,
  winProb: 10n ** 16n,
  salt: 7n,
  commitment: commitmentOf(`0x${"ab".repeat(32)}`),
  commitmentIndex: 3n,
  creationRound: 12,
};

describe("ticket", () => {
  it("has the digest of EIP-712, whatever its fields", () => {
    fc.assert(
      fc.property(tickets, (ticket) => {
        expect(ticketDigest(ticket, DOMAIN)).to.equal(TypedDataEncoder.hash(ethersDomain, types, ticket));
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it("has a digest that is bound to chain and broker", () => {
    const digest = ticketDigest(TICKET, DOMAIN);
    expect(ticketDigest(TICKET, { ...DOMAIN, chainId: 1n })).not.to.equal(digest);
    expect(ticketDigest(TICKET, { ...DOMAIN, broker: RECIPIENT })).not.to.equal(digest);
  });

  it("draws and commits as the contract does", () => {
    const abi = AbiCoder.defaultAbiCoder();
    fc.assert(
      fc.property(hex32, hex32, (digest, rand) => {
        const hash = BigInt(keccak256(abi.encode(["bytes32", "bytes32"], [digest, rand])));
        expect(draw(digest, rand)).to.equal((hash * 10n ** 18n) / 2n ** 256n);
        expect(commitmentOf(rand)).to.equal(keccak256(abi.encode(["bytes32"], [rand])));
      }),
      { numRuns: 200, seed: 2 },
    );
  });

  it("draws uniformly: chi-square over 100 bins of 20,000 draws", () => {
    const randomness = seededRandomness("draws");
    const bins = new Array<number>(100).fill(0);
    const next = (): string => `0x${Buffer.from(randomness(32)).toString("hex")}`;
    for (let i = 0; i < 20_000; i += 1) {
      const bin = Number(draw(next(), next()) / 10n ** 16n);
      bins[bin] = bins[bin]! + 1;
    }
    const chiSquare = bins.reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0);
    // 99 degrees of freedom: mean 99, one in a million above 178.
    expect(chiSquare).to.be.lessThan(178);
  });

  it("always wins at 1e18 and never at 0", () => {
    fc.assert(
      fc.property(hex32, hex32, (digest, rand) => {
        expect(isWinner({ ...TICKET, winProb: 10n ** 18n }, digest, rand)).to.be.true;
        expect(isWinner({ ...TICKET, winProb: 0n }, digest, rand)).to.be.false;
      }),
      { numRuns: 100, seed: 3 },
    );
  });

  it("wins below its probability, not at it", () => {
    fc.assert(
      fc.property(hex32, hex32, (digest, rand) => {
        const winProb = draw(digest, rand);
        expect(isWinner({ ...TICKET, winProb }, digest, rand)).to.be.false;
        expect(isWinner({ ...TICKET, winProb: winProb + 1n }, digest, rand)).to.be.true;
      }),
      { numRuns: 100, seed: 5 },
    );
  });

  it("recovers its signer", async () => {
    const { signature } = await signTicket(createSigner(SENDER_KEY), TICKET, DOMAIN);
    expect(recoverTicketSigner(ticketDigest(TICKET, DOMAIN), signature)).to.equal(SENDER);
  });

  it("recovers another signer, or none, when any field is changed", async () => {
    const { signature } = await signTicket(createSigner(SENDER_KEY), TICKET, DOMAIN);
    const changes: Partial<Ticket>[] = [
      { recipient: SENDER },
      { sender: RECIPIENT },
      { faceValue: TICKET.faceValue + 1n },
      { winProb: TICKET.winProb + 1n },
      { salt: TICKET.salt + 1n },
      { commitment: commitmentOf(`0x${"ac".repeat(32)}`) },
      { commitmentIndex: TICKET.commitmentIndex + 1n },
      { creationRound: TICKET.creationRound + 1 },
    ];
    expect(changes.length).to.equal(Object.keys(TICKET).length);
    for (const change of changes) {
      expect(recoverTicketSigner(ticketDigest({ ...TICKET, ...change }, DOMAIN), signature)).not.to.equal(SENDER);
    }
  });

  it("refuses every other encoding of a signature", async () => {
    const digest = ticketDigest(TICKET, DOMAIN);
    const { signature } = await signTicket(createSigner(SENDER_KEY), TICKET, DOMAIN);
    const { r, s, v, compactSerialized } = Signature.from(signature);
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const highS = (order - BigInt(s)).toString(16).padStart(64, "0");
    const encodings = {
      "high s": `0x${r.slice(2)}${highS}${v === 27 ? "1c" : "1b"}`,
      "v of 0 or 1": `0x${r.slice(2)}${s.slice(2)}${v === 27 ? "00" : "01"}`,
      "64 bytes": compactSerialized,
      "66 bytes": `${signature}00`,
      "two of them": `${signature}${signature}`,
      "no prefix": signature.slice(2),
      "zero r": `0x${"00".repeat(32)}${s.slice(2)}1b`,
      "zero s": `0x${r.slice(2)}${"00".repeat(32)}1b`,
      empty: "0x",
    };
    for (const encoding of Object.values(encodings)) {
      await expectCode(() => recoverTicketSigner(digest, encoding), "TicketSignatureInvalid");
    }
  });

  describe("as the broker takes it", () => {
    it("has the words of payer and terms, field by field at their widths", () => {
      fc.assert(
        fc.property(tickets, (ticket) => {
          const payer = concat([ticket.sender, toBeHex(ticket.faceValue, 12)]);
          const terms = concat([
            toBeHex(ticket.winProb, 8),
            toBeHex(ticket.salt, 16),
            toBeHex(ticket.commitmentIndex, 4),
            toBeHex(ticket.creationRound, 4),
          ]);
          expect([packPayer(ticket), packTerms(ticket)]).to.deep.equal([payer, terms]);
        }),
        { numRuns: 200, seed: 6 },
      );
      expect(packTerms({ winProb: 1n, salt: 2n, commitmentIndex: 3n, creationRound: 4 })).to.equal(
        `0x${"1".padStart(16, "0")}${"2".padStart(32, "0")}0000000300000004`,
      );
    });

    it("has the commitment that a redemption's event names, up to the last of the last round", () => {
      for (const [creationRound, commitmentIndex] of [
        [12, 3n],
        [0, 0xffffffffn],
        [0xffffffff, 0n],
        [0xffffffff, 0xffffffffn],
      ] as const) {
        const packed = BigInt(concat([toBeHex(creationRound, 4), toBeHex(commitmentIndex, 4)]));
        expect(unpackCommitment(packed)).to.deep.equal({ creationRound, commitmentIndex });
      }
    });

    it("has the compact signature of ERC-2098, with either parity", async () => {
      const parities = new Set<number>();
      for (let salt = 0n; salt < 16n; salt += 1n) {
        const { signature } = await signTicket(createSigner(SENDER_KEY), { ...TICKET, salt }, DOMAIN);
        const { r, yParityAndS, yParity } = Signature.from(signature);
        expect(compactSignature(signature)).to.deep.equal({ r, vs: yParityAndS });
        parities.add(yParity);
      }
      expect(parities.size).to.equal(2);
    });

    it("has no compact form of a signature that would not be accepted", async () => {
      const { signature } = await signTicket(createSigner(SENDER_KEY), TICKET, DOMAIN);
      const highS = `${signature.slice(0, 66)}ff${signature.slice(68)}`;
      const encodings = ["0x", `${signature}00`, signature.slice(2), `${signature.slice(0, -2)}01`, highS];
      for (const encoding of [...encodings, `00${signature}`]) {
        expect(() => compactSignature(encoding)).to.throw(RangeError);
      }
      expect(compactSignature(zeroPadValue("0x1c", 65)).vs).to.equal(`0x80${"00".repeat(31)}`);
    });
  });

  describe("on the wire", () => {
    const wire = { ticket: ticketToWire(TICKET), signature: `0x${"ab".repeat(65)}` };
    const read = (input: unknown): boolean => signedTicketSchema.safeParse(input).success;

    it("comes back equal", () => {
      fc.assert(
        fc.property(tickets, (ticket) => {
          const input = throughWire({ ...wire, ticket: ticketToWire(ticket) });
          expect(signedTicketSchema.parse(input)).to.deep.equal({ ticket, signature: wire.signature });
        }),
        { numRuns: 100, seed: 4 },
      );
    });

    it("is refused with an unknown key, at either level", () => {
      expect(read(wire)).to.be.true;
      expect(read({ ...wire, extra: 1 })).to.be.false;
      expect(read({ ...wire, ticket: { ...wire.ticket, extra: "1" } })).to.be.false;
    });

    const bad: Record<string, Record<string, unknown>> = {
      "a negative amount": { faceValue: "-1" },
      "an amount above 96 bits": { faceValue: (1n << 96n).toString() },
      "an amount of a thousand digits": { faceValue: "9".repeat(1000) },
      "a number instead of a decimal string": { faceValue: 1 },
      "a hexadecimal amount": { faceValue: "0x10" },
      "a leading zero": { faceValue: "01" },
      "a probability above 1e18": { winProb: (10n ** 18n + 1n).toString() },
      "a salt above 128 bits": { salt: (1n << 128n).toString() },
      "an index above 32 bits": { commitmentIndex: (1n << 32n).toString() },
      "a round above 32 bits": { creationRound: 2 ** 32 },
      "a fractional round": { creationRound: 1.5 },
      "a short commitment": { commitment: "0xab" },
      "a commitment that is not hex": { commitment: `0x${"zz".repeat(32)}` },
      "a wrong checksum": { sender: SENDER.replace(/[a-f]/, (digit) => digit.toUpperCase()) },
      "a missing field": { sender: undefined },
    };
    for (const [name, change] of Object.entries(bad)) {
      it(`is refused with ${name}`, () => expect(read({ ...wire, ticket: { ...wire.ticket, ...change } })).to.be.false);
    }

    it("takes addresses in lower case and normalises them", () => {
      const input = { ...wire, ticket: { ...wire.ticket, sender: SENDER.toLowerCase() } };
      expect(signedTicketSchema.parse(input).ticket.sender).to.equal(SENDER);
    });
  });
});
