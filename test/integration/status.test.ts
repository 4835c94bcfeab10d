import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { concat, keccak256, parseEther } from "ethers";
import { network } from "hardhat";
import { readArtifact, readInterface } from "../../deploy/artifacts.ts";
import type { ContractName } from "../../deploy/contracts.ts";
import { deploy } from "../../deploy/index.ts";
import { parseParameters } from "../../deploy/parameters.ts";
import { differences, inspect } from "../../deploy/status/index.ts";
import type { Row } from "../../deploy/status/index.ts";
import { printRows } from "../../tasks/deploy/status.ts";
import { otherBuildOf } from "../fixtures/served-chain.ts";
import { deployProtocol, impersonate, TEST_PARAMETERS, temporaryDirectory } from "../fixtures/protocol.ts";
import type { Protocol } from "../fixtures/protocol.ts";

/** Bonding's parameters, as they are written. */
const UNREAD = {
  minimumStake: "5000 LPT",
  minimumSelfStake: "500 LPT",
  unbondingPeriod: "14 rounds",
  commissionNotice: "3 rounds",
  challengeWindow: "10800 s",
  jailPeriod: "7 rounds",
  faultAllowance: "0",
  faultPeriod: "30 rounds",
};

describe("deploy status", function () {
  let protocol: Protocol;
  let snapshot: { restore(): Promise<void> };

  before(async () => {
    protocol = await deployProtocol();
    snapshot = await protocol.networkHelpers.takeSnapshot();
  });
  afterEach(async () => {
    await snapshot.restore();
    snapshot = await protocol.networkHelpers.takeSnapshot();
  });

  const look = (): Promise<Row[]> => inspect({ ...protocol, provider: protocol.ethers.provider });

  /** Before nothing may differ, or what is found after may have been there. */
  async function expectDifferences(
    change: () => Promise<unknown>,
    expected: readonly (readonly string[])[],
  ): Promise<void> {
    expect(differences(await look())).to.deep.equal([]);
    await change();
    const rows = differences(await look());
    expect(rows.map((row) => [row.subject, row.expected, row.found])).to.deep.equal(expected);
  }

  const execute = (target: string, data: string) => protocol.accessManager.execute(target, data);
  const upgrade = (name: ContractName, implementation: string) => {
    const { proxy, proxyAdmin } = protocol.deployment.contracts[name];
    const call = readInterface("ProxyAdmin").encodeFunctionData("upgradeAndCall", [proxy, implementation, "0x"]);
    return execute(proxyAdmin, call);
  };
  /** Creation code with arguments, deployed by a stranger. */
  async function create(initCode: string): Promise<string> {
    const receipt = await (await protocol.stranger.sendTransaction({ data: initCode })).wait();
    return receipt!.contractAddress!;
  }

  it("writes nothing: no transaction, no file", async () => {
    const before = readdirSync(protocol.dir).map((name) => readFileSync(path.join(protocol.dir, name), "utf8"));
    const block = await protocol.ethers.provider.getBlockNumber();
    const rows = await look();
    expect(await protocol.ethers.provider.getBlockNumber()).to.equal(block);
    expect(readdirSync(protocol.dir).map((name) => readFileSync(path.join(protocol.dir, name), "utf8"))).to.deep.equal(
      before,
    );
    expect(rows.length).to.be.at.least(70);
  });

  it("tells a parameter that is another one, in the file's unit", () =>
    expectDifferences(
      () => protocol.bonding.setParameters({ ...protocol.parameters.bonding, minimumSelfStake: parseEther("750.5") }),
      [["bonding.minimumSelfStake", "500 LPT", "750.5 LPT"]],
    ));

  it("tells a length of rounds that is set for later, and that it is", async () => {
    await expectDifferences(() => protocol.rounds.setRoundLength(3600n), [["rounds.roundLength", "86400 s", "3600 s"]]);
    const pending = (await look()).filter(({ section }) => section === "pending");
    expect(pending.map(({ subject, expected, found }) => [subject, expected, found])).to.deep.equal([
      ["rounds.roundLength from round 2 on", "86400 s now", "3600 s"],
    ]);
  });

  it("tells other logic", async () => {
    const { contracts } = protocol.deployment;
    await expectDifferences(
      () => upgrade("Treasury", contracts.RoundsManager.implementation),
      [
        [
          "Treasury logic",
          `${contracts.Treasury.implementation}, code ${await hashOf(contracts.Treasury.implementation)}`,
          `${contracts.RoundsManager.implementation}, code ${await hashOf(contracts.RoundsManager.implementation)}`,
        ],
      ],
    );
  });

  async function hashOf(address: string): Promise<string> {
    return keccak256(await protocol.ethers.provider.getCode(address)).slice(0, 10);
  }

  it("tells logic that is the same but for comments", async () => {
    await upgrade(
      "Treasury",
      await create(otherBuildOf("Treasury", [protocol.deployment.contracts.LivepeerToken.proxy])),
    );
    const [only, ...others] = differences(await look());
    expect(others).to.deep.equal([]);
    expect(only!.subject).to.equal("Treasury logic");
    expect(only!.found).to.match(/^0x\w{40}, code 0x\w{8}: the same but for comments$/);
  });

  it("takes the same code at another address for the same", () =>
    expectDifferences(async () => {
      const args = readInterface("Treasury").encodeDeploy([protocol.deployment.contracts.LivepeerToken.proxy]);
      await upgrade("Treasury", await create(concat([readArtifact("Treasury").bytecode, args])));
    }, []));

  it("tells an immutable that is another one, by its name", () =>
    expectDifferences(async () => {
      const args = readInterface("Treasury").encodeDeploy([protocol.stranger.address]);
      await upgrade("Treasury", await create(concat([readArtifact("Treasury").bytecode, args])));
    }, [["Treasury logic: TOKEN", protocol.deployment.contracts.LivepeerToken.proxy, protocol.stranger.address]]));

  it("tells a part of the BondingManager that is other code, behind an immutable that is", async () => {
    const { provider } = protocol.ethers;
    const implementation = protocol.deployment.contracts.BondingManager.implementation;
    const faults = (await look()).find(({ subject }) => subject === "BondingFaults logic")!.expected;
    const treasury = protocol.deployment.contracts.Treasury.implementation;
    const code = await provider.getCode(implementation);
    const word = (address: string): string => address.slice(2).toLowerCase().padStart(64, "0");
    expect(code).to.include(word(faults));
    await expectDifferences(
      () => protocol.networkHelpers.setCode(implementation, code.replaceAll(word(faults), word(treasury))),
      [
        ["BondingManager logic: NEXT", faults, treasury],
        [
          "BondingFaults logic",
          `${faults}, code ${await hashOf(faults)}`,
          `${treasury}, code ${await hashOf(treasury)}`,
        ],
        ["BondingManager", "not paused", "cannot be read"],
        ...Object.entries(UNREAD).map(([name, value]) => [`bonding.${name}`, value, "cannot be read"]),
      ],
    );
  });

  it("tells who owns a proxy's administrator, if it is not the AccessManager", () =>
    expectDifferences(
      () =>
        execute(
          protocol.deployment.contracts.Minter.proxyAdmin,
          readInterface("ProxyAdmin").encodeFunctionData("transferOwnership", [protocol.stranger.address]),
        ),
      [["Minter admin's owner", protocol.deployment.accessManager, protocol.stranger.address]],
    ));

  it("tells another authority", () =>
    expectDifferences(async () => {
      const manager = await impersonate(protocol, protocol.deployment.accessManager);
      await protocol.broker.connect(manager).setAuthority(protocol.deployment.contracts.Treasury.proxy);
    }, [["TicketBroker authority", protocol.deployment.accessManager, protocol.deployment.contracts.Treasury.proxy]]));

  it("tells a role that somebody has beside those who should, and that one was taken", () =>
    expectDifferences(async () => {
      await protocol.accessManager.grantRole(0n, protocol.stranger.address, 60);
      await protocol.accessManager.grantRole(7n, protocol.broadcaster.address, 0);
      await protocol.accessManager.revokeRole(7n, protocol.broadcaster.address);
      await protocol.accessManager.grantRole(8n, protocol.broadcaster.address, 0);
      await protocol.accessManager.renounceRole(0n, protocol.deployer.address);
    }, [
      ["administrator", `${protocol.deployer.address} (deployer)`, `${protocol.stranger.address} after 60 s`],
      ["role 8", "nobody", protocol.broadcaster.address],
    ]));

  it("tells rights that the deployer has kept", async () => {
    const parameters = {
      ...protocol.parameters,
      governance: { ...protocol.parameters.governance, administrator: protocol.stranger.address },
    };
    const rows = differences(await inspect({ provider: protocol.ethers.provider, dir: protocol.dir, parameters }));
    expect(rows.map(({ expected, found }) => [expected, found])).to.deep.equal([
      [protocol.stranger.address, `${protocol.deployer.address} (deployer)`],
    ]);
  });

  it("tells functions, keepers of roles, closed contracts and pauses", () =>
    expectDifferences(async () => {
      const { proxy } = protocol.deployment.contracts.Treasury;
      const { selector } = readInterface("Treasury").getFunction("burn")!;
      await protocol.accessManager.setTargetFunctionRole(proxy, [selector], 5n);
      await protocol.accessManager.setRoleGuardian(5n, 6n);
      await protocol.broker.pause();
      await protocol.accessManager.setTargetClosed(proxy, true);
    }, [
      ["Treasury.burn", "administrator", "role 5"],
      ["guardian of role 5", "administrator", "role 6"],
      ["Treasury", "open", "closed"],
      ["TicketBroker", "not paused", "paused"],
    ]));

  it("shows what is scheduled, in words, and no more once it was executed", async () => {
    await protocol.accessManager.grantRole(0n, protocol.stranger.address, 60);
    const { proxy } = protocol.deployment.contracts.ServiceRegistry;
    const data = protocol.registry.interface.encodeFunctionData("setParameters", [{ serviceDeposit: parseEther("7") }]);
    const manager = protocol.accessManager.connect(protocol.stranger);
    await manager.schedule(proxy, data, 0);
    const pending = async (): Promise<string[]> =>
      (await look()).flatMap(({ section, subject }) => (section === "pending" ? [subject] : []));
    expect(await pending()).to.deep.equal(["ServiceRegistry.setParameters({ serviceDeposit: 7 LPT })"]);
    await protocol.networkHelpers.time.increase(60);
    await manager.execute(proxy, data);
    expect(await pending()).to.deep.equal([]);
  });

  it("reads proxies of a finished deployment from its file", async () => {
    // As if another compiler made other proxies of the same sources: the file's are still the ones.
    const file = path.join(protocol.dir, "deployment.json");
    const text = readFileSync(file, "utf8");
    const { proxy } = protocol.deployment.contracts.Treasury;
    try {
      writeFileSync(file, text.replaceAll(proxy, protocol.deployment.contracts.Minter.proxy));
      const rows = differences(await look());
      expect(rows.map(({ subject }) => subject)).to.include("Treasury logic");
    } finally {
      writeFileSync(file, text);
    }
  });

  it("prints what differs beside what should be there", async () => {
    await protocol.broker.pause();
    const rows = await look();
    const write = process.stdout.write.bind(process.stdout);
    let printed = "";
    process.stdout.write = (text: string) => ((printed += text), true);
    try {
      printRows(rows, false);
    } finally {
      process.stdout.write = write;
    }
    expect(printed).to.match(/TicketBroker +│ paused +│ ≠ │ not paused/);
    expect(printed).to.include(
      `${rows.length - 1} of ${rows.length} are as the parameters and the compiled sources say, 1 differ`,
    );
    expect(printed).not.to.include("authority");
  });

  it("stops at contracts that are not there", async () => {
    const { ethers } = await network.create<"l1">();
    const [signer] = await ethers.getSigners();
    const dir = temporaryDirectory();
    const parameters = parseParameters(TEST_PARAMETERS);
    await deploy({ signer: signer!, parameters, dir });
    const other = await network.create<"l1">();
    const rows = await inspect({ provider: other.ethers.provider, dir, parameters });
    expect(new Set(rows.map(({ found }) => found))).to.deep.equal(new Set(["missing"]));
    expect(rows.every(({ differs }) => differs)).to.equal(true);
  });
});
