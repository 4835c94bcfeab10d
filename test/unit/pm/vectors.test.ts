import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { AbiCoder, concat, keccak256, recoverAddress, Signature, SigningKey, toBeHex, TypedDataEncoder } from "ethers";
import { recoverSigner } from "../../../offchain/pm/crypto.ts";
import { TICKET_TYPE } from "../../../offchain/pm/ticket.ts";
import { ticketVectors } from "../../../scripts/ticket-vectors.ts";

interface Vectors {
  type: string;
  privateKey: string;
  tickets: {
    name: string;
    domain: Record<string, string>;
    ticket: Record<string, string>;
    recipientRand: string;
    digest: string;
    payer: string;
    terms: string;
    signature: string;
    compact: { r: string; vs: string };
    draw: string;
    wins: boolean;
  }[];
  signatures: { name: string; digest: string; signature: string; signer: string | null }[];
}

const FILE = new URL("../../../LIPS/vectors/tickets.json", import.meta.url);
const abi = AbiCoder.defaultAbiCoder();

describe("LIPS/vectors/tickets.json", () => {
  let text: string;
  let vectors: Vectors;
  before(async () => {
    text = await readFile(FILE, "utf8");
    vectors = JSON.parse(text) as Vectors;
  });

  it("is what `npm run lips:vectors` writes", () => expect(text).to.equal(ticketVectors()));

  it("is what ethers makes of the same tickets", () => {
    const fields = vectors.type.slice("Ticket(".length, -1).split(",");
    const types = { Ticket: fields.map((field) => ({ type: field.split(" ")[0]!, name: field.split(" ")[1]! })) };
    const key = new SigningKey(vectors.privateKey);
    expect(vectors.type).to.equal(TICKET_TYPE);
    for (const vector of vectors.tickets) {
      const { ticket, recipientRand } = vector;
      const digest = TypedDataEncoder.hash(vector.domain, types, ticket);
      const signature = key.sign(digest);
      const drawn = BigInt(keccak256(abi.encode(["bytes32", "bytes32"], [digest, recipientRand])));
      const draw = (drawn * 10n ** 18n) >> 256n;
      const number = (name: string, bytes: number): string => toBeHex(ticket[name]!, bytes);
      expect(ticket["commitment"], vector.name).to.equal(keccak256(abi.encode(["bytes32"], [recipientRand])));
      expect(
        {
          digest,
          payer: concat([ticket["sender"]!, number("faceValue", 12)]),
          terms: concat([
            number("winProb", 8),
            number("salt", 16),
            number("commitmentIndex", 4),
            number("creationRound", 4),
          ]),
          signature: signature.serialized,
          compact: { r: signature.r, vs: signature.yParityAndS },
          draw: draw.toString(),
          wins: draw < BigInt(ticket["winProb"]!),
        },
        vector.name,
      ).to.deep.include({
        digest: vector.digest,
        payer: vector.payer,
        terms: vector.terms,
        signature: vector.signature,
        compact: vector.compact,
        draw: vector.draw,
        wins: vector.wins,
      });
    }
  });

  it("holds winners and losers, and signatures of either parity", () => {
    expect(new Set(vectors.tickets.map(({ wins }) => wins)).size).to.equal(2);
    expect(new Set(vectors.tickets.map(({ signature }) => Signature.from(signature).v)).size).to.equal(2);
  });

  it("says who signed, as the contract does, or that nobody did", () => {
    const signers = vectors.signatures.map(({ name, digest, signature, signer }) => {
      expect(recoverSigner(digest, signature), name).to.equal(signer);
      if (signer !== null) expect(recoverAddress(digest, signature), name).to.equal(signer);
      return signer;
    });
    expect(signers.filter((signer) => signer === null).length).to.equal(10);
    expect(new Set(signers).size).to.equal(3);
  });
});
