import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { contractErrors, contractErrorsDoc, readCompiled, readForeign } from "../../../scripts/contract-errors.ts";
import type { Compiled } from "../../../scripts/contract-errors.ts";

const error = (name: string) => ({ type: "error", name, inputs: [{ name: "have", type: "uint256" }] });
const NONE = { cause: "", remedy: "" };
const EXPLAINED = { cause: "A cause.", remedy: "A remedy." };

/** An interface of one error, and the contract that gives it along with another one. */
const compiled = (explanation: { cause: string; remedy: string }): Compiled[] => [
  {
    contract: "IBox",
    source: "contracts/interfaces/IBox.sol",
    abi: [error("BoxFull")],
    explanations: { "BoxFull(uint256)": explanation },
  },
  {
    contract: "Box",
    source: "contracts/box/Box.sol",
    abi: [error("BoxFull"), error("Foreign")],
    explanations: { "BoxFull(uint256)": explanation, "Foreign(uint256)": { cause: "", remedy: "Not ours." } },
  },
];

describe("contracts' errors", () => {
  it("all have a cause and a remedy", () => {
    expect(contractErrors(readCompiled(), readForeign()).problems).to.deep.equal([]);
  });

  it("are what docs/contract-errors.md shows", async () => {
    const file = fileURLToPath(new URL("../../../docs/contract-errors.md", import.meta.url));
    const doc = await contractErrorsDoc(contractErrors(readCompiled(), readForeign()));
    expect(await readFile(file, "utf8"), "run `npm run docs:contract-errors`").to.equal(doc);
  });

  it("show parameters, selector, and who gives those of libraries", async () => {
    const errors = contractErrors(compiled(EXPLAINED), { "Foreign(uint256)": { cause: "Far.", remedy: "Go there." } });
    expect(errors.problems).to.deep.equal([]);
    const doc = (await contractErrorsDoc(errors)).replaceAll(/ +/g, " ");
    expect(doc).to.contain("## Box\n").and.not.contain("## IBox");
    expect(doc).to.contain("| `BoxFull(uint256 have)` | `0x7da17ee3` | A cause. | A remedy. |");
    expect(doc).to.contain("| `Foreign(uint256 have)` | `0x85213218` | Far. | Go there. | Box |");
  });

  it("are refused without a cause or a remedy, or with the library's own comment alone", () => {
    const problemsOf = (explanation: { cause: string; remedy: string }, foreign = {}) =>
      contractErrors(compiled(explanation), foreign).problems.map((problem) => problem.replace(/ is .*/, ""));
    expect(problemsOf(NONE)).to.deep.equal([
      "contracts/interfaces/IBox.sol: the cause of BoxFull",
      "contracts/interfaces/IBox.sol: the remedy of BoxFull",
      "scripts/library-errors.json5: the cause of Foreign",
      "scripts/library-errors.json5: the remedy of Foreign",
    ]);
    const foreign = { "Foreign(uint256)": EXPLAINED };
    expect(problemsOf({ ...EXPLAINED, remedy: "" }, foreign)).to.have.length(1);
    expect(problemsOf({ ...EXPLAINED, cause: "no sentence" }, foreign)).to.have.length(1);
  });

  it("are not explained in vain", () => {
    const foreign = { "Foreign(uint256)": EXPLAINED, "Gone()": EXPLAINED };
    expect(contractErrors(compiled(EXPLAINED), foreign).problems).to.deep.equal([
      "scripts/library-errors.json5: no contract gives Gone()",
    ]);
  });
});
