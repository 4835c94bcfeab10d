import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import JSON5 from "json5";
import { findScenario, parseScenario, readScenarios } from "../../../sim/engine/load.ts";

const FILE = path.join(import.meta.dirname, "../../../sim/scenarios/fee-ratio.json5");

interface Data {
  [key: string]: unknown;
  protocol: Record<string, unknown>;
  population: { orchestrators: object[]; delegators: object[]; holders: object[] };
  demand: Record<string, unknown>;
  expectations: Record<string, unknown>[];
  starts: object[];
}

/** Why the scenario is refused once it is changed. */
function refusal(change: (data: Data) => void): string {
  const data: Data = JSON5.parse(readFileSync(FILE, "utf8"));
  change(data);
  try {
    parseScenario(JSON.stringify(data), "fee-ratio.json5");
  } catch (error) {
    return (error as Error).message;
  }
  return "none";
}

const HOLDERS = { count: 1, stake: "1", review: 0.1, memory: 1, margin: 0 };

describe("a scenario's file", () => {
  it("is taken as it is, with amounts in wei", () => {
    expect(refusal(() => undefined)).to.equal("none");
    const { protocol } = findScenario("fee-ratio");
    expect(protocol.supply).to.equal(10_000_000n * 10n ** 18n);
    expect(protocol.inflationStep).to.equal(500_000_000_000n);
    expect([...readScenarios().keys()]).to.deep.equal(["fee-ratio", "participation"]);
  });

  const cases: [string, (data: Data) => void, string][] = [
    ["unknown settings", (data) => (data.color = "red"), 'Unrecognized key: "color"'],
    ["missing settings", (data) => delete data.protocol.treasuryCut, "protocol.treasuryCut"],
    ["amounts as numbers", (data) => (data.protocol.supply = 1_000), "protocol.supply"],
    ["ratios above one", (data) => (data.protocol.treasuryCut = "1.1"), 'from "0" to "1"'],
    ["unknown observations", (data) => (data.expectations[0]!.observation = "mood"), "expectations[0].observation"],
    ["one bound too few", (data) => (data.expectations[0]!.comparison = "between"), '"between" takes two bounds'],
    ["one bound too many", (data) => (data.expectations[0]!.bounds = [0, 1]), '"below" and "above" take one'],
    [
      "bounds the wrong way round",
      (data) => Object.assign(data.expectations[0]!, { comparison: "between", bounds: [2, 1] }),
      "the lower bound comes first",
    ],
    ["windows the wrong way round", (data) => (data.expectations[0]!.to = 1), "to must not be before from"],
    ["expectations of rounds that never come", (data) => (data.rounds = 599), "must be at most rounds"],
    ["more LPT than there is", (data) => (data.protocol.supply = "1000"), "more than the supply"],
    [
      "challenge windows as long as a round",
      (data) => (data.protocol.challengeWindow = 86_400),
      "must be below roundLength",
    ],
    [
      "work for orchestrators that do not exist",
      (data) => (data.demand.shocks = [{ round: 1, fees: { "orchestrator-7": 1 } }]),
      "no such orchestrator",
    ],
    [
      "returns the wrong way round",
      (data) => data.population.holders.push({ ...HOLDERS, outsideReturn: { lowest: 0.2, highest: 0.1 } }),
      "lowest must be at most highest",
    ],
    ["two starts of one name", (data) => data.starts.push(data.starts[0]!), "names must differ"],
    ["another name than the file's", (data) => (data.name = "other"), "is named other inside"],
  ];
  for (const [what, change, message] of cases) {
    it(`is refused with ${what}`, () => {
      expect(refusal(change)).to.include(message);
    });
  }

  it("is refused if it is no JSON5, by name", () => {
    expect(() => parseScenario("{", "some.json5")).to.throw("some.json5 is not JSON5");
  });

  it("is looked for among those that exist", () => {
    expect(() => findScenario("none")).to.throw("there is no scenario none; there are fee-ratio, participation");
  });
});
