import { expect } from "chai";
import fc from "fast-check";
import { checksumAddress } from "../../../offchain/pm/crypto.ts";
import type { Payment } from "../../../offchain/pm/interface.ts";
import { paymentSchema, paymentToWire } from "../../../offchain/pm/quote.ts";
import { readPayment } from "../../../offchain/pm/read-payment.ts";
import { RECIPIENT, SENDER, throughWire } from "./world.ts";

const uint = (bits: number) => fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n });
const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((array) => `0x${Buffer.from(array).toString("hex")}`);
const payments: fc.Arbitrary<Payment> = fc.record({
  ticket: fc.record({
    recipient: fc.constantFrom(RECIPIENT, SENDER),
    sender: fc.constantFrom(RECIPIENT, SENDER),
    faceValue: uint(96),
    winProb: fc.bigInt({ min: 0n, max: 10n ** 18n }),
    salt: uint(128),
    commitment: hex(32),
    commitmentIndex: uint(32),
    creationRound: fc.integer({ min: 0, max: 0xffffffff }),
  }),
  signature: hex(65),
  terms: fc.record({
    price: fc.record({ numerator: uint(96), denominator: fc.bigInt({ min: 1n, max: (1n << 64n) - 1n }) }),
    validUntil: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    mac: hex(32),
  }),
});

type Wire = Record<string, unknown>;

/** What stands in the place of a value, most of it wrong there. */
const replacements = fc.oneof(
  fc.constantFrom<unknown>(
    ...[null, true, 0, 1, -1, -0, 0.5, 2 ** 32, 2 ** 53, "", "0", "00", "-1", "+1", " 1", "1 ", "1\n", "0x1", "1e3"],
    ...[(1n << 32n).toString(), (1n << 64n).toString(), (1n << 96n).toString(), (1n << 128n).toString()],
    ...[(10n ** 18n + 1n).toString(), "9".repeat(39), "9".repeat(40), "0x", `0x${"AB".repeat(32)}`],
    ...[`0x${"ab".repeat(65)}`, `0x${"ab".repeat(32)}\n`, `0x${"zz".repeat(32)}`, [], {}, ["1"]],
    ...[SENDER.toLowerCase(), SENDER.toUpperCase(), `0x${SENDER.slice(2).toUpperCase()}`, `${SENDER}\n`],
    SENDER.replace(/[a-f]/, (digit) => digit.toUpperCase()),
  ),
  fc.jsonValue(),
);

/** All objects in it, itself first. */
function objectsIn(value: unknown): Wire[] {
  if (typeof value !== "object" || value === null) return [];
  return [value as Wire, ...Object.values(value).flatMap(objectsIn)];
}

describe("readPayment", () => {
  it("reads whatever `paymentToWire` writes", () => {
    fc.assert(
      fc.property(payments, (payment) => {
        expect(readPayment(throughWire(paymentToWire(payment)))).to.deep.equal(payment);
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it("reads nothing that the schema refuses, and nothing differently", () => {
    const outcomes = new Set<string>();
    fc.assert(
      fc.property(
        payments,
        fc.nat(),
        fc.nat(),
        fc.constantFrom("replace", "remove", "add"),
        replacements,
        (payment, which, place, change, value) => {
          const wire = throughWire(paymentToWire(payment));
          const objects = objectsIn(wire);
          const object = objects[which % objects.length]!;
          const key = change === "add" ? "extra" : Object.keys(object)[place % Object.keys(object).length]!;
          if (change === "remove") delete object[key];
          else object[key] = value;

          const read = readPayment(wire);
          const { success, data } = paymentSchema.safeParse(wire);
          if (read !== null) expect(read).to.deep.equal(data);
          outcomes.add(`${success} ${read !== null}`);
        },
      ),
      { numRuns: 2_000, seed: 2 },
    );
    expect([...outcomes].sort()).to.deep.equal(["false false", "true false", "true true"]);
  });

  it("reads integers up to their limits and nothing above", () => {
    const [payment] = fc.sample(payments, { numRuns: 1, seed: 3 });
    const limits: [part: (wire: Wire) => Wire, field: string, most: bigint][] = [
      [(wire) => wire["ticket"] as Wire, "faceValue", 2n ** 96n - 1n],
      [(wire) => wire["ticket"] as Wire, "winProb", 10n ** 18n],
      [(wire) => wire["ticket"] as Wire, "salt", 2n ** 128n - 1n],
      [(wire) => wire["ticket"] as Wire, "commitmentIndex", 2n ** 32n - 1n],
      [(wire) => (wire["terms"] as Wire)["price"] as Wire, "numerator", 2n ** 96n - 1n],
      [(wire) => (wire["terms"] as Wire)["price"] as Wire, "denominator", 2n ** 64n - 1n],
    ];
    for (const [part, field, most] of limits) {
      for (const [value, isRead] of [[most, true] as const, [most + 1n, false] as const]) {
        const wire = throughWire(paymentToWire(payment!)) as Wire;
        part(wire)[field] = value.toString();
        expect(readPayment(wire) !== null, `${field} ${value}`).to.equal(isRead);
        expect(paymentSchema.safeParse(wire).success, `${field} ${value}`).to.equal(isRead);
      }
    }
  });

  it("reads rounds and times up to their limits and nothing above", () => {
    const [payment] = fc.sample(payments, { numRuns: 1, seed: 7 });
    for (const [part, field, most] of [
      ["ticket", "creationRound", 0xffffffff],
      ["terms", "validUntil", Number.MAX_SAFE_INTEGER],
    ] as const) {
      for (const [value, isRead] of [[most, true] as const, [most + 1, false] as const]) {
        const wire = throughWire(paymentToWire(payment!)) as Wire;
        (wire[part] as Wire)[field] = value;
        expect(readPayment(wire) !== null, `${field} ${value}`).to.equal(isRead);
        expect(paymentSchema.safeParse(wire).success, `${field} ${value}`).to.equal(isRead);
      }
    }
  });

  it("reads no hex that begins with something else", () => {
    const [payment] = fc.sample(payments, { numRuns: 1, seed: 4 });
    const wire = throughWire(paymentToWire(payment!)) as Wire;
    expect(readPayment(wire)).not.to.equal(null);
    expect(readPayment({ ...wire, signature: `000x${"ab".repeat(64)}` })).to.equal(null);
  });

  it("reads no address of letters that are no digits, though their case fits", () => {
    const [payment] = fc.sample(payments, { numRuns: 1, seed: 5 });
    const ticket = { ...payment!.ticket, recipient: checksumAddress("g".repeat(40)) };
    expect(readPayment(throughWire(paymentToWire({ ...payment!, ticket })))).to.equal(null);
  });

  it("leaves what JSON does not make to the schema", () => {
    const [payment] = fc.sample(payments, { numRuns: 1, seed: 6 });
    const array = Object.assign([], paymentToWire(payment!));
    expect(paymentSchema.safeParse(array).success).to.be.false;
    expect(readPayment(array)).to.equal(null);
    for (const input of [undefined, null, 1, "x", [], new Map(), Object.create(null)]) {
      expect(readPayment(input)).to.equal(null);
    }
  });
});
