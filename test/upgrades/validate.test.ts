import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { keccak256, toBeHex, toUtf8Bytes } from "ethers";
import { readArtifact } from "../../deploy/artifacts.ts";
import { DeploymentError } from "../../deploy/errors.ts";
import { compare, type Finding } from "../../deploy/upgrades/compare.ts";
import { type Build, compileForLayout, type Inspected, inspecting } from "../../deploy/upgrades/inspect.ts";
import {
  inspectCompiled,
  type LogicName,
  mayBreak,
  readBuild,
  readRelease,
  type Release,
  releasedVersions,
  stable,
  writeRelease,
} from "../../deploy/upgrades/releases.ts";

const STATE = "project/contracts/pm/TicketState.sol";
const BROKER = "project/contracts/pm/TicketBroker.sol";
const NAMESPACE = "erc7201:streamflow.storage.TicketBroker";

describe("the validation of an upgrade", () => {
  let build: Build;
  let released: Inspected;
  before(() => {
    build = readBuild(readArtifact("TicketBroker").buildInfoId);
    released = stable(inspecting(build)("TicketBroker"));
  });

  /** The TicketBroker with other sources. */
  function edited(changes: readonly (readonly [source: string, from: string, to: string])[]): Inspected {
    const sources = structuredClone(build.input.sources);
    for (const [source, from, to] of changes) {
      const content = sources[source]?.content ?? "";
      expect(content.split(from), `${source} has it once: ${from}`).to.have.length(2);
      sources[source] = { content: content.replace(from, () => to) };
    }
    return stable(inspecting(compileForLayout({ ...build.input, sources }, build.solcVersion))("TicketBroker"));
  }

  const findingsOf = (...changes: (readonly [string, string, string])[]): Finding[] =>
    compare(released, edited(changes), false);
  const expectKind = (findings: readonly Finding[], kind: Finding["kind"], ...parts: string[]): void => {
    expect([...new Set(findings.map((finding) => finding.kind))]).to.deep.equal([kind]);
    for (const part of parts) expect(findings[0]?.detail).to.include(part);
  };

  const ACCOUNTS = "        mapping(address sender => Account) accounts;\n";
  const HANDED_OVER = "        uint256 handedOver;\n";

  it("lets code through that keeps what is there, and puts new fields behind it", () => {
    expect(findingsOf([STATE, HANDED_OVER, `${HANDED_OVER}        uint256 added;\n`])).to.deep.equal([]);
  });

  it("refuses a layout that is shifted, and names the slot", () => {
    const shifted = findingsOf([STATE, ACCOUNTS, `        uint256 shifted;\n${ACCOUNTS}`]);
    expectKind(shifted, "StorageIncompatible", `slot 1 of ${NAMESPACE}`, "`TicketState.shifted` is new before others");
  });

  it("refuses a field that is gone, and names the slot", () => {
    const layout = structuredClone(released.layout);
    expect(layout.namespaces?.[NAMESPACE]?.pop()).to.include({ label: "handedOver", slot: "9" });
    const findings = compare(released, { ...released, layout }, false);
    expectKind(findings, "StorageIncompatible", `slot 9 of ${NAMESPACE}`, "`TicketState.handedOver` is gone");
  });

  it("refuses another order within a mapping's struct, and names the slot", () => {
    const [deposit, escrow] = ["        uint96 deposit;\n", "        uint96 escrow;\n"];
    const shifted = findingsOf([STATE, `${deposit}${escrow}`, `${escrow}${deposit}`]);
    expectKind(shifted, "StorageIncompatible", `slot 1 of ${NAMESPACE}`, "`TicketState.accounts` changes its type");
  });

  it("refuses another namespace", () => {
    const moved = findingsOf([
      STATE,
      `@custom:storage-location ${NAMESPACE}`,
      `@custom:storage-location ${NAMESPACE}2`,
    ]);
    expectKind(moved, "StorageIncompatible", NAMESPACE, "is gone");
  });

  const END = "    // --- Modifiers ---\n";

  it("refuses code that destroys itself, or runs other code on its storage, in assembly too", () => {
    for (const [code, kind] of [
      ["selfdestruct(payable(msg.sender));", "selfdestruct"],
      ["assembly { selfdestruct(caller()) }", "selfdestruct"],
      ['(bool success, ) = msg.sender.delegatecall(""); require(success);', "delegatecall"],
      ["assembly { pop(delegatecall(gas(), caller(), 0, 0, 0, 0)) }", "delegatecall"],
    ] as const) {
      const findings = findingsOf([BROKER, END, `    function added() external { ${code} }\n\n${END}`]);
      expectKind(findings, "UnsafeCode", `${kind} in ${BROKER}`);
    }
  });

  it("refuses another immutable", () => {
    const treasury = "    address public immutable TREASURY;\n";
    const added = findingsOf([STATE, treasury, `${treasury}    address public immutable OWNER = msg.sender;\n`]);
    expectKind(added, "ImmutablesChanged", "OWNER is new");
  });

  it("refuses to take a function, an event or an error away, unless the version says so", () => {
    const next = { ...released, abi: released.abi.filter((entry) => !entry.includes(" unlock(")) };
    expect(released.abi).to.have.length(next.abi.length + 1);
    expectKind(compare(released, next, false), "InterfaceBroken", "function unlock()");
    expect(compare(released, next, true)).to.deep.equal([]);
    const versions = [
      ["0.1.1", "0.1.0", false],
      ["0.2.0", "0.1.9", true],
      ["1.0.0", "0.9.0", true],
      ["1.4.0", "1.3.0", false],
      ["2.0.0", "1.3.0", true],
    ] as const;
    for (const [version, before, may] of versions) expect(mayBreak(version, before), version).to.equal(may);
  });

  describe("releases", () => {
    let now: Release;
    let directory: string;
    before(async () => {
      now = inspectCompiled();
      directory = await mkdtemp(path.join(tmpdir(), "streamflow-releases-"));
    });
    after(() => rm(directory, { recursive: true }));

    it("can be upgraded from to what is here: each of its contracts", () => {
      const newest = releasedVersions().at(-1)!;
      const before = readRelease(newest);
      for (const [name, released] of Object.entries(before))
        expect(compare(released, now[name as LogicName], false), `${name} of ${newest}`).to.deep.equal([]);
    });

    it("are written once, the same for the same sources, and read back", () => {
      writeRelease("0.0.1", now, directory);
      expect(readRelease("0.0.1", directory)).to.deep.equal(JSON.parse(JSON.stringify(now)));
      expect(stable(edited([])).layout).to.deep.equal(now.TicketBroker.layout);
      for (const version of ["0.0.1", "next", "../0.0.2"])
        expect(() => writeRelease(version, now, directory), version)
          .to.throw(DeploymentError)
          .with.property("code", "ReleaseInvalid");
      expect(() => readRelease("0.0.3", directory)).to.throw(DeploymentError, /restore it/);
      writeRelease("0.0.10", now, directory);
      writeRelease("0.0.2", now, directory);
      expect(releasedVersions(directory)).to.deep.equal(["0.0.1", "0.0.2", "0.0.10"]);
    });
  });

  it("can rely on namespaces: each is where its name says", () => {
    const root = path.join(import.meta.dirname, "..", "..", "contracts");
    const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".sol"));
    let found = 0;
    for (const file of files) {
      const source = readFileSync(path.join(root, file), "utf8");
      const name = /@custom:storage-location erc7201:([\w.]+)/.exec(source)?.[1];
      if (name === undefined) continue;
      found += 1;
      const inner = BigInt(keccak256(toUtf8Bytes(name))) - 1n;
      const slot = BigInt(keccak256(toBeHex(inner, 32))) & ~0xffn;
      expect(source, `${file}: ${name}`).to.include(toBeHex(slot, 32));
    }
    expect(found).to.be.at.least(6);
  });
});
