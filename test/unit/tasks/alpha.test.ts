import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { Contract, parseEther, ZeroAddress } from "ethers";
import hre from "hardhat";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { readInterface } from "../../../deploy/artifacts.ts";
import { connect, readDeployment } from "../../../deploy/contracts.ts";
import type { AlphaNetwork } from "../../../deploy/alpha/network.ts";
import { temporaryDirectory, TEST_PARAMETERS } from "../../fixtures/protocol.ts";
import { expectRefusal, runTask } from "../../fixtures/tasks.ts";

describe("hardhat alpha", function () {
  this.timeout(240_000);
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
    expect(await left()).to.have.length(3);
    await refused("upgrade", "npx hardhat alpha hand-over");
    for (let i = 0; i < 2; ++i) expect(await run("hand-over")).to.include("has the alpha's controller");
    await refused("conclude", "was not done");
    for (let i = 0; i < 2; ++i) expect(await run("upgrade")).to.include("are what they were");
    expect(await left()).to.deep.equal([]);
    for (let i = 0; i < 2; ++i) expect(await run("conclude")).to.include("nothing is left to do");
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

    const deposits = new Contract(alpha.jobsManager, readInterface("AlphaDeposits"), broadcaster);
    await deposits.getFunction("moveDeposit").send(0);
    const broker = connect("TicketBroker", contracts.TicketBroker.proxy, broadcaster);
    expect((await broker.getSender(broadcaster)).deposit).to.equal(parseEther("1.98"));

    const manager = new Contract(accessManager, readInterface("AccessManager"), deployer);
    const isAdmin = async (who: string) => (await manager.getFunction("hasRole").staticCall(0, who)) as [boolean];
    expect((await isAdmin(deployer.address))[0]).to.equal(false);
    expect((await isAdmin(contracts.ProtocolGovernor.proxy))[0]).to.equal(true);
  });
});
