import { expect } from "chai";
import fc from "fast-check";
import {
  comparePrices,
  feeForPixels,
  priceSchema,
  priceToWire,
  ticketValue,
  toCredit,
  winProbFor,
} from "../../../offchain/pm/price.ts";
import { expectCode } from "./coded.ts";

const ONE = 10n ** 18n;
const prices = fc.record({
  numerator: fc.bigInt({ min: 0n, max: 2n ** 96n - 1n }),
  denominator: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
});

describe("price", () => {
  it("charges 1,200 wei per million pixels for two seconds of 360p at 30 frames", () => {
    expect(feeForPixels({ numerator: 1_200n, denominator: 1n }, 640n * 360n * 60n)).to.equal(16_589n);
  });

  it("rounds a fee up by less than one wei", () => {
    fc.assert(
      fc.property(prices, fc.bigInt({ min: 0n, max: 2n ** 48n }), (price, pixels) => {
        const scaled = price.denominator * 1_000_000n;
        const rest = feeForPixels(price, pixels) * scaled - price.numerator * pixels;
        expect(rest >= 0n && rest < scaled).to.be.true;
      }),
      { seed: 1 },
    );
  });

  it("gives a ticket an expected value that is never below the fee, and by less than one face value's part above", () => {
    const amounts = fc.bigInt({ min: 1n, max: 2n ** 96n - 1n });
    fc.assert(
      fc.property(amounts, amounts, (a, b) => {
        const [fee, faceValue] = a < b ? [a, b] : [b, a];
        const winProb = winProbFor(fee, faceValue);
        const excess = ticketValue({ faceValue, winProb }) - toCredit(fee);
        expect(excess >= 0n && excess < faceValue).to.be.true;
        expect(winProb <= ONE).to.be.true;
      }),
      { numRuns: 500, seed: 2 },
    );
  });

  it("gives certainty to a fee of the whole face value and refuses a higher one", async () => {
    expect(winProbFor(5n, 5n)).to.equal(ONE);
    expect([0n, 5n].map((faceValue) => winProbFor(0n, faceValue))).to.deep.equal([0n, 0n]);
    const error = await expectCode(() => winProbFor(6n, 5n), "FeeAboveFaceValue");
    expect(error.data).to.deep.equal({ feeWei: "6", faceValueWei: "5" });
  });

  it("compares prices exactly", () => {
    expect(comparePrices({ numerator: 1n, denominator: 3n }, { numerator: 2n, denominator: 6n })).to.equal(0);
    expect(comparePrices({ numerator: 1n, denominator: 3n }, { numerator: 1n, denominator: 2n })).to.equal(-1);
    expect(comparePrices({ numerator: 2n, denominator: 3n }, { numerator: 1n, denominator: 2n })).to.equal(1);
  });

  it("has a strict wire form", () => {
    fc.assert(
      fc.property(prices, (price) => {
        expect(priceSchema.parse(priceToWire(price))).to.deep.equal(price);
      }),
      { seed: 3 },
    );
    expect(priceSchema.safeParse({ numerator: "1", denominator: "0" }).success).to.be.false;
    expect(priceSchema.safeParse({ numerator: "1", denominator: "1", unit: "x" }).success).to.be.false;
  });
});
