import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { Contract, getAddress, getCreateAddress, JsonRpcProvider } from "ethers";
import type { Provider, Signer } from "ethers";
import { network } from "hardhat";
import { readInterface } from "../../deploy/artifacts.ts";
import { CONTRACT_NAMES, connect, readDeployment } from "../../deploy/contracts.ts";
import type { Deployment } from "../../deploy/contracts.ts";
import { deploy } from "../../deploy/index.ts";
import { DeploymentError } from "../../deploy/errors.ts";
import type { DeploymentErrorCode } from "../../deploy/errors.ts";
import { parseParameters } from "../../deploy/parameters.ts";
import type { RawParameters } from "../../deploy/parameters.ts";
import { differences, inspect } from "../../deploy/status/index.ts";
import { Killed, MortalSigner } from "../fixtures/mortal-signer.ts";
import type { AccessManager } from "../../types/index.ts";
import { TEST_PARAMETERS, temporaryDirectory } from "../fixtures/protocol.ts";

const START = 1_900_000_000;
const ADMIN = "0x00000000000000000000000000000000000a11ce";
const GUARDIAN = "0x00000000000000000000000000000000000ba2d1";
const RAW: RawParameters = {
  ...TEST_PARAMETERS,
  rounds: { ...TEST_PARAMETERS.rounds, startTime: START },
  governance: { ...TEST_PARAMETERS.governance, administrator: ADMIN, guardian: GUARDIAN },
};
const PARAMETERS = parseParameters(RAW);

/**
 * Factory, AccessManager, Bootstrap, 10 proxies, 2 parts, the machine, what compares periods, 10 implementations, 10 initialisations; for the hand-over 4 targets and 2 roles of the
 * guardian, and 2 of the administrator.
 */
const TRANSACTIONS = 45;

/** Everything that a finished deployment leaves behind, except block numbers and times. */
async function stateOf(provider: Provider, deployment: Deployment): Promise<unknown> {
  const { contracts } = deployment;
  const code: Record<string, string> = {};
  for (const [name, entry] of Object.entries(contracts)) {
    for (const [role, address] of Object.entries(entry)) code[`${name} ${role}`] = await provider.getCode(address);
  }
  const token = connect("LivepeerToken", contracts.LivepeerToken.proxy, provider);
  const rounds = connect("RoundsManager", contracts.RoundsManager.proxy, provider);
  const minter = connect("Minter", contracts.Minter.proxy, provider);
  const bonding = connect("BondingManager", contracts.BondingManager.proxy, provider);
  const registry = connect("ServiceRegistry", contracts.ServiceRegistry.proxy, provider);
  const broker = connect("TicketBroker", contracts.TicketBroker.proxy, provider);
  const treasury = connect("Treasury", contracts.Treasury.proxy, provider);
  return {
    code,
    nonce: await provider.getTransactionCount(deployment.deployer),
    rows: await inspect({ provider, dir: directoryOf(deployment), parameters: PARAMETERS }),
    supply: await token.totalSupply(),
    balance: await token.balanceOf(deployment.deployer),
    schedule: (await rounds.schedule()).map((base) => [...base]),
    minter: [
      await minter.parameters(),
      await minter.inflation(),
      await minter.TOKEN(),
      await minter.BONDING_MANAGER(),
      await minter.TREASURY(),
    ].map(String),
    bonding: [
      await bonding.parameters(),
      await bonding.TOKEN(),
      await bonding.ROUNDS_MANAGER(),
      await bonding.MINTER(),
      await bonding.TICKET_BROKER(),
      await bonding.SERVICE_REGISTRY(),
      await bonding.TREASURY(),
    ].map(String),
    broker: [await broker.parameters(), await broker.ROUNDS_MANAGER(), await broker.BONDING_MANAGER()].map(String),
    registry: [
      await registry.parameters(),
      await registry.TOKEN(),
      await registry.ROUNDS_MANAGER(),
      await registry.BONDING_MANAGER(),
    ].map(String),
    others: [await treasury.TOKEN(), await token.MINTER()],
    authorities: [
      await rounds.authority(),
      await minter.authority(),
      await bonding.authority(),
      await registry.authority(),
      await broker.authority(),
      await treasury.authority(),
    ],
  };
}

const directories = new Map<Deployment, string>();

function directoryOf(deployment: Deployment): string {
  return directories.get(deployment)!;
}

async function run(signer: Signer, dir: string, raw = PARAMETERS): Promise<Deployment> {
  const deployment = await deploy({ signer, parameters: raw, dir });
  directories.set(deployment, dir);
  return deployment;
}

async function freshChain(): Promise<{ signer: Signer; other: Signer; provider: Provider }> {
  const { ethers } = await network.create<"l1">();
  const [signer, other] = await ethers.getSigners();
  return { signer: signer!, other: other!, provider: ethers.provider };
}

async function expectFailure(promise: Promise<unknown>, code: DeploymentErrorCode): Promise<void> {
  try {
    await promise;
  } catch (error) {
    expect(error).to.be.instanceOf(DeploymentError);
    expect((error as DeploymentError).code).to.equal(code);
    return;
  }
  expect.fail(`no ${code}`);
}

describe("deploy", function () {
  let reference: { deployment: Deployment; state: unknown };

  before(async function () {
    const { signer, provider } = await freshChain();
    const mortal = new MortalSigner(signer);
    const deployment = await run(mortal, temporaryDirectory());
    expect(mortal.sent).to.equal(TRANSACTIONS);
    reference = { deployment, state: await stateOf(provider, deployment) };
  });

  it("leaves every contract on its logic, initialised, in the hands of governance", async function () {
    const { signer, provider } = await freshChain();
    const dir = temporaryDirectory();
    const deployment = await run(signer, dir);

    expect(readDeployment(path.join(dir, "deployment.json"))).to.deep.equal(deployment);
    expect(readdirSync(dir)).to.deep.equal(["deployment.json"]);
    const rows = await inspect({ provider, dir, parameters: PARAMETERS });
    expect(differences(rows)).to.deep.equal([]);
    for (const name of CONTRACT_NAMES)
      expect(rows.map(({ subject }) => subject)).to.include.members([`${name} proxy`, `${name} logic`]);
    const rounds = connect("RoundsManager", deployment.contracts.RoundsManager.proxy, signer);
    expect((await rounds.schedule()).active.startTime).to.equal(START);
    let refused = false;
    await rounds.setRoundLength.staticCall(100n).catch(() => (refused = true));
    expect(refused, "the deployer still governs").to.equal(true);
  });

  it("G5: ends in the Governor's hands when told so, and leaves the deployer without any right", async function () {
    const { signer, provider } = await freshChain();
    const dir = temporaryDirectory();
    const parameters = parseParameters({ ...RAW, governance: { ...RAW.governance, administrator: "governor" } });
    const { accessManager, contracts, deployer } = await run(signer, dir, parameters);
    const manager = new Contract(accessManager, readInterface("AccessManager"), provider) as unknown as AccessManager;

    // As text: a process that runs tests cannot tell another one of bigints that differ.
    const held = new Map<string, string>();
    for (const { args } of await manager.queryFilter(manager.filters.RoleGranted()))
      held.set(`${args.roleId} ${args.account}`, String(args.delay));
    for (const { args } of await manager.queryFilter(manager.filters.RoleRevoked()))
      held.delete(`${args.roleId} ${args.account}`);
    const governor = contracts.ProtocolGovernor.proxy;
    expect(Object.fromEntries(held)).to.deep.equal({
      [`0 ${governor}`]: "172800",
      [`1 ${governor}`]: "172800",
      [`1 ${getAddress(GUARDIAN)}`]: "0",
    });
    for (const name of CONTRACT_NAMES) {
      const { proxy, proxyAdmin } = contracts[name];
      const selectors: string[] = [];
      readInterface(name).forEachFunction(({ selector }) => void selectors.push(selector));
      for (const selector of selectors)
        expect(await manager.canCall(deployer, proxy, selector), name).to.deep.equal([false, 0n]);
      const admin = new Contract(proxyAdmin, readInterface("ProxyAdmin"), provider);
      expect(await admin.getFunction("owner").staticCall(), name).to.equal(accessManager);
    }
  });

  for (const when of ["before", "after"] as const) {
    for (let k = 0; k < TRANSACTIONS; ++k) {
      it(`ends the same when it is killed ${when === "before" ? "before" : "right after"} sending transaction ${k}`, async function () {
        const { signer, provider } = await freshChain();
        const dir = temporaryDirectory();
        const killed = await run(new MortalSigner(signer, k, when), dir).catch((error: unknown) => error);
        expect(killed).to.be.instanceOf(Killed);

        const second = new MortalSigner(signer);
        const deployment = await run(second, dir);
        expect(second.sent).to.equal(TRANSACTIONS - k - (when === "after" ? 1 : 0));
        expect(deployment).to.deep.equal(reference.deployment);
        expect(readDeployment(path.join(dir, "deployment.json"))).to.deep.equal(reference.deployment);
        expect(await stateOf(provider, deployment)).to.deep.equal(reference.state);

        const third = new MortalSigner(signer);
        await run(third, dir);
        expect(third.sent).to.equal(0);
      });
    }
  }

  it("ends the same when it is killed at every transaction in turn", async function () {
    const { signer, provider } = await freshChain();
    const dir = temporaryDirectory();
    for (let k = 0; k < TRANSACTIONS; ++k) {
      const killed = await run(new MortalSigner(signer, 0, "after"), dir).catch((error: unknown) => error);
      expect(killed).to.be.instanceOf(Killed);
    }
    const last = new MortalSigner(signer);
    const deployment = await run(last, dir);
    expect(last.sent).to.equal(0);
    expect(await stateOf(provider, deployment)).to.deep.equal(reference.state);
  });

  it("knows the factory's address before its transaction is sent", async function () {
    const { signer } = await freshChain();
    const dir = temporaryDirectory();
    await run(new MortalSigner(signer, 0, "before"), dir).catch(() => undefined);
    const journal = JSON.parse(readFileSync(path.join(dir, "deployment.json"), "utf8")) as { factory: string };
    expect(journal.factory).to.equal(getCreateAddress({ from: await signer.getAddress(), nonce: 0 }));
    await expectFailure(
      Promise.resolve().then(() => readDeployment(path.join(dir, "deployment.json"))),
      "IncompleteDeployment",
    );
  });

  it("takes another factory address when the deployer's nonce moved on after a kill", async function () {
    const { signer, provider } = await freshChain();
    const dir = temporaryDirectory();
    await run(new MortalSigner(signer, 0, "before"), dir).catch(() => undefined);
    await (await signer.sendTransaction({ to: ADMIN, value: 1n })).wait();
    const deployment = await run(signer, dir);
    expect(deployment.factory).to.equal(getCreateAddress({ from: await signer.getAddress(), nonce: 1 }));
    expect(differences(await inspect({ provider, dir, parameters: PARAMETERS }))).to.deep.equal([]);
  });

  it("does not touch the file when there is nothing to do", async function () {
    const { signer } = await freshChain();
    const dir = temporaryDirectory();
    await run(signer, dir);
    const before = statSync(path.join(dir, "deployment.json"));
    await run(signer, dir);
    expect(statSync(path.join(dir, "deployment.json")).ino).to.equal(before.ino);
  });

  it("refuses to touch a proxy with a logic that it does not know", async function () {
    const { signer, provider } = await freshChain();
    const dir = temporaryDirectory();
    const parameters = parseParameters({ ...RAW, governance: TEST_PARAMETERS.governance });
    const { contracts, accessManager } = await deploy({ signer, parameters, dir });
    const call = readInterface("ProxyAdmin").encodeFunctionData("upgradeAndCall", [
      contracts.Treasury.proxy,
      contracts.RoundsManager.implementation,
      "0x",
    ]);
    await (
      await signer.sendTransaction({
        to: accessManager,
        data: readInterface("AccessManager").encodeFunctionData("execute", [contracts.Treasury.proxyAdmin, call]),
      })
    ).wait();

    // As if the sources had moved on, and their logic were nowhere yet: it is not created for nothing.
    await (provider as JsonRpcProvider).send("hardhat_setCode", [contracts.Minter.implementation, "0x"]);
    const mortal = new MortalSigner(signer);
    await expectFailure(deploy({ signer: mortal, parameters, dir }), "MigrationNeeded");
    expect(mortal.sent).to.equal(0);
    const rows = differences(await inspect({ provider, dir, parameters }));
    expect(rows.map(({ subject }) => subject)).to.include("Treasury logic");
  });

  it("refuses another administrator once it has handed over", async function () {
    const { signer, other } = await freshChain();
    const dir = temporaryDirectory();
    await run(signer, dir);
    const changed = parseParameters({
      ...RAW,
      governance: { ...RAW.governance, administrator: await other.getAddress() },
    });
    await expectFailure(run(signer, dir, changed), "MigrationNeeded");
  });

  it("reports a half-finished deployment without changing anything", async function () {
    const { signer, provider } = await freshChain();
    const dir = temporaryDirectory();
    await run(new MortalSigner(signer, 29, "before"), dir).catch(() => undefined);
    const file = readFileSync(path.join(dir, "deployment.json"), "utf8");
    const block = await provider.getBlockNumber();
    const rows = differences(await inspect({ provider, dir, parameters: PARAMETERS }));
    expect(rows.map(({ subject }) => subject)).to.deep.equal(CONTRACT_NAMES.slice(2).map((name) => `${name} logic`));
    expect(readFileSync(path.join(dir, "deployment.json"), "utf8")).to.equal(file);
    expect(await provider.getBlockNumber()).to.equal(block);
  });

  it("refuses another deployer, another chain, a damaged file, a contract that is no factory", async function () {
    const { signer, other } = await freshChain();
    const dir = temporaryDirectory();
    const file = path.join(dir, "deployment.json");
    await run(signer, dir);
    await expectFailure(run(other, dir), "WrongDeployer");

    const journal = JSON.parse(readFileSync(file, "utf8")) as Deployment;
    writeFileSync(file, JSON.stringify({ ...journal, chainId: 5 }));
    await expectFailure(run(signer, dir), "WrongChain");
    writeFileSync(file, JSON.stringify({ ...journal, factory: journal.accessManager }));
    await expectFailure(run(signer, dir), "ForeignDeployment");
    writeFileSync(file, "{");
    await expectFailure(run(signer, dir), "IncompleteDeployment");
  });

  it("has no status to tell without a deployment, and makes none", async function () {
    const { provider } = await freshChain();
    const dir = path.join(temporaryDirectory(), "none");
    await expectFailure(inspect({ provider, dir, parameters: PARAMETERS }), "IncompleteDeployment");
    expect(existsSync(dir)).to.equal(false);
  });

  it("starts the rounds at the deployment when told so", async function () {
    const { signer, provider } = await freshChain();
    const parameters = parseParameters(TEST_PARAMETERS);
    const deployment = await deploy({ signer, parameters, dir: temporaryDirectory() });
    const rounds = connect("RoundsManager", deployment.contracts.RoundsManager.proxy, provider);
    expect((await rounds.schedule()).active.startTime).to.equal((await provider.getBlock(deployment.block))?.timestamp);
    expect(await rounds.currentRound()).to.equal(1n);
  });

  it("waits for a transaction that a killed run has left on its way", async function () {
    const { ethers, provider, networkHelpers } = await network.create<"l1">();
    const [signer] = await ethers.getSigners();
    const dir = temporaryDirectory();
    await run(new MortalSigner(signer!, 5, "before"), dir).catch(() => undefined);
    await provider.request({ method: "evm_setAutomine", params: [false] });
    await run(new MortalSigner(signer!, 0, "after"), dir).catch(() => undefined);
    expect(await signer!.getNonce("pending")).to.equal((await signer!.getNonce("latest")) + 1);

    const second = new MortalSigner(signer!);
    const running = run(second, dir);
    running.catch(() => undefined); // awaited below
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(second.sent).to.equal(0);
    await provider.request({ method: "evm_setAutomine", params: [true] });
    await networkHelpers.mine();
    expect(await stateOf(ethers.provider, await running)).to.deep.equal(reference.state);
    expect(second.sent).to.equal(TRANSACTIONS - 6);
  });

  it("works over HTTP", async function () {
    const server = await network.createServer<"l1">(undefined, "127.0.0.1", 0);
    const { address, port } = await server.listen();
    const provider = new JsonRpcProvider(`http://${address}:${port}`);
    try {
      const dir = temporaryDirectory();
      const deployment = await run(await provider.getSigner(0), dir);
      expect(deployment.contracts).to.deep.equal(reference.deployment.contracts);
      expect(differences(await inspect({ provider, dir, parameters: PARAMETERS }))).to.deep.equal([]);
    } finally {
      provider.destroy();
      await server.close();
    }
  });
});

describe("deployment parameters", function () {
  const cases: [string, RawParameters][] = [
    ["unlockPeriod at ticketValidity + 1", { ...RAW, broker: { ticketValidity: 2, unlockPeriod: 3, curingPeriod: 1 } }],
    ["ticketValidity at commissionNotice", { ...RAW, broker: { ticketValidity: 3, unlockPeriod: 5, curingPeriod: 1 } }],
    ["curingPeriod above ticketValidity", { ...RAW, broker: { ticketValidity: 2, unlockPeriod: 4, curingPeriod: 3 } }],
    ["minimumSelfStake above minimumStake", { ...RAW, bonding: { ...RAW.bonding, minimumSelfStake: "5000.1" } }],
    [
      "minimumStake above its bound",
      { ...RAW, bonding: { ...RAW.bonding, minimumStake: "1000000.000000000000000001" } },
    ],
    ...(
      [
        ["unbondingPeriod", 0, 366],
        ["commissionNotice", 2, 31],
        ["challengeWindow", 599, 86_401],
        ["jailPeriod", 0, 101],
        ["faultAllowance", -1, 4],
        ["faultPeriod", 0, 366],
      ] as const
    ).flatMap(([name, below, above]): [string, RawParameters][] => [
      [`a ${name} below its bound`, { ...RAW, bonding: { ...RAW.bonding, [name]: below } }],
      [`a ${name} above its bound`, { ...RAW, bonding: { ...RAW.bonding, [name]: above } }],
    ]),
    ["a first round 0", { ...RAW, rounds: { ...RAW.rounds, startRound: 0 } }],
    ["an inflation above its bound", { ...RAW, minter: { ...RAW.minter, inflation: "0.2000000000000001" } }],
    ["an inflationStep below its bound", { ...RAW, minter: { ...RAW.minter, inflationStep: "0.0000199999999999" } }],
    ["an inflationStep above its bound", { ...RAW, minter: { ...RAW.minter, inflationStep: "0.2000000000000001" } }],
    [
      "a maximumInflation above its bound",
      { ...RAW, minter: { ...RAW.minter, maximumInflation: "0.2000000000000001" } },
    ],
    ["a targetBondingRate above the whole", { ...RAW, minter: { ...RAW.minter, targetBondingRate: "100.1" } }],
    ["a treasuryCut above its bound", { ...RAW, minter: { ...RAW.minter, treasuryCut: "20.0000000000000001" } }],
    ["a percentage with too many decimals", { ...RAW, minter: { ...RAW.minter, treasuryCut: "10.00000000000000001" } }],
    ["a serviceDeposit below its bound", { ...RAW, registry: { serviceDeposit: "0.999999999999999999" } }],
    ["a serviceDeposit above its bound", { ...RAW, registry: { serviceDeposit: "100000.000000000000000001" } }],
    [
      "an amount with too many decimals",
      { ...RAW, bonding: { ...RAW.bonding, minimumStake: "1.0000000000000000001" } },
    ],
    ["a round of no length", { ...RAW, rounds: { ...RAW.rounds, roundLength: 0 } }],
    ["a round above 30 days", { ...RAW, rounds: { ...RAW.rounds, roundLength: 2_592_001 } }],
    ["a window above that of faults", { ...RAW, disputes: { ...RAW.disputes, openingWindow: 10_801 } }],
    ["a clock that is too short", { ...RAW, disputes: { ...RAW.disputes, clock: 59 } }],
    ["clocks that outlast unbonding", { ...RAW, disputes: { ...RAW.disputes, clock: 13 * 43_200 - 5_399 } }],
    ["a fault that takes nothing", { ...RAW, disputes: { ...RAW.disputes, slashFraction: "0" } }],
    ["a fault that takes more than half", { ...RAW, disputes: { ...RAW.disputes, slashFraction: "50.1" } }],
    ["a gas price above its bound", { ...RAW, disputes: { ...RAW.disputes, gasPriceCap: 10_001 } }],
    ["no penalty", { ...RAW, disputes: { ...RAW.disputes, penalty: "0" } }],
    ["an empty allocation", { ...RAW, token: { genesis: [{ account: "deployer", amount: "0" }] } }],
    ["no address as admin", { ...RAW, governance: { ...RAW.governance, administrator: "0x12" } }],
    ["an unknown key", { ...RAW, extra: 1 } as RawParameters],
  ];
  for (const [name, raw] of cases) {
    it(`refuses ${name}`, async function () {
      await expectFailure(
        Promise.resolve().then(() => parseParameters(raw)),
        "InvalidParameters",
      );
    });
  }

  it("reads percentages on the scale of ratios", function () {
    const { minter } = parseParameters({ ...RAW, minter: { ...RAW.minter, inflationStep: "0.00002" } });
    expect(minter).to.deep.equal({
      inflation: 4n * 10n ** 14n,
      inflationStep: 2n * 10n ** 11n,
      maximumInflation: 2n * 10n ** 15n,
      targetBondingRate: 5n * 10n ** 17n,
      treasuryCut: 10n ** 17n,
    });
  });

  it("reads amounts as wei", function () {
    const { bonding } = parseParameters({ ...RAW, bonding: { ...RAW.bonding, minimumSelfStake: "0.5" } });
    expect(bonding.minimumSelfStake).to.equal(5n * 10n ** 17n);
  });
});
