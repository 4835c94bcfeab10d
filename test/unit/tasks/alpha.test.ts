import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { Contract, id, parseEther, ZeroAddress } from "ethers";
import hre from "hardhat";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { readInterface } from "../../../deploy/artifacts.ts";
import { connect, readDeployment } from "../../../deploy/contracts.ts";
import { type AlphaNetwork, targetOf } from "../../../deploy/alpha/network.ts";
import { isAlphaPlan } from "../../../deploy/alpha/plan.ts";
import { readAlphaRecord } from "../../../deploy/alpha/record.ts";
import { sendAs } from "../../../deploy/governance/obedient.ts";
import { stepOf } from "../../../deploy/governance/prepare.ts";
import { simulate } from "../../../deploy/governance/simulate.ts";
import { upgrade } from "../../../deploy/migrations/calls.ts";
import { expectLogic, logicOf } from "../../../deploy/migrations/checks.ts";
import { contextOf, type Migration } from "../../../deploy/migrations/migration.ts";
import { readParameters } from "../../../deploy/parameters.ts";
import { openSender } from "../../../deploy/sender.ts";
import { differences, type Row } from "../../../deploy/status/index.ts";
import { temporaryDirectory, TEST_PARAMETERS } from "../../fixtures/protocol.ts";
import { expectRefusal, runTask } from "../../fixtures/tasks.ts";

describe("hardhat alpha", () => {
  const dir = temporaryDirectory();
  let signers: HardhatEthersSigner[];
  let alpha: AlphaNetwork;

  const run = async (name: string, args: Record<string, unknown> = {}) =>
    (await runTask(`alpha ${name}`, { dir, from: "0", ...args })).printed;
  const refused = (name: string, message: string, args: Record<string, unknown> = {}) =>
    expectRefusal(`alpha ${name}`, { dir, from: "0", ...args }, message);
  const left = async (): Promise<string[]> =>
    (await runTask<{ description: string; done: boolean }[]>("alpha status", { dir, json: false })).result.flatMap(
      ({ description, done }) => (done ? [] : [description]),
    );

  before(async function () {
    const { ethers } = await hre.network.getOrCreate<"l1">();
    signers = await ethers.getSigners();
    const governance = { ...TEST_PARAMETERS.governance, administrator: "governor" };
    writeFileSync(path.join(dir, "parameters.json5"), JSON.stringify({ ...TEST_PARAMETERS, governance }));
    alpha = (await runTask<AlphaNetwork>("alpha rehearsal", { from: "0", json: true })).result;
  });

  it("refuses what comes before its time, and what is no alpha", async function () {
    await refused("upgrade", "npx hardhat alpha prepare");
    await refused("prepare", "is not an address", { controller: "0x12" });
    await refused("prepare", "give the alpha's controller", { controller: alpha.token });
    await refused("prepare", "give the alpha's controller", { controller: ZeroAddress });
  });

  it("prepares, hands over, upgrades and concludes; each as often as one likes", async function () {
    for (let i = 0; i < 2; ++i)
      expect(await run("prepare", { controller: alpha.controller })).to.include("nothing of the alpha was touched");
    await refused("prepare", "take another directory", { controller: alpha.bondingManager });
    const { controller } = alpha;
    const { provider } = (await hre.network.getOrCreate<"l1">()).ethers;
    const head = String(await provider.getBlockNumber());
    await refused("prepare", `the alpha was there before block ${head}`, { controller, since: head });
    for (const since of ["soon", "-1", "123456789"])
      await refused("prepare", "is no block of this chain", { controller, since });
    await run("prepare", { controller, since: "1" });
    expect(readAlphaRecord(dir).block).to.equal(1);
    await run("prepare", { controller });
    expect(readAlphaRecord(dir).block).to.equal(1);
    expect(await left()).to.have.length(3);
    await refused("upgrade", "npx hardhat alpha hand-over");
    await refused("hand-over", `is ${signers[0]!.address}'s to give`, { from: "1" });
    for (let i = 0; i < 2; ++i) expect(await run("hand-over")).to.include("has the alpha's controller");
    await refused("conclude", "was not done");
    for (let i = 0; i < 2; ++i) expect(await run("upgrade")).to.include("are what they were");
    expect(await left()).to.deep.equal([]);
    for (let i = 0; i < 2; ++i) expect(await run("conclude")).to.include("nothing is left to do");
  });

  it("refuses what was prepared on another chain", async function () {
    const other = temporaryDirectory();
    for (const file of ["alpha.json", "parameters.json5"]) copyFileSync(path.join(dir, file), path.join(other, file));
    const deployment = JSON.parse(readFileSync(path.join(dir, "deployment.json"), "utf8")) as object;
    writeFileSync(path.join(other, "deployment.json"), JSON.stringify({ ...deployment, chainId: 42_161 }));
    const where = "is on chain 42161, this is chain 31337";
    await expectRefusal("alpha status", { dir: other, json: false }, where);
    await refused("claim", where, { dir: other, account: "0" });
    for (const name of ["hand-over", "upgrade", "conclude"]) await refused(name, where, { dir: other });
  });

  it("leaves everybody with what it had, under the new contracts, governed by stake", async function () {
    const [deployer, first, , delegator, broadcaster] = signers as [
      HardhatEthersSigner,
      HardhatEthersSigner,
      HardhatEthersSigner,
      HardhatEthersSigner,
      HardhatEthersSigner,
    ];
    const { contracts, accessManager } = readDeployment(path.join(dir, "deployment.json"));
    const bonding = connect("BondingManager", contracts.BondingManager.proxy, delegator);
    const { waiting, orchestrator } = await bonding.getDelegator(delegator);
    expect(orchestrator).to.equal(first.address);
    expect(waiting > parseEther("2000"), "without its part of the reward").to.equal(true);
    expect((await bonding.getUnbondingLock(delegator, 0)).amount).to.equal(parseEther("500"));

    // A lock whose round was over before Streamflow's first round.
    const status = await runTask("stake status", { account: delegator.address, dir, json: false });
    expect(status.printed).to.include("now");

    const position = async (of: HardhatEthersSigner) =>
      await runTask<{ stake: bigint; fees: bigint; deposit: bigint }>("alpha position", {
        account: of.address,
        dir,
        json: false,
      });
    const { result: owed, printed } = await position(delegator);
    expect(owed.stake).to.equal(waiting);
    expect(printed).to.match(/stake at the alpha's end .*, imported with its next action/);
    expect(owed.fees > 0n, "fees").to.equal(true);
    const ofDelegator = { from: delegator.address, dir, json: false };
    const paid = await runTask<{ amount: bigint }>("alpha withdraw-fees", { ...ofDelegator, recipient: "8" });
    expect(paid.result.amount).to.equal(owed.fees);
    expect(paid.printed).to.include(signers[8]!.address);
    expect((await position(delegator)).result.fees).to.equal(0n);

    expect((await position(broadcaster)).result.deposit).to.equal(parseEther("1.98"));
    const ofBroadcaster = { from: broadcaster.address, dir, json: false };
    expect((await runTask("alpha move-deposit", { ...ofBroadcaster, escrow: "0.5" })).printed).to.include(
      "1.98 ETH of the alpha's deposit are in the TicketBroker, 0.5 ETH of it as escrow",
    );
    await expectRefusal("alpha withdraw-deposit", ofBroadcaster, "AlphaDepositsNothing");
    const broker = connect("TicketBroker", contracts.TicketBroker.proxy, broadcaster);
    const { deposit, escrow } = await broker.getSender(broadcaster);
    expect([deposit, escrow]).to.deep.equal([parseEther("1.48"), parseEther("0.5")]);

    const manager = new Contract(accessManager, readInterface("AccessManager"), deployer);
    const isAdmin = async (who: string) => (await manager.getFunction("hasRole").staticCall(0, who)) as [boolean];
    expect((await isAdmin(deployer.address))[0]).to.equal(false);
    expect((await isAdmin(contracts.ProtocolGovernor.proxy))[0]).to.equal(true);
  });

  it("is compared whole by deploy status, which tells what is not as it should be", async function () {
    const { ethers } = await hre.network.getOrCreate<"l1">();
    const deployment = readDeployment(path.join(dir, "deployment.json"));
    const { contracts, accessManager } = deployment;
    const rows = async (): Promise<Row[]> =>
      (await runTask<Row[]>("deploy status", { dir, all: false, json: false })).result;
    const differing = async (): Promise<string[]> =>
      differences(await rows()).map(({ subject, found }) => `${subject}: ${found}`);
    expect(await differing()).to.deep.equal([]);
    process.exitCode = undefined;
    const subjects = (await rows()).map(({ subject }) => subject);
    for (const name of ["AlphaBonding", "AlphaViews"]) expect(subjects).to.include(`BondingManager logic: ${name}`);
    for (const name of ["BondingManager", "BondingLedger", "RoundsManager"])
      expect(subjects).to.include(`${name} logic`);

    /** What is found while the AccessManager has the controller do something. */
    const after = async (method: string, args: readonly unknown[]): Promise<string[]> => {
      const snapshot = (await ethers.provider.send("evm_snapshot", [])) as string;
      const data = readInterface("AlphaController").encodeFunctionData(method, args);
      await sendAs(ethers.provider, accessManager, alpha.controller, data);
      const found = await differing();
      await ethers.provider.send("evm_revert", [snapshot]);
      process.exitCode = undefined;
      return found;
    };
    const stranger = signers[9]!.address;
    expect(await after("pause", [])).to.deep.equal(
      ["RoundsManager", "BondingManager"].map((name) => `${name} admin: paused`),
    );
    expect(await after("transferOwnership", [stranger])).to.deep.equal(
      ["RoundsManager", "BondingManager"].map((name) => `${name} admin's owner: ${stranger}`),
    );
    expect(await after("setContractInfo", [id("LivepeerToken"), stranger])).to.deep.equal([
      `LivepeerToken proxy: ${stranger}`,
    ]);
    const [other] = await after("setContractInfo", [targetOf("BondingManager"), contracts.Minter.implementation]);
    expect(other).to.match(/^BondingManager logic: AlphaBonding: /);
  });

  it("is changed by migrations, also behind the alpha's proxies", async function () {
    const { ethers } = await hre.network.getOrCreate<"l1">();
    const { provider } = ethers;
    const deployment = readDeployment(path.join(dir, "deployment.json"));
    const context = contextOf(provider, deployment, dir);
    const { plan } = context;
    if (!isAlphaPlan(plan)) throw new Error("it was no alpha");
    const sender = await openSender({ signer: signers[0]! }, provider);
    for (const name of ["BondingManager", "RoundsManager"] as const)
      expect(await stepOf(sender, context).logic(name)).to.equal(await logicOf(context, name));
    const says = "A test.";
    expect(() => upgrade(context, "LivepeerToken", alpha.minter, says)).to.throw("behind no proxy");
    expect(() => upgrade(context, "RoundsManager", alpha.minter, says, "0x12")).to.throw("a call of its own");

    // The same code in another place.
    const migration: Migration<"bonding"> = {
      ...{ lip: 999, title: "Move", text: says, changes: ["BondingManager logic"] },
      prepare: async (step) => ({ bonding: await step.create("moved", plan.bonding.initCode) }),
      enact: (of, { bonding }) => Promise.resolve([upgrade(of, "BondingManager", bonding, says)]),
      enacted: async (of, { bonding }) => (await logicOf(of, "BondingManager")) === bonding,
      verify: (of, { bonding }) => expectLogic(of, "BondingManager", bonding),
    };
    const parameters = readParameters(path.join(dir, "parameters.json5"));
    const options = { provider, deployment, dir, parameters, id: "lip-999_move", migration };
    const { calls, changes, problems } = await simulate(options);
    expect(problems).to.deep.equal([]);
    expect(calls).to.have.length(1);
    // In words, and known as what another proposal could undo.
    expect(calls[0]!.call).to.include("AlphaController.setContractInfo(id: BondingManagerTarget, contractAddress: 0x");
    expect(changes.map(({ subject }) => subject)).to.deep.equal(["BondingManager logic: AlphaBonding"]);
    const [, , , delegator] = signers;
    const bonding = connect("BondingManager", deployment.contracts.BondingManager.proxy, delegator!);
    expect((await bonding.getUnbondingLock(delegator!, 0)).amount).to.equal(parseEther("500"));
  });
});
