import { expect } from "chai";
import { id, MaxUint256, parseEther } from "ethers";
import hre from "hardhat";
import { cellName } from "../../../tasks/registry/arguments.ts";
import { deployProtocol, passRounds, registerAs } from "../../fixtures/protocol.ts";
import type { Protocol } from "../../fixtures/protocol.ts";
import { ascending, CELL, CPU, GPU, PARENT } from "../../fixtures/registry.ts";

const DEPOSIT = parseEther("100");

describe("hardhat registry", () => {
  let p: Protocol;
  let restore: () => Promise<void>;

  before(async function () {
    // The connection that the tasks find, too.
    p = await deployProtocol(await hre.network.getOrCreate<"l1">());
    await registerAs(p, p.orchestrator);
    await passRounds(p, 1n);
    const snapshot = await p.networkHelpers.takeSnapshot();
    restore = () => snapshot.restore();
  });

  beforeEach(async function () {
    await restore();
  });

  /** Runs a task; the answer is what it returned and what it printed. */
  async function run<T>(name: string, args: Record<string, unknown> = {}): Promise<{ result: T; printed: string }> {
    const write = process.stdout.write.bind(process.stdout);
    let printed = "";
    process.stdout.write = (text: string) => {
      printed += text;
      return true;
    };
    try {
      const result = (await hre.tasks.getTask(["registry", name]).run({ dir: p.dir, ...args })) as T;
      return { result, printed };
    } finally {
      process.stdout.write = write;
    }
  }

  async function expectFailure(name: string, args: Record<string, unknown>, message: string): Promise<void> {
    const failure: unknown = await run(name, args).catch((error: unknown) => error);
    expect(String(failure)).to.include(message);
  }

  it("define takes the deposit, the allowance included; withdraw gives it back", async function () {
    const from = "4"; // the stranger
    await p.token.transfer(p.stranger, DEPOSIT);
    const { result, printed } = await run<{ id: string }>("define", { name: "Captioning", metadata: "text", from });
    expect(result.id).to.equal(id("Captioning"));
    expect(printed).to.match(/^Captioning is defined as 0x[0-9a-f]{64}, for a deposit of 100 LPT \(0x/);
    const service = await p.registry.serviceOf(id("Captioning"));
    expect(service).to.deep.equal(["Captioning", "text", p.stranger.address, DEPOSIT]);
    expect(await p.token.balanceOf(p.stranger)).to.equal(0);

    const withdrawn = await run("withdraw", { service: "Captioning", from: p.stranger.address, json: true });
    expect(JSON.parse(withdrawn.printed)).to.include({ id: id("Captioning"), deposit: DEPOSIT.toString() });
    expect(await p.token.balanceOf(p.stranger)).to.equal(DEPOSIT);
  });

  it("services shows what exists, by whom, how often offered and how verified", async function () {
    await run("define", { name: "first" });
    await run("define", { name: "se\u001bcond" });
    await run("withdraw", { service: "first" });
    const module = await p.treasury.getAddress();
    await p.registry.approveVerification(CPU, module, id("program"));
    await passRounds(p, 15n);
    await p.registry.approveVerification(CPU, module, id("next"));
    await run("set-uri", { uri: "https://node", from: "2" });
    await run("set-services", { services: ["CPUTranscoding"], from: "2" });

    const { printed } = await run("services", { json: true });
    const rows = JSON.parse(printed) as Record<string, unknown>[];
    expect(rows.map(({ name, definer, deposit, offers }) => [name, definer, deposit, offers])).to.deep.equal([
      ["CPUTranscoding", null, "0", "1"],
      ["GPUTranscoding", null, "0", "0"],
      ["SegmentVerification", null, "0", "0"],
      ["se\u001bcond", p.deployer.address, DEPOSIT.toString(), "0"],
    ]);
    expect(rows[0]).to.deep.include({
      verification: { module, program: id("program"), fromRound: "17" },
      pending: { module, program: id("next"), fromRound: "32" },
    });
    expect(rows[1]).to.deep.include({ verification: null, pending: null });

    const table = (await run("services")).printed;
    for (const text of [
      "canonical",
      "100 LPT",
      "se\u{fffd}cond",
      `${id("program")} on ${module}`,
      "from round 32: 0x",
    ]) {
      expect(table).to.include(text);
    }
    expect(table).not.to.include("\u001b");
    expect((await p.registry.verificationAt(CPU, MaxUint256)).program).to.equal(id("next"));
  });

  it("set-uri, set-regions and set-services make an offer that offers finds", async function () {
    const from = p.orchestrator.address;
    expect((await run("set-uri", { uri: "https://node.example:8935", from })).printed).to.match(/^reached at https:/);
    const regions = await run("set-regions", {
      regions: [cellName(CELL), `0x${cellName(PARENT)}`, cellName(CELL)],
      from,
    });
    expect(regions.printed).to.match(/^works in 8428347ffffffff, 85283473fffffff \(0x[0-9a-f]{64}, [\d,]+ gas\)\n$/);
    const services = await run("set-services", { services: ["GPUTranscoding", CPU, "CPUTranscoding"], from });
    expect(services.printed).to.include("; listed (0x");
    const expected = ["https://node.example:8935", ascending([CPU, GPU]), [PARENT, CELL], true];
    expect(await p.registry.getOffer(p.orchestrator)).to.deep.equal(expected);

    const { printed } = await run("offers", { json: true });
    const offer = {
      orchestrator: p.orchestrator.address,
      uri: "https://node.example:8935",
      stake: parseEther("5000").toString(),
      regions: ["8428347ffffffff", "85283473fffffff"],
    };
    expect(JSON.parse(printed)).to.deep.equal([offer]);
    expect((await run("offers", { service: "GPUTranscoding" })).printed)
      .to.include("https://node.example:8935")
      .and.include("5000 LPT")
      .and.include("85283473fffffff");
  });

  it("offers filters by service, stake and place", async function () {
    const from = "2";
    const found = async (args: object) => (await run<unknown[]>("offers", { json: true, ...args })).result.length;
    await run("set-uri", { uri: "https://node", from });
    await run("set-regions", { regions: [cellName(PARENT)], from });
    await run("set-services", { services: ["CPUTranscoding"], from });
    expect(await found({ service: "GPUTranscoding" })).to.equal(0);
    expect(await found({ minStake: "5000" })).to.equal(1);
    expect(await found({ minStake: "5000.1" })).to.equal(0);
    // The offer's cell covers its children, not its own parent.
    expect(await found({ near: cellName(CELL) })).to.equal(1);
    expect(await found({ near: "832834fffffffff" })).to.equal(0);
    expect((await run("set-regions", { regions: [], from })).printed).to.include("works anywhere");
    expect(await found({ near: "832834fffffffff" })).to.equal(1);
    expect((await run("offers")).printed).to.include("anywhere");
    expect((await run("set-services", { services: [], from })).printed).to.include("offers nothing; not listed");
    expect(await found({})).to.equal(0);
  });

  it("refresh drops who has lost the stake", async function () {
    const { orchestrator } = p;
    await run("set-uri", { uri: "https://node", from: "2" });
    await run("set-services", { services: ["CPUTranscoding"], from: "2" });
    const args = { orchestrator: orchestrator.address, from: "4" };
    expect((await run("refresh", args)).printed).to.include(`the offer of ${orchestrator.address} is listed (0x`);
    await p.bonding.connect(orchestrator).unbond(parseEther("4000"));
    expect((await run("refresh", args)).printed).to.include("is not listed (0x");
    expect((await p.registry.getOffer(orchestrator)).listed).to.equal(false);
  });

  it("refuses what cannot be meant, before anything is sent", async function () {
    const block = await p.ethers.provider.getBlockNumber();
    await expectFailure("set-uri", { uri: "ftp://node" }, "not a bare http or https address");
    await expectFailure("set-regions", { regions: ["123"] }, "not an H3 cell");
    await expectFailure("set-regions", { regions: ["x"] }, "not an H3 cell");
    await expectFailure("offers", { minStake: "much" }, "not an amount in LPT");
    await expectFailure("set-uri", { uri: "https://node", from: "999" }, "no account 999");
    await expectFailure("set-uri", { uri: "https://node", from: p.deployment.factory }, "no account 0x");
    await expectFailure("services", { dir: "out/none" }, "run the deployment first");
    expect(await p.ethers.provider.getBlockNumber()).to.equal(block);
  });
});
