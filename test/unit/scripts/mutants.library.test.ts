import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { MutantResult } from "@stryker-mutator/api/core";
import { expect } from "chai";
import { parseOptions } from "../../../scripts/mutants/library/options.ts";
import { resultsOf } from "../../../scripts/mutants/library/results.ts";

const TEXT = `/** {wei} At most 2·10⁷. */
const limit = 1 + 1;
export class Purse {
  #held = 0;
  constructor(held: number) {
    this.#held = held;
  }
  get held(): number {
    return 2 * this.#held; // ≥ 0
  }
}
function half(n: number): number {
  return n > 1 ? n / 2 : n / 2;
}
`;

describe("mutants of the library", () => {
  let project: string;
  before(() => {
    project = mkdtempSync(path.join(os.tmpdir(), "streamflow-library-"));
    writeFileSync(path.join(project, "purse.ts"), TEXT);
  });
  after(() => rmSync(project, { recursive: true }));

  /** A mutant that changes the `time`th appearance of a text, as Stryker tells of it. */
  function mutant(before: string, after: string, result: Partial<MutantResult> = {}, time = 1): MutantResult {
    let start = -1;
    for (let i = 0; i < time; i += 1) start = TEXT.indexOf(before, start + 1);
    const at = (position: number) => {
      const lines = TEXT.slice(0, position).split("\n");
      return { line: lines.length, column: lines.at(-1)!.length + 1 };
    };
    return {
      id: "1",
      fileName: path.join(project, "purse.ts"),
      mutatorName: "Arithmetic",
      location: { start: at(start), end: at(start + before.length) },
      replacement: after,
      status: "Killed",
      ...result,
    };
  }
  const idsOf = (...mutants: MutantResult[]): string[] => resultsOf(mutants, project).candidates.map(({ id }) => id);

  it("are named by file, declaration, operator and text", () => {
    expect(
      idsOf(mutant("1 + 1", "1 - 1"), mutant("this.#held = held", ""), mutant("2 * this.#held", "0")),
    ).to.deep.equal([
      "purse.limit:Arithmetic:const limit = 1 + 1; -> const limit = 1 - 1;",
      "purse.Purse.constructor:Arithmetic:this.#held = held; -> ;",
      "purse.Purse.held:Arithmetic:return 2 * this.#held; // ≥ 0 -> return 0; // ≥ 0",
    ]);
  });

  it("have numbers where several would have one name", () => {
    const name = "purse.half:Arithmetic:return n > 1 ? n / 2 : n / 2; -> return n > 1 ? n / 3 : n / 2;";
    const one = mutant("n / 2", "n / 3");
    expect(idsOf(one, one)).to.deep.equal([name, `${name} #2`]);
    expect(idsOf(one, mutant("n / 2", "n / 3", {}, 2))[1]).not.to.contain("#");
  });

  it("keep what the test found: killed by failing or not loading, or by taking too long; else survived", () => {
    const { tested, texts } = resultsOf(
      [
        mutant("1 + 1", "0", { killedBy: ["adds", "takes away"] }),
        mutant("1 + 1", "1", { status: "RuntimeError", statusReason: "limit is not defined" }),
        mutant("1 + 1", "2", { status: "Timeout" }),
        mutant("1 + 1", "3", { status: "Survived" }),
        mutant("1 + 1", "4", { status: "NoCoverage" }),
      ],
      project,
    );
    expect(tested.map(({ result, by }) => [result, by])).to.deep.equal([
      ["killed", "adds"],
      ["killed", "limit is not defined"],
      ["timed out", undefined],
      ["survived", undefined],
      ["survived", undefined],
    ]);
    expect(tested[0]!.mutant).to.deep.include({ file: "purse.ts", line: 2, text: TEXT.replace("1 + 1", "0") });
    expect([...texts]).to.deep.equal([["purse.ts", TEXT]]);
  });

  it("do not count when they do not compile or are left out; an unfinished one is an error", () => {
    const { candidates, discarded, tested } = resultsOf(
      [mutant("1 + 1", "", { status: "CompileError" }), mutant("1 + 1", "0", { status: "Ignored" })],
      project,
    );
    expect([candidates.length, discarded, tested.length]).to.deep.equal([1, 1, 0]);
    expect(() => resultsOf([mutant("1 + 1", "0", { status: "Pending" })], project)).to.throw("was not tested: Pending");
  });

  it("are of all files, of some, or of some lines", () => {
    const read = (...args: string[]) => parseOptions(args);
    expect(read()).to.deep.include({ files: ["offchain/pm/**/*.ts"], isWhole: true, hasLines: false });
    expect(read("--files", "offchain/pm/price.ts")).to.deep.include({ isWhole: false, hasLines: false });
    expect(read("--files", "a.ts", "--files", "b.ts:3-5")).to.deep.include({
      files: ["a.ts", "b.ts:3-5"],
      hasLines: true,
    });
    expect(() => read("--jobs", "0")).to.throw("--jobs is a number from 1: 0");
    expect(read("--help")).to.equal(undefined);
  });
});
