import { execFile, spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import path from "node:path";
import { expect } from "chai";
import type { Report } from "../../scripts/mutants/report.ts";
import { temporaryDirectory } from "../fixtures/protocol.ts";

const ROOT = path.join(import.meta.dirname, "..", "..");
const MAIN = path.join(ROOT, "scripts", "mutants", "main.ts");

/** The tests of this contract do not notice when its check is missing. */
const FILES = {
  "package.json": `{ "type": "module" }`,
  "hardhat.config.ts": `
    import { createRequire } from "node:module";
    import toolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
    const path = createRequire(import.meta.url).resolve("solc/soljson.js");
    export default { plugins: [toolbox], solidity: { version: "0.8.37", path } };`,
  "contracts/Counter.sol": `
    pragma solidity 0.8.37;
    contract Counter {
      uint256 public count = 5;
      function add(uint256 n) external {
        require(n != 0, "nothing");
        count += n;
      }
    }`,
  "test/unit/contracts/Counter.test.ts": `
    import { expect } from "chai";
    import { network } from "hardhat";
    it("counts", async () => {
      const { ethers } = await network.create();
      const counter = await ethers.deployContract("Counter");
      await counter.add(2);
      expect(await counter.count()).to.equal(7n);
    });`,
};

const ARGUMENTS = [
  "--only",
  "Counter.add:check",
  "--only",
  "Counter.add:sign",
  "--jobs",
  "1",
  "--report",
  "report.json",
];

describe("mutants of a small project", () => {
  let project: string;
  let temporary: string;
  let environment: NodeJS.ProcessEnv;

  before(function () {
    project = temporaryDirectory();
    for (const [file, text] of Object.entries(FILES)) {
      mkdirSync(path.dirname(path.join(project, file)), { recursive: true });
      writeFileSync(path.join(project, file), text);
    }
    temporary = temporaryDirectory();
    symlinkSync(path.join(ROOT, "node_modules"), path.join(project, "node_modules"));
    environment = { ...process.env, TMPDIR: temporary };
  });

  function mutate(): Promise<{ code: unknown; output: string; report: Report }> {
    return new Promise((resolve, reject) => {
      execFile(process.execPath, [MAIN, ...ARGUMENTS], { cwd: project, env: environment }, (error, stdout, stderr) => {
        const output = stdout + stderr;
        if (error?.code === 2) return reject(new Error(output));
        const report = JSON.parse(readFileSync(path.join(project, "report.json"), "utf8")) as Report;
        resolve({ code: error?.code ?? 0, output, report });
      });
    });
  }

  const results = (report: Report): unknown => report.mutants.map(({ id, result, by }) => [id, result, by]).sort();

  const SURVIVOR = 'Counter.add:check:no require(n != 0, "nothing")';
  const RESULTS = [
    [SURVIVOR, "survived", undefined],
    ["Counter.add:sign:count += n -> count -= n", "killed", "counts"],
  ];

  it("reports the one that no test notices, and fails", async function () {
    const { code, output, report } = await mutate();
    expect(results(report)).to.deep.equal(RESULTS);
    expect(output).to.include(
      `survived: ${SURVIVOR}\ncontracts/Counter.sol:6\n-         require(n != 0, "nothing");\n`,
    );
    expect(output).to.include("1 survived without an explanation");
    expect(code).to.equal(1);
    expect(readdirSync(temporary), "what is left").to.deep.equal([]);
  });

  it("is content once somebody has explained it", async function () {
    mkdirSync(path.join(project, "test", "mutants"));
    const explanations = { [SURVIVOR]: "adding nothing changes nothing" };
    writeFileSync(path.join(project, "test", "mutants", "survivors.json5"), JSON.stringify(explanations));
    const { code, output, report } = await mutate();
    expect(results(report)).to.deep.equal(RESULTS);
    expect(output).to.include("adding nothing changes nothing");
    expect(code).to.equal(0);
  });

  it("leaves nothing behind when it is interrupted", async function () {
    const child = spawn(process.execPath, [MAIN, ...ARGUMENTS], { cwd: project, env: environment });
    const closed = once(child, "close");
    await once(child.stdout, "data");
    expect(readdirSync(temporary)).to.have.lengthOf(1);
    child.kill("SIGINT");
    expect(await closed).to.deep.equal([130, null]);
    expect(readdirSync(temporary), "what is left").to.deep.equal([]);
  });
});
