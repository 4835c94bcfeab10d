import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { readInterface } from "../../../deploy/artifacts.ts";
import { describeCall } from "../../../deploy/calls.ts";
import { DeploymentError } from "../../../deploy/errors.ts";
import { loadMigration, migrationIds } from "../../../deploy/governance/load.ts";
import { readRecord, writeRecord } from "../../../deploy/governance/record.ts";
import type { MigrationRecord } from "../../../deploy/governance/record.ts";
import { loadProtocol, temporaryDirectory } from "../../fixtures/protocol.ts";
import { expectRefusal } from "../../fixtures/tasks.ts";

describe("the files of migrations", () => {
  it("are found by name, by the number of their LIP, and in no other way", async () => {
    const [id = ""] = migrationIds();
    const lip = /\d+/.exec(id)![0];
    for (const name of [id, lip, `lip-${lip}`]) expect((await loadMigration(name)).id, name).to.equal(id);
    for (const name of ["0", "lip-", "../index", `${lip}0`]) {
      const error: unknown = await loadMigration(name).catch((reason: unknown) => reason);
      expect(error, name).to.be.instanceOf(DeploymentError).with.property("code", "MigrationUnknown");
      expect((error as Error).message).to.include(id);
    }
  });

  it("are named by what they export", async () => {
    const directory = temporaryDirectory();
    const write = (name: string, text: string): void => writeFileSync(path.join(directory, name), text);
    write("lip-3_other.ts", "export const migration = { lip: 4 };");
    write("lip-5_nothing.ts", "export const nothing = 0;");
    write("lip-6_a.ts", "export const migration = { lip: 6 };");
    write("lip-6_b.ts", "export const migration = { lip: 6 };");
    write("notes.ts", "");
    expect(migrationIds(directory)).to.deep.equal(["lip-3_other", "lip-5_nothing", "lip-6_a", "lip-6_b"]);
    for (const [name, part] of [
      ["3", "has to export"],
      ["5", "has to export"],
      ["6", "more than one"],
    ] as const)
      expect(await loadMigration(name, directory).catch((reason: Error) => reason.message)).to.include(part);
    expect((await loadMigration("lip-6_b", directory)).migration.lip).to.equal(6);
  });

  it("are not written over, nor under other names", async () => {
    const [, lip, name] = /^lip-(\d+)_(.*)$/.exec(migrationIds()[0]!)!;
    await expectRefusal("migrate new", { lip, name }, "is there already");
    await expectRefusal("migrate new", { lip: "0", name }, "is not the number of a LIP");
    await expectRefusal("migrate new", { lip, name: "../x" }, "is no name");
  });
});

describe("what is kept of a migration", () => {
  const RECORD: MigrationRecord = {
    chainId: 5,
    artifacts: { one: "0x00000000000000000000000000000000000a11ce" },
    proposal: {
      id: "12",
      proposer: "0x00000000000000000000000000000000000a11ce",
      description: "text",
      calls: [{ says: "Does it.", target: "0x00000000000000000000000000000000000a11ce", data: "0x12" }],
    },
  };

  it("is read as it was written, and is not there before", () => {
    const dir = temporaryDirectory();
    expect(readRecord(dir, "lip-1_x", 5)).to.equal(undefined);
    writeRecord(dir, "lip-1_x", RECORD);
    expect(readRecord(dir, "lip-1_x", 5)).to.deep.equal(RECORD);
  });

  it("is refused on another chain, and when it is damaged", () => {
    const dir = temporaryDirectory();
    writeRecord(dir, "lip-1_x", RECORD);
    expect(() => readRecord(dir, "lip-1_x", 6))
      .to.throw(DeploymentError)
      .with.property("code", "WrongChain");
    mkdirSync(path.join(dir, "migrations"), { recursive: true });
    for (const text of [
      "{",
      JSON.stringify({ ...RECORD, artifacts: { one: "0x12" } }),
      JSON.stringify({ ...RECORD, more: 1 }),
    ]) {
      writeFileSync(path.join(dir, "migrations", "lip-1_x.json"), text);
      expect(() => readRecord(dir, "lip-1_x", 5))
        .to.throw(DeploymentError)
        .with.property("code", "IncompleteDeployment");
    }
  });
});

describe("a call in words", () => {
  it("names contracts, functions and arguments, with amounts in their units; shows what it does not know as it is", async () => {
    const { deployment, parameters } = await loadProtocol();
    const { contracts, accessManager } = deployment;
    const data = (name: Parameters<typeof readInterface>[0], method: string, args: readonly unknown[]): string =>
      readInterface(name).encodeFunctionData(method, args);
    const cases = [
      [
        contracts.ServiceRegistry.proxy,
        data("ServiceRegistry", "setParameters", [parameters.registry]),
        "ServiceRegistry.setParameters({ serviceDeposit: 100 LPT })",
      ],
      [
        contracts.RoundsManager.proxy,
        data("RoundsManager", "setRoundLength", [60]),
        "RoundsManager.setRoundLength(newLength: 60 s)",
      ],
      [
        contracts.ProtocolGovernor.proxy,
        data("ProtocolGovernor", "updateQuorumNumerator", [40]),
        "ProtocolGovernor.updateQuorumNumerator(newQuorumNumerator: 40 %)",
      ],
      [
        contracts.Minter.proxyAdmin,
        data("ProxyAdmin", "transferOwnership", [contracts.Treasury.proxy]),
        "Minter proxy.transferOwnership(newOwner: Treasury)",
      ],
      [
        accessManager,
        data("AccessManager", "grantRole", [0n, contracts.Polls.proxy, 5]),
        "AccessManager.grantRole(roleId: 0, account: Polls, executionDelay: 5)",
      ],
      [contracts.Treasury.proxy, "0x12345678", "Treasury: 0x12345678"],
      ["0x00000000000000000000000000000000000a11ce", "0x12", "0x00000000000000000000000000000000000a11ce: 0x12"],
    ] as const;
    for (const [target, encoded, words] of cases) expect(describeCall(deployment, target, encoded)).to.equal(words);
  });
});
