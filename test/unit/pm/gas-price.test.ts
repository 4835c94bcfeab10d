import { expect } from "chai";
import { GasPrice } from "../../../offchain/pm/gas-price.ts";
import type { GasPriceReader } from "../../../offchain/pm/interface.ts";

/** Fakes the fee history for the gas price: block n has a base fee of `fees[n]`. */
class GasPriceReader__Fake implements GasPriceReader {
  fees: bigint[];
  readonly asked: number[] = [];

  constructor(fees: bigint[]) {
    this.fees = fees;
  }

  async baseFees(last: number, count: number): Promise<bigint[]> {
    this.asked.push(count);
    return this.fees.slice(Math.max(0, last + 1 - count), last + 1);
  }

  async priorityFee(): Promise<bigint> {
    return 5n;
  }
}

const at = (number: number): { number: number; hash: string } => ({ number, hash: `block ${number}` });

describe("GasPrice", () => {
  it("reads a window once and then what is new", async () => {
    const reader = new GasPriceReader__Fake(Array.from({ length: 30 }, (_, i) => BigInt(i)));
    const price = new GasPrice({ window: 10 }, reader);
    await price.refresh(at(20));
    await price.refresh(at(20));
    await price.refresh(at(23));
    expect(reader.asked).to.deep.equal([10, 3]);
    // 14 to 23, and 5 for the block's producer.
    expect(price.now).to.equal(28n);
    expect(price.percentile(0.1)).to.equal(19n);
    expect(price.percentile(0.11)).to.equal(20n);
    expect(price.percentile(1)).to.equal(28n);
    expect(price.percentile(0)).to.equal(19n);
    expect(price.average).to.equal(19n + 5n);
    expect(price.fees).to.deep.equal({ maxFee: 51n, priorityFee: 5n });
  });

  it("reads all of it again when the chain is another", async () => {
    const reader = new GasPriceReader__Fake([1n, 2n, 3n]);
    const price = new GasPrice({ window: 10 }, reader);
    await price.refresh(at(2));
    reader.fees = [7n, 7n, 7n];
    await price.refresh({ number: 2, hash: "another" });
    expect(price.percentile(0)).to.equal(12n);
  });

  it("keeps what it knows when there is no base fee of a block", async () => {
    const price = new GasPrice({ window: 10 }, new GasPriceReader__Fake([1n, 2n, 3n]));
    await price.refresh(at(2));
    const failed = await price.refresh(at(50)).catch((error: Error) => error.message);
    expect(failed).to.equal("no base fee of block 50");
    expect(price.now).to.equal(8n);
  });

  it("is nothing before the first block", () => {
    const price = new GasPrice({ window: 10 }, new GasPriceReader__Fake([]));
    expect([price.now, price.average, price.percentile(0.5), price.quoting]).to.deep.equal([0n, 0n, 0n, 0n]);
    expect(price.fees).to.deep.equal({ maxFee: 0n, priorityFee: 0n });
  });

  it("orders fees by size, however far apart", async () => {
    const fees = [3n, 10n ** 30n, 1n, 2n ** 64n, 2n];
    const price = new GasPrice({ window: 10 }, new GasPriceReader__Fake(fees));
    await price.refresh(at(4));
    const sorted = [1n, 2n, 3n, 2n ** 64n, 10n ** 30n];
    expect([0.2, 0.4, 0.6, 0.8, 1].map((share) => price.percentile(share) - 5n)).to.deep.equal(sorted);
  });

  it("adds nothing twice when two ask at once", async () => {
    const price = new GasPrice({ window: 10 }, new GasPriceReader__Fake([1n, 2n, 3n]));
    await price.refresh(at(0));
    await Promise.all([price.refresh(at(2)), price.refresh(at(2))]);
    expect(price.average).to.equal(7n);
  });

  const cases: [string, bigint[], bigint][] = [
    ["now", [1n, 1n, 1n, 1n, 9n], 14n],
    // The 18th of twenty; their mean is 2.1.
    ["the 90th percentile", [...Array<bigint>(16).fill(1n), 8n, 8n, 9n, 1n], 13n],
    ["the mean", [...Array<bigint>(18).fill(1n), 100n, 1n], 6n + 5n],
  ];
  for (const [what, fees, quoting] of cases) {
    it(`quotes with ${what} when that is the most`, async () => {
      const price = new GasPrice({ window: 20 }, new GasPriceReader__Fake(fees));
      await price.refresh(at(fees.length - 1));
      expect(price.quoting).to.equal(quoting);
    });
  }
});
