import { expect } from "chai";
import path from "node:path";
import { parseOptions } from "../../../scripts/mutants/options.ts";
import { testsOf } from "../../../scripts/mutants/tests.ts";

const PROJECT = path.join(import.meta.dirname, "..", "..", "..");

describe("mutants: options", function () {
  const filesOf = (...args: string[]) => parseOptions(args, PROJECT)?.files;

  it("mutates the protocol's own contracts by default", function () {
    expect(filesOf()).to.include.members(["contracts/pm/TicketBroker.sol", "contracts/libraries/Ratio.sol"]);
    expect(filesOf()?.filter((file) => /Mock|interfaces/.test(file))).to.deep.equal([]);
  });

  it("takes files and folders", function () {
    const both = filesOf("--contracts", "contracts/rounds", "--contracts", "contracts/libraries/Ratio.sol");
    expect(both).to.deep.equal(["contracts/libraries/Ratio.sol", "contracts/rounds/RoundsManager.sol"]);
  });

  it("refuses what makes no sense", function () {
    expect(() => filesOf("--contracts", "contracts/none")).to.throw("contracts/none: there is no such file or folder");
    expect(() => filesOf("--count", "0")).to.throw("--count is a number from 1: 0");
    expect(() => filesOf("--jobs", "many")).to.throw("--jobs is a number from 1: many");
    expect(() => filesOf("--sed", "1")).to.throw("Unknown option '--sed'");
  });
});

describe("mutants: choice of tests", function () {
  it("puts the unit tests of the changed contracts first, and leaves out none", function () {
    const { unit, properties } = testsOf(PROJECT, ["Ratio", "RoundsManager"]);
    const own = unit.map((file) => path.basename(file).startsWith("RoundsManager."));
    expect(own.lastIndexOf(true)).to.be.lessThan(own.indexOf(false));
    expect(own).to.include(true);
    expect([...unit].sort()).to.deep.equal([...testsOf(PROJECT, []).unit].sort());
    expect(properties).to.include("test/properties/broker.test.ts");
  });
});
