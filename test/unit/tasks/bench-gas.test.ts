import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { ALPHA_HEAD, alphaRows, alphaSchema, flatten } from "../../../tasks/bench/gas/alpha-report.ts";
import { OPERATIONS } from "../../../tasks/bench/gas/operations.ts";
import {
  combine,
  differences,
  GAS_HEAD,
  gasRows,
  isUneven,
  resultsSchema,
  sizeRows,
  sizesSchema,
} from "../../../tasks/bench/gas/report.ts";
import { drawTable } from "../../../tasks/bench/gas/table.ts";

const RESULTS = new URL("../../bench/results/", import.meta.url);
const read = async (name: string): Promise<unknown> => JSON.parse(await readFile(new URL(name, RESULTS), "utf8"));

const result = (n10: number, n10000 = n10, history2000 = n10) => ({
  gas: Math.max(n10, n10000, history2000),
  n10,
  n10000,
  history2000,
  case: "",
});

describe("hardhat bench gas", function () {
  const operations = { second: { goal: 100, case: "b" }, first: { live: 5_000, case: "a" } };

  it("joins the scenes: the largest cost counts, in the order of the operations", function () {
    const measured = {
      n10: { first: 1, second: 5 },
      n10000: { first: 3, second: 4 },
      history2000: { first: 2, second: 6 },
    };
    const results = combine(measured, operations);
    expect(Object.entries(results)).to.deep.equal([
      ["second", { gas: 6, n10: 5, n10000: 4, history2000: 6, case: "b" }],
      ["first", { gas: 3, n10: 1, n10000: 3, history2000: 2, case: "a" }],
    ]);
  });

  it("refuses what was measured in some scenes only, and what no operation describes", function () {
    const all = { first: 1, second: 1 };
    expect(() => combine({ n10: all, n10000: { first: 1 }, history2000: all }, operations)).to.throw(
      "second was not measured in n10000",
    );
    const more = { ...all, third: 1 };
    expect(() => combine({ n10: all, n10000: all, history2000: more }, operations)).to.throw("not described: third");
  });

  it("S1: finds costs that are more than 2 % apart, wherever the outlier is", function () {
    expect(isUneven(result(100_000))).to.equal(false);
    expect(isUneven(result(100_000, 102_000, 101_000))).to.equal(false);
    expect(isUneven(result(100_000, 102_001))).to.equal(true);
    expect(isUneven(result(100_000, 100_000, 102_001))).to.equal(true);
    expect(isUneven(result(102_001, 100_000))).to.equal(true);
    // Each near the first, but not near each other.
    expect(isUneven(result(100_000, 98_900, 101_100))).to.equal(true);
  });

  it("tells every difference between what is kept and what is: larger, smaller, gone and new", function () {
    const kept = { same: 1, larger: 120_000, smaller: 5_000, gone: 7 };
    const now = { same: 1, larger: 120_001, smaller: 3_500, more: 8 };
    expect(differences(kept, now)).to.deep.equal([
      "larger: kept 120,000, now 120,001 (+1)",
      "smaller: kept 5,000, now 3,500 (−1,500)",
      "gone: kept 7, now –",
      "more: kept –, now 8",
    ]);
    expect(differences(kept, { ...kept })).to.deep.equal([]);
  });

  it("marks goals that are missed and costs that are uneven", function () {
    const marked = { met: { goal: 100, case: "" }, missed: { goal: 100, live: 2_000, case: "" }, free: { case: "" } };
    const rows = gasRows({ met: result(100), missed: result(99, 99, 1_101), free: result(7) }, marked);
    expect(rows).to.deep.equal([
      ["met", "100", "100", "100", "100", "–", ""],
      ["missed", "99", "99", "1,101", "100", "2,000", "+1,001 uneven"],
      ["free", "7", "7", "7", "–", "–", ""],
    ]);
    expect(sizeRows({ Small: 20_000, Large: 20_010 })).to.deep.equal([
      ["Small", "20,000", ""],
      ["Large", "20,010", "+10"],
    ]);
  });

  it("has results of every operation, even, in a table that fits 100 columns", async function () {
    const results = resultsSchema.parse(await read("gas.json"));
    sizesSchema.parse(await read("sizes.json"));
    expect(Object.keys(results)).to.deep.equal(Object.keys(OPERATIONS));
    for (const [name, each] of Object.entries(results)) {
      expect(each.gas, name).to.equal(Math.max(each.n10, each.n10000, each.history2000));
      expect(isUneven(each), name).to.equal(false);
    }
    const lines = drawTable(GAS_HEAD, gasRows(results, OPERATIONS)).split("\n");
    expect(Math.max(...lines.map((line) => line.length))).to.be.at.most(100);
  });

  it("tells what an action costs more after an alpha, where there is something to compare", function () {
    const costs = {
      both: { fresh: 100, firstTouch: 300, afterwards: 90, case: "" },
      old: { fresh: null, firstTouch: null, afterwards: 5_000, case: "" },
    };
    expect(alphaRows(costs)).to.deep.equal([
      ["both", "100", "300", "200", "90", "-10"],
      ["old", "–", "–", "–", "5,000", "–"],
    ]);
    expect(flatten(costs)).to.deep.equal({
      "alpha.both.fresh": 100,
      "alpha.both.firstTouch": 300,
      "alpha.both.afterwards": 90,
      "alpha.old.afterwards": 5_000,
    });
  });

  it("has results of users after an alpha: what is imported costs more, once", async function () {
    const results = alphaSchema.parse(await read("alpha-gas.json"));
    for (const [name, { firstTouch, afterwards }] of Object.entries(results))
      if (firstTouch !== null) expect(firstTouch, name).to.be.above(afterwards!);
    const lines = drawTable(ALPHA_HEAD, alphaRows(results)).split("\n");
    expect(Math.max(...lines.map((line) => line.length))).to.be.at.most(100);
  });
});
