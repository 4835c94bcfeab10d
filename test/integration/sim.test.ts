import { execFile } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import JSON5 from "json5";
import { temporaryDirectory } from "../fixtures/protocol.ts";

const ROOT = path.join(import.meta.dirname, "..", "..");

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function sim(...args: string[]): Promise<Ended> {
  const hardhat = path.join(ROOT, "node_modules", "hardhat", "dist", "src", "cli.js");
  try {
    const ended = await promisify(execFile)(process.execPath, [hardhat, "sim", ...args], { cwd: ROOT });
    return { code: 0, ...ended };
  } catch (error) {
    return error as Ended;
  }
}

/** The file of a scenario that ends after a few rounds, with one expectation. */
function shortScenario(bound: number): string {
  const file = path.join(temporaryDirectory(), "short.json5");
  const scenario: Record<string, unknown> = JSON5.parse(
    readFileSync(path.join(ROOT, "sim", "scenarios", "fee-ratio.json5"), "utf8"),
  );
  const expectation = {
    says: "the ratios differ",
    observation: "feeRatioDispersion",
    run: "baseline",
    from: 1,
    statistic: "every",
    comparison: "above",
    bounds: [bound],
  };
  const changes = { name: "short", rounds: 20, demand: { noise: 0.1, shocks: [] }, expectations: [expectation] };
  writeFileSync(file, JSON.stringify({ ...scenario, ...changes }));
  return file;
}

describe("hardhat sim", () => {
  it("runs a scenario with another seed, writes what came of it and says so", async () => {
    const out = temporaryDirectory();
    const { code, stdout } = await sim(shortScenario(0.3), "--seed", "7", "--out", out);
    expect(code, stdout).to.equal(0);
    expect(stdout)
      .to.match(/│ the ratios differ .* PASS/)
      .and.not.include("FAIL");

    expect(readdirSync(out).sort()).to.deep.equal([
      "account.json",
      "feeRatio.csv",
      "feeRatioDispersion.csv",
      "plot.svg",
    ]);
    const read = (file: string): string => readFileSync(path.join(out, file), "utf8");
    expect(JSON.parse(read("account.json"))).to.include({ scenario: "short", seed: 7, pass: true });
    expect(read("plot.svg")).to.include("seed 7").and.include("gwei per LPT and round");
    const [head, first] = read("feeRatio.csv").split("\n");
    expect(head).to.match(/^start,run,round,orchestrator-1,.*,orchestrator-6$/);
    expect(first).to.match(/^spread evenly,acting,1(,[\d.]+){6}$/);
  });

  it("fails with an expectation", async () => {
    const { code, stdout } = await sim(shortScenario(9), "--json", "--out", temporaryDirectory());
    expect(code).to.equal(1);
    const account = JSON.parse(stdout) as { pass: boolean; expectations: { says: string; pass: boolean }[] };
    expect(account.pass).to.equal(false);
    expect(account.expectations.map(({ says, pass }) => [says, pass])).to.deep.equal([
      ["the ratios differ", false],
      ["the ratios differ", false],
    ]);
  });

  it("lists the scenarios, and names them when there is no such one", async () => {
    const [listed, unknown] = await Promise.all([sim("--json"), sim("none")]);
    expect(JSON.parse(listed.stdout)).to.deep.equal([
      { name: "fee-ratio", description: "The fee ratio converges under optimising delegation" },
      { name: "participation", description: "Inflation finds the participation target" },
    ]);
    expect(unknown.code).to.equal(1);
    expect(unknown.stderr).to.equal("sim: there is no scenario none; there are fee-ratio, participation\n");
  });
});
