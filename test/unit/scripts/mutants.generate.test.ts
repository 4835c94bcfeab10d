import { expect } from "chai";
import { Compiler } from "../../../scripts/mutants/compiler.ts";
import type { Unit } from "../../../scripts/mutants/compiler.ts";
import type { Mutant } from "../../../scripts/mutants/mutants.ts";
import type { OperatorName } from "../../../scripts/mutants/operators.ts";
import { generate } from "../../../scripts/mutants/run.ts";

const FILE = "contracts/C.sol";
const NAME = `project/${FILE}`;

const unitOf = (text: string): Unit => ({
  input: { language: "Solidity", sources: { [NAME]: { content: text } }, settings: {} },
  files: [{ path: FILE, name: NAME, parts: new Set([NAME]) }],
});

describe("mutants: generation", function () {
  let compiler: Compiler;

  before(() => (compiler = new Compiler()));
  after(() => compiler.close());

  const mutantsOf = (text: string): Promise<Mutant[]> => generate(compiler, [unitOf(text)], [FILE]);

  /** What an operator does to the members of a contract, without the operator's name. */
  async function changes(operator: OperatorName, members: string, outside = ""): Promise<string[]> {
    const text = `pragma solidity 0.8.37;\n${outside}\ncontract C {\n${members}\n}\n`;
    const mutants = (await mutantsOf(text)).filter((mutant) => mutant.operator === operator);
    return mutants.map(({ id }) => id.replace(`:${operator}`, ""));
  }

  it("exchanges comparisons, in assembly too", async function () {
    const members = `
      function f(uint256 a, uint256 b) external pure returns (bool x) {
        x = a < b && a <= b || a > b && a >= b || a == b && a /* != */ != b;
        assembly { x := lt(a, b) }
      }`;
    expect(await changes("comparison", members)).to.deep.equal([
      "C.f:a < b -> a <= b",
      "C.f:a < b -> a > b",
      "C.f:a <= b -> a < b",
      "C.f:a > b -> a >= b",
      "C.f:a > b -> a < b",
      "C.f:a >= b -> a > b",
      "C.f:a == b -> a != b",
      "C.f:a /* != */ != b -> a /* != */ == b",
      "C.f:lt(a, b) -> gt(a, b)",
    ]);
  });

  it("exchanges signs", async function () {
    const members = `
      function f(uint256 a, uint256 b) external pure {
        a = (a + b) * a; a -= b / a; ++a; b--;
      }`;
    expect(await changes("sign", members)).to.deep.equal([
      "C.f:(a + b) * a -> (a + b) / a",
      "C.f:a + b -> a - b",
      "C.f:a -= b / a -> a += b / a",
      "C.f:b / a -> b * a",
      "C.f:++a -> --a",
      "C.f:b-- -> b++",
    ]);
  });

  it("moves numbers and named constants by one", async function () {
    const members = `
      uint256 constant MOST = 1_000;
      bytes32 constant NAME = "x";
      uint256[2] a;
      function f(uint256 n) external view returns (bool) {
        return n > 0 && n < MOST && n != 0xff && n != 1 ether && a[n] != uint256(NAME);
      }`;
    expect(await changes("bound", members)).to.deep.equal([
      "C:uint256 constant MOST = 1_000 -> uint256 constant MOST = 1001",
      "C:uint256 constant MOST = 1_000 -> uint256 constant MOST = 999",
      "C.f:n > 0 -> n > 1",
      "C.f:n < MOST -> n < (MOST + 1)",
      "C.f:n < MOST -> n < (MOST - 1)",
      "C.f:n != 0xff -> n != 0x100",
      "C.f:n != 0xff -> n != 0xfe",
      "C.f:n != 1 ether -> n != (1 ether + 1)",
      "C.f:n != 1 ether -> n != (1 ether - 1)",
    ]);
  });

  it("turns roundings", async function () {
    const outside = `
      library Math {
        enum Rounding { Floor, Ceil }
        function mulDiv(uint256 a, uint256 b, uint256 c) internal pure returns (uint256) {}
        function mulDiv(uint256 a, uint256 b, uint256 c, Rounding r) internal pure returns (uint256) {}
        function ceilDiv(uint256 a, uint256 b) internal pure returns (uint256) {}
        function partDown(uint256 a) internal pure returns (uint256) {}
        function partUp(uint256 a) internal pure returns (uint256) {}
        function onlyDown(uint256 a) internal pure returns (uint256) {}
      }`;
    const members = `
      using Math for uint256;
      function f(uint256 a, uint256 b) external pure {
        a = a / b;
        a = Math.ceilDiv(a, b);
        a = Math.mulDiv(a, b, a);
        a = Math.mulDiv(a, b, a, Math.Rounding.Floor);
        a = Math.partDown(a).partUp();
        a = Math.onlyDown(a);
      }`;
    expect(await changes("rounding", members, outside)).to.deep.equal([
      "C.f:a / b -> (a / b + (a % b == 0 ? 0 : 1))",
      "C.f:Math.ceilDiv(a, b) -> ((a) / (b))",
      "C.f:Math.mulDiv(a, b, a) -> Math.mulDiv(a, b, a, Math.Rounding.Ceil)",
      "C.f:Math.Rounding.Floor -> Math.Rounding.Ceil",
      "C.f:Math.partDown(a).partUp() -> Math.partDown(a).partDown()",
      "C.f:Math.partDown(a) -> Math.partUp(a)",
    ]);
  });

  it("drops checks: requirements, modifiers, ways out and safe casts", async function () {
    const outside = `
      error Bad(uint256 a);
      function toUint64(uint256 a) pure returns (uint64) { return uint64(a); }
      using {toUint64} for uint256;`;
    const members = `
      modifier onlyMe() { require(msg.sender == address(1), "me"); _; }
      constructor() {}
      function _requireLittle(uint256 a) private pure { if (a > 9) revert Bad(a); }
      function f(uint256 a) external view onlyMe returns (uint64 b) {
        _requireLittle(a);
        if (a == 3) { return 4; }
        if (a == 4) ++a; else return 5;
        b = a.toUint64();
      }`;
    expect(await changes("check", members, outside)).to.deep.equal([
      'C.onlyMe:no require(msg.sender == address(1), "me")',
      "C._requireLittle:no if (a > 9)",
      "C.f:no onlyMe",
      "C.f:no _requireLittle(a)",
      "C.f:no if (a == 3)",
      "C.f:a.toUint64() -> uint64(a)",
    ]);
  });

  it("drops writes: assignments, deletions, calls and events", async function () {
    const members = `
      event Done(uint256 a);
      uint256 s; uint256[] list;
      function _g() private { s = 1; }
      function f(uint256 a) external {
        s = a;
        if (a > 1) delete s;
        list.push(a);
        _g();
        for (uint256 i = 0; i < 2; ++i) a += i;
        emit Done(a);
        if (a > 3) revert("no");
      }`;
    expect(await changes("write", members)).to.deep.equal([
      "C._g:no s = 1",
      "C.f:no s = a",
      "C.f:no delete s",
      "C.f:no list.push(a)",
      "C.f:no _g()",
      "C.f:no ++i",
      "C.f:no a += i",
      "C.f:no emit Done(a)",
    ]);
  });

  it("exchanges arguments that could stand for each other", async function () {
    const members = `
      struct S { uint64 x; uint128 y; }
      function max(uint256 a, uint256 b) private pure returns (uint256) {}
      function g(uint256 a, address b, uint8 c, bytes32 d) private pure {}
      function f(uint256 a, uint8 b, bytes32 d) external pure returns (S memory) {
        g(a, address(1), b, d);
        g(max(a, b), address(1), b, d);
        return S({x: b, y: 7});
      }`;
    expect(await changes("argument", members)).to.deep.equal([
      "C.f:g: a <-> b",
      "C.f:g: max(a, b) <-> b",
      "C.f:S: b <-> 7",
    ]);
  });

  it("negates conditions and exchanges connections", async function () {
    const members = `
      function f(uint256 a, bool b) external pure returns (uint256) {
        require(a > 1 || b);
        if (!b) a = 2;
        while (a == 3) ++a;
        return a < 4 ? 5 : 6;
      }`;
    expect(await changes("condition", members)).to.deep.equal([
      "C.f:a > 1 || b -> a > 1 && b",
      "C.f:a > 1 || b -> !(a > 1 || b)",
      "C.f:!b -> b",
      "C.f:a < 4 -> !(a < 4)",
    ]);
  });

  it("returns something else", async function () {
    const members = `
      function f(uint256 a, bool b) external pure returns (bool) { if (b) return true; return b || a > 1; }
      function g(uint64 a, address b) external pure returns (uint64, address) { return (a, b); }
      function h(bytes32 a, string memory b) external pure returns (bytes32, string memory, uint256) { return (a, b, 0); }`;
    expect(await changes("return", members)).to.deep.equal([
      "C.f:return true; -> return false;",
      "C.f:return b || a > 1; -> return !(b || a > 1);",
      "C.g:return (a, b); -> return (0, b);",
      "C.g:return (a, b); -> return (a, payable(0));",
      "C.h:return (a, b, 0); -> return (bytes32(0), b, 0);",
      'C.h:return (a, b, 0); -> return (a, "", 0);',
    ]);
  });

  const PLAIN = `pragma solidity 0.8.37;
/// @notice Σ of 1 + 2 ≥ 3 · x.
interface I { event E(uint256 a); function f(uint256 a) external returns (uint256); }
contract C {
    event E(uint256 a);
    error Bad(uint256 a);
    struct S { uint256[3] a; }
    /// @notice a + 1 ≥ 2
    function f(uint256 a) external pure returns (uint256 b) {
        b = a + a; // ≥
        b = a + a;
    }
}
`;

  it("leaves alone what holds no code, and counts the bytes of characters that have several", async function () {
    const mutants = await mutantsOf(PLAIN);
    expect(mutants.map(({ id, line }) => [line, id])).to.deep.equal([
      [10, "C.f:write:no b = a + a"],
      [10, "C.f:sign:a + a -> a - a"],
      [11, "C.f:write:no b = a + a #2"],
      [11, "C.f:sign:a + a -> a - a #2"],
    ]);
    expect(mutants[1]!.text).to.equal(PLAIN.replace("b = a + a; // ≥", "b = a - a; // ≥"));
  });

  it("keeps an identifier when other code changes", async function () {
    const ids = async (text: string) => (await mutantsOf(text)).map(({ id }) => id);
    const other = PLAIN.replace(
      "contract C {",
      "contract C {\n    uint256 x = 5;\n    function e() external { x += 2; }",
    );
    expect(await ids(other)).to.include.members(await ids(PLAIN));
  });

  it("makes the same mutants each time, each of them once", async function () {
    const mutants = await mutantsOf(PLAIN);
    expect(await mutantsOf(PLAIN)).to.deep.equal(mutants);
    expect(new Set(mutants.map(({ text }) => text)).size).to.equal(mutants.length);
    expect(new Set(mutants.map(({ id }) => id)).size).to.equal(mutants.length);
  });
});
