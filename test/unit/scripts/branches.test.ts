import { expect } from "chai";
import { judge, outcomesOf } from "../../../scripts/branches/outcomes.ts";
import { branching } from "../../../scripts/branches/conditions.ts";
import { Compiler } from "../../../scripts/mutants/compiler.ts";

const NAME = "C.sol";
const inputOf = (content: string) => ({ language: "Solidity", sources: { [NAME]: { content } }, settings: {} });

describe("branches", function () {
  let compiler: Compiler;

  before(() => (compiler = new Compiler()));
  after(() => compiler.close());

  async function rewrite(body: string) {
    const text = `pragma solidity 0.8.37;\ncontract C {\nfunction f(uint256 a, bool b) external pure returns (bool) {\n${body}\n}\n}\n`;
    const trees = await compiler.parse({ input: inputOf(text), files: [] });
    return branching(text, trees.get(NAME)!);
  }

  it("finds the parts of every condition, each once", async function () {
    const { conditions } = await rewrite(`
      require(a != 0 && (a < 9 || !b), unicode"é");
      if (!(a == 1)) a = b ? 2 : 3;
      for (uint256 i = 0; i < a; ++i) while (b) do { b = false; } while (a == 7);
      return a > 5 || b;`);
    expect(conditions.map(({ line, text }) => `${line}: ${text}`)).to.deep.equal([
      "5: a != 0",
      "5: a < 9",
      "5: b",
      "6: a == 1",
      "6: b",
      "7: i < a",
      "7: b",
      "7: a == 7",
      "8: a > 5",
      "8: b",
    ]);
  });

  it("leaves out what is always so", async function () {
    const { conditions } = await rewrite("while (true) { if (b || false) break; }\nreturn true;");
    expect(conditions.map(({ text }) => text)).to.deep.equal(["b"]);
  });

  it("finds a condition within another one", async function () {
    const { conditions, text } = await rewrite(
      "if ((b ? a : 2) == 1) return true;\nreturn f2(a == 1 && b) == b;\n}\nfunction f2(bool c) internal pure returns (bool) { return c;",
    );
    expect(conditions.map((condition) => condition.text)).to.deep.equal(["(b ? a : 2) == 1", "b", "a == 1", "b"]);
    expect(text).to.contain("if (_condition0((_condition1(b) ? a : 2) == 1)) return true;");
    expect(text).to.contain("return f2(_condition2(a == 1) && _condition3(b)) == b;");
  });

  it("gives each outcome a line, and still compiles", async function () {
    const { conditions, text } = await rewrite('require(a < 9, unicode"é"); return a == 1 && b;');
    const lines = text.split("\n");
    for (const { met, unmet } of conditions) {
      expect([lines[met - 1], lines[unmet - 1]]).to.deep.equal(["return true;", "return false;"]);
    }
    expect(new Set(conditions.flatMap(({ met, unmet }) => [met, unmet])).size).to.equal(6);
    const settings = { outputSelection: { "*": { "*": ["evm.bytecode.object"] } } };
    await compiler.run({ ...inputOf(text), settings });
  });

  it("says in which function a condition stands", async function () {
    const { conditions } = await rewrite(
      "return f2(b) || a == 1;\n}\nfunction f2(bool c) internal pure returns (bool) { return c && true;",
    );
    expect(conditions.map(({ where, text }) => `${where} ${text}`)).to.deep.equal([
      "C.f f2(b)",
      "C.f a == 1",
      "C.f2 c",
    ]);
  });

  describe("judgement", function () {
    const FILE = "contracts/bonding/C.sol";
    const conditions = Array.from({ length: 50 }, (_, i) => {
      return { line: i + 1, where: "C.f", text: `a == ${i}`, met: 2 * i, unmet: 2 * i + 1 };
    });
    /** What is told when these lines were not reached. */
    const judged = (unreached: readonly number[], explanations = {}) => {
      const reached = new Set(Array.from({ length: 100 }, (_, i) => i).filter((line) => !unreached.includes(line)));
      return judge([outcomesOf(FILE, conditions, reached)], explanations);
    };

    it("has nothing to complain of when all outcomes were met", function () {
      const { lines, complaints } = judged([]);
      expect([lines, complaints]).to.deep.equal([[`${FILE}: 100 of 100 outcomes`, "contracts/bonding: 100.0 %"], []]);
    });

    it("names the outcome that was not met, and accepts it where it is explained", function () {
      const id = "C.f: always met: a == 3";
      expect(judged([7]).complaints).to.deep.equal([`${FILE}:4 ${id}`]);
      const explained = judged([7], { [id]: "No caller passes another." });
      expect(explained.complaints).to.deep.equal([]);
      expect(explained.lines).to.include("    No caller passes another.");
    });

    it("complains of an explanation whose outcome is met", function () {
      const complaints = ["explained in vain: C.f: never met: a == 3"];
      expect(judged([], { "C.f: never met: a == 3": "No caller passes it." }).complaints).to.deep.equal(complaints);
    });

    it("wants 98 % of a folder, whatever is explained", function () {
      const ids = ["C.f: never met: a == 0", "C.f: never met: a == 1", "C.f: never met: a == 2"];
      const explanations = Object.fromEntries(ids.map((id) => [id, "No caller passes it."]));
      expect(judged([0, 2, 4], explanations).complaints).to.deep.equal([
        "contracts/bonding: 97 of 100 are less than 98 %",
      ]);
    });
  });
});
