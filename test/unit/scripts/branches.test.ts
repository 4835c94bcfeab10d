import { expect } from "chai";
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
});
