import { expect } from "chai";
import { diffOf } from "../../../scripts/mutants/diff.ts";
import { staleIn } from "../../../scripts/mutants/explained.ts";
import type { Mutant } from "../../../scripts/mutants/mutants.ts";
import { complaintsOf, render, reportOf } from "../../../scripts/mutants/report.ts";
import type { Report, Tested } from "../../../scripts/mutants/report.ts";
import { testAll } from "../../../scripts/mutants/run.ts";
import type { Bench } from "../../../scripts/mutants/run.ts";

const FILE = "contracts/C.sol";
const ORIGINAL = "one\ntwo\nthree\n";

const mutant = (n: number): Mutant => ({
  id: `C.f:sign:${n}`,
  operator: "sign",
  contract: "C",
  function: "f",
  file: FILE,
  line: 2,
  text: `one\nchange ${n}\nthree\n`,
});

function report(results: readonly Tested["result"][], explanations: Record<string, string> = {}, stale: string[] = []) {
  const tested = results.map((result, n): Tested => ({ mutant: mutant(n), result, seconds: 1 }));
  const run = { seed: 1, candidates: 500, discarded: 3, seconds: 60, stale };
  return reportOf(run, tested, new Map([[FILE, ORIGINAL]]), explanations);
}

const many = (killed: number, survived: number): Tested["result"][] => [
  ...Array<"survived">(survived).fill("survived"),
  ...Array<"killed">(killed).fill("killed"),
];

describe("mutants: report", function () {
  const complaints = (made: Report): string[] => complaintsOf(made, false);

  it("is content when everything was killed; what hangs is", function () {
    expect(complaints(report(["killed", "timed out"]))).to.deep.equal([]);
  });

  it("complains about a survivor, and not about an explained one", function () {
    expect(complaints(report(many(99, 1)))).to.deep.equal(["1 survived without an explanation"]);
    expect(complaints(report(many(99, 1), { "C.f:sign:0": "because" }))).to.deep.equal([]);
  });

  it("complains about too many survivors, explained or not, unless single ones were chosen", function () {
    const explanations = Object.fromEntries([0, 1, 2, 3, 4].map((n) => [`C.f:sign:${n}`, "because"]));
    expect(complaints(report(many(96, 4), explanations))).to.deep.equal([]);
    expect(complaints(report(many(95, 5), explanations))).to.deep.equal(["5.0 % survived, of which 5.0 % is too much"]);
    expect(complaintsOf(report(many(95, 5), explanations), true)).to.deep.equal([]);
  });

  it("complains about explanations of what is not made any more, and when nothing was tested", function () {
    expect(staleIn({ "C.f:sign:0": "", "C.f:sign:9": "", "D.f:sign:0": "" }, [mutant(0)])).to.deep.equal([
      "C.f:sign:9",
    ]);
    expect(complaints(report([], {}, ["C.f:sign:9"]))).to.deep.equal([
      "no mutant was tested",
      "explained, but not made any more: C.f:sign:9",
    ]);
  });

  it("shows survivors with their difference, and counts", function () {
    const text = render(report(["survived", "killed", "survived"], { "C.f:sign:2": "it does not matter" }), "contract");
    expect(text).to.include(`survived: C.f:sign:0\n${FILE}:2\n- two\n+ change 0`);
    expect(text).to.include(`survived, explained: C.f:sign:2\n${FILE}:2\n- two\n+ change 2\nit does not matter`);
    expect(text).to.include("1 killed, 2 survived (66.7 %), 1 of them unexplained");
  });

  it("shows the lines that differ", function () {
    expect(diffOf("a\nb\nc", "a\nc")).to.equal("- b");
    expect(diffOf("a\nb\nb\nc", "a\nb\nb\nb\nc")).to.equal("+ b");
    expect(diffOf("a\nb\nc", "a\nx\ny\nc")).to.equal("- b\n+ x\n+ y");
  });
});

describe("mutants: running", function () {
  const candidates = Array.from({ length: 30 }, (_, n) => mutant(n));

  const benchesOf = (length: number): Bench[] => Array.from({ length }, () => ({}) as Bench);

  /** Every third candidate is no mutant; each takes another number of turns. */
  async function test(_: Bench, { id }: Mutant): Promise<Tested | undefined> {
    const n = Number(id.split(":")[2]);
    for (let turn = (n * 7) % 5; turn >= 0; turn -= 1) await Promise.resolve();
    return n % 3 === 0 ? undefined : { mutant: mutant(n), result: "killed", seconds: 1 };
  }

  it("tests the first true mutants, with one bench or several", async function () {
    const wanted = [1, 2, 4, 5, 7, 8, 10].map((n) => `C.f:sign:${n}`);
    for (const benches of [1, 2, 5]) {
      const { tested } = await testAll(benchesOf(benches), candidates, 7, test, () => undefined);
      expect(tested.map((one) => one.mutant.id)).to.deep.equal(wanted);
    }
  });

  it("ends when there are no more candidates", async function () {
    const { tested, discarded } = await testAll(benchesOf(2), candidates, 100, test, () => undefined);
    expect([tested.length, discarded]).to.deep.equal([20, 10]);
  });
});
