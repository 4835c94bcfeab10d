import { expect } from "chai";
import { TypedDataEncoder } from "ethers";
import {
  type OfferedQuote,
  parseQuote,
  quoteDigest,
  quoteToWire,
  signQuote,
  verifyQuote,
} from "../../../offchain/discovery/signed-quote.ts";
import { expectCode } from "../pm/coded.ts";
import { SENDER, throughWire } from "../pm/world.ts";
import { NONCE, offered, orchestrator, QUOTE_DOMAIN, SERVICE } from "./orchestrators.ts";

const ASKED = orchestrator(1);
const OTHER = orchestrator(2);
const QUESTION = { sender: SENDER, service: SERVICE, nonce: NONCE, orchestrator: ASKED.signer.address };
const OTHER_HASH = `0x${"77".repeat(32)}`;

/** LIP-9's type, as a wallet has it. */
const TYPES = {
  Quote: [
    { name: "orchestrator", type: "address" },
    { name: "sender", type: "address" },
    { name: "service", type: "bytes32" },
    { name: "nonce", type: "bytes32" },
    { name: "capacity", type: "uint32" },
    { name: "priceNumerator", type: "uint96" },
    { name: "priceDenominator", type: "uint64" },
    { name: "validUntil", type: "uint64" },
    { name: "faceValue", type: "uint96" },
    { name: "creationRound", type: "uint32" },
    { name: "commitments", type: "Commitment[]" },
    { name: "mac", type: "bytes32" },
  ],
  Commitment: [
    { name: "index", type: "uint32" },
    { name: "commitment", type: "bytes32" },
  ],
};

function byEthers({ params, ...quote }: OfferedQuote): string {
  const { terms, faceValue, creationRound, commitments } = params;
  const { chainId, verifyingContract } = QUOTE_DOMAIN;
  return TypedDataEncoder.hash({ name: "Streamflow", version: "1", chainId, verifyingContract }, TYPES, {
    ...quote,
    priceNumerator: terms.price.numerator,
    priceDenominator: terms.price.denominator,
    validUntil: terms.validUntil,
    faceValue,
    creationRound,
    commitments,
    mac: terms.mac,
  });
}

describe("a signed quote", () => {
  const quote = offered(ASKED, {
    price: 2n ** 96n - 1n,
    validUntil: Number.MAX_SAFE_INTEGER,
    capacity: 100_000,
  });

  it("has the digest that any wallet computes, with one commitment and with many", () => {
    expect(quoteDigest(quote, QUOTE_DOMAIN)).to.equal(byEthers(quote));
    const commitments = Array.from({ length: 64 }, (_, i) => ({
      index: 2n ** 32n - 1n - BigInt(i),
      commitment: `0x${(i + 1).toString(16).padStart(64, "0")}`,
    }));
    const wide = { ...quote, params: { ...quote.params, commitments } };
    expect(quoteDigest(wide, QUOTE_DOMAIN)).to.equal(byEthers(wide));
  });

  it("comes through the wire as it was, and is taken by who asked", async () => {
    const signed = await signQuote(ASKED.signer, quote, QUOTE_DOMAIN);
    const read = parseQuote(throughWire(quoteToWire(signed)));
    expect(read).to.deep.equal(signed);
    verifyQuote(read, QUESTION, QUOTE_DOMAIN);
  });

  it("N2: is refused when it answers another question, and the field is named", async () => {
    const signed = await signQuote(ASKED.signer, quote, QUOTE_DOMAIN);
    for (const [field, question] of [
      ["orchestrator", { orchestrator: OTHER.signer.address }],
      ["sender", { sender: OTHER.signer.address }],
      ["service", { service: OTHER_HASH }],
      ["nonce", { nonce: OTHER_HASH }],
    ] as const) {
      const error = await expectCode(
        () => verifyQuote(signed, { ...QUESTION, ...question }, QUOTE_DOMAIN),
        "QuoteInvalid",
      );
      expect(error.data["field"]).to.equal(field);
    }
    for (const [field, change] of [
      ["params.recipient", { recipient: OTHER.signer.address }],
      ["params.sender", { sender: OTHER.signer.address }],
    ] as const) {
      const params = { ...quote.params, ...change };
      const other = await signQuote(ASKED.signer, { ...quote, params }, QUOTE_DOMAIN);
      const error = await expectCode(() => verifyQuote(other, QUESTION, QUOTE_DOMAIN), "QuoteInvalid");
      expect(error.data["field"]).to.equal(field);
    }
  });

  it("N2: is refused when anything in it is not what was signed, or somebody else signed it", async () => {
    const { params } = quote;
    const { terms } = params;
    const signed = await signQuote(ASKED.signer, quote, QUOTE_DOMAIN);
    const changed: OfferedQuote[] = [
      { ...quote, capacity: 2 },
      { ...quote, params: { ...params, faceValue: params.faceValue + 1n } },
      { ...quote, params: { ...params, creationRound: 11 } },
      { ...quote, params: { ...params, commitments: [{ ...params.commitments[0]!, index: 4n }] } },
      { ...quote, params: { ...params, commitments: [{ ...params.commitments[0]!, commitment: OTHER_HASH }] } },
      { ...quote, params: { ...params, commitments: [...params.commitments, ...params.commitments] } },
      { ...quote, params: { ...params, terms: { ...terms, price: { ...terms.price, numerator: 1n } } } },
      { ...quote, params: { ...params, terms: { ...terms, price: { ...terms.price, denominator: 2n } } } },
      { ...quote, params: { ...params, terms: { ...terms, validUntil: terms.validUntil - 1 } } },
      { ...quote, params: { ...params, terms: { ...terms, mac: OTHER_HASH } } },
    ];
    for (const other of changed) {
      const error = await expectCode(
        () => verifyQuote({ ...signed, quote: other }, QUESTION, QUOTE_DOMAIN),
        "QuoteInvalid",
      );
      expect(error.data["field"]).to.equal("signature");
    }
    const forged = await signQuote(OTHER.signer, quote, QUOTE_DOMAIN);
    await expectCode(() => verifyQuote(forged, QUESTION, QUOTE_DOMAIN), "QuoteInvalid");
    const elsewhere = { ...QUOTE_DOMAIN, chainId: 1n };
    await expectCode(() => verifyQuote(signed, QUESTION, elsewhere), "QuoteInvalid");
  });

  it("N2: is refused when it has not the form of one", async () => {
    const wire = quoteToWire(await signQuote(ASKED.signer, quote, QUOTE_DOMAIN));
    for (const input of [
      null,
      "quote",
      {},
      { ...wire, extra: 1 },
      { ...wire, signature: "0x00" },
      { ...wire, quote: { ...wire.quote, capacity: 0 } },
      { ...wire, quote: { ...wire.quote, capacity: 100_001 } },
      { ...wire, quote: { ...wire.quote, note: "cheap" } },
      { ...wire, quote: { ...wire.quote, params: { ...wire.quote.params, commitments: [] } } },
    ])
      await expectCode(() => parseQuote(throughWire(input)), "QuoteInvalid");
  });
});
