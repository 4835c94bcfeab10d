import { expect } from "chai";
import { parseEther } from "ethers";
import hre from "hardhat";
import type { Lock } from "../../../tasks/stake/locks.ts";
import type { StakeStatus } from "../../../tasks/stake/status.ts";
import { expectRefusal, runTask } from "../../fixtures/tasks.ts";
import type { Ran } from "../../fixtures/tasks.ts";
import { bondAs, deployProtocol, fundDeposit, passRounds, redeemAs, registerAs } from "../../fixtures/protocol.ts";
import type { Protocol } from "../../fixtures/protocol.ts";

const ONE_LPT = parseEther("1");

describe("hardhat stake", () => {
  let p: Protocol;
  let other: string;
  let restore: () => Promise<void>;

  before(async function () {
    p = await deployProtocol(await hre.network.getOrCreate<"l1">());
    other = p.others[0]!.address;
    await registerAs(p, p.orchestrator);
    await registerAs(p, p.others[0]!);
    await bondAs(p, p.delegator, 100n * ONE_LPT, p.orchestrator);
    await passRounds(p, 1n);
    const snapshot = await p.networkHelpers.takeSnapshot();
    restore = () => snapshot.restore();
  });

  beforeEach(async function () {
    await restore();
  });

  const run = <T>(name: string, args: Record<string, unknown> = {}): Promise<Ran<T>> =>
    runTask<T>(`stake ${name}`, { dir: p.dir, from: "3", ...args });
  const refused = (name: string, args: Record<string, unknown>, message: string): Promise<void> =>
    expectRefusal(`stake ${name}`, { dir: p.dir, from: "3", ...args }, message);
  const status = async (account = "3"): Promise<StakeStatus> =>
    (await runTask<StakeStatus>("stake status", { dir: p.dir, account, json: true })).result;

  it("status shows stake, whom it is behind, and locks", async function () {
    await bondAs(p, p.delegator, 7n * ONE_LPT, p.orchestrator);
    await p.bonding.connect(p.delegator).unbond(17n * ONE_LPT);
    const { printed } = await runTask("stake status", { dir: p.dir, account: p.delegator.address });
    for (const text of [
      `${p.orchestrator.address} (active)`,
      "90 LPT",
      "7 LPT",
      "1 lock",
      "in 13 d 23 h",
      "round 16",
      "in 1 d 2 h",
    ]) {
      expect(printed).to.include(text);
    }
    expect(Math.max(...printed.split("\n").map((line) => line.length))).to.be.at.most(100);

    const { result } = await runTask<StakeStatus>("stake status", { dir: p.dir, account: "3", json: true });
    expect(result.locks).to.have.length(1);
    const { amount, ...lock } = result.locks[0]!;
    expect(lock).to.deep.equal({
      id: 0n,
      orchestrator: p.orchestrator.address,
      kind: "young stake",
      round: 2n,
      withdrawRound: 16n,
      withdrawTime: await p.rounds.roundStart(16n),
      rebondTime: (await p.rounds.roundStart(3n)) + 10_800n,
      disputes: 0n,
    });
    expect(amount).to.equal((await p.bonding.getUnbondingLock(p.delegator, 0)).amount);
    expect((await status("4")).orchestrator).to.equal(null);
  });

  it("bond approves exactly what is missing, and not what would be refused", async function () {
    await p.token.transfer(p.stranger, 50n * ONE_LPT);
    const from = "4";
    await refused("bond", { amount: "0.001", orchestrator: other, from }, "Bond at least 0.01 LPT.");
    expect(await p.token.allowance(p.stranger, p.bonding)).to.equal(0);
    await refused("bond", { amount: "51", orchestrator: other, from }, "has 50 LPT, not 51 LPT");
    await refused("bond", { amount: "1", orchestrator: "", from }, "stands behind nobody");
    await refused("bond", { amount: "1", orchestrator: p.broadcaster.address, from }, "not a registered orchestrator");

    const { printed } = await run("bond", { amount: "12.5", orchestrator: other, from });
    expect(printed).to.match(new RegExp(`^12.5 LPT are bonded behind ${other}, active from round 3 on \\(0x`));
    expect(await p.token.allowance(p.stranger, p.bonding)).to.equal(0);
    expect((await p.bonding.getDelegator(p.stranger)).waiting).to.equal(parseEther("12.5"));
    // Behind the same one.
    await run("bond", { amount: "1", orchestrator: "", from });
    expect((await p.bonding.getDelegator(p.stranger)).waiting).to.equal(parseEther("13.5"));
    await refused("bond", { amount: "1", orchestrator: p.orchestrator.address, from }, "BondingManagerBondedElsewhere");
  });

  it("unbond takes an amount or all; withdraw pays what is free", async function () {
    await refused("withdraw", { locks: [] }, "no stake of");
    const part = await run<{ locks: Lock[] }>("unbond", { amount: "10", json: true });
    expect((JSON.parse(part.printed) as { locks: { id: string }[] }).locks.map(({ id }) => id)).to.deep.equal(["0"]);
    expect(part.result.locks[0]!.amount > 10n * ONE_LPT).to.equal(true);
    await passRounds(p, 1n);
    expect((await run("unbond", { amount: "all" })).printed).to.match(/^lock 1: \S+ LPT of stake, .* from round 17 on/);
    expect(await status()).to.include({ stake: 0n, waiting: 0n, orchestrator: null });
    await refused("unbond", { amount: "all" }, "has no stake");

    await refused(
      "withdraw",
      { locks: [] },
      "nothing to withdraw yet in round 3: lock 0 from round 16 on, lock 1 from",
    );
    await refused("withdraw", { locks: ["7"] }, "has no lock 7");
    await passRounds(p, 13n);
    await refused("withdraw", { locks: ["0", "1"] }, "lock 1 from round 17 on");
    const { amount } = await p.bonding.getUnbondingLock(p.delegator, 0);
    const { printed } = await run("withdraw", { locks: [], json: true });
    expect(JSON.parse(printed)).to.have.length(1);
    expect(await p.token.balanceOf(p.delegator)).to.equal(amount);
    await refused("withdraw", { locks: ["0"] }, "withdrawn or bonded again");
  });

  it("unbond pays at once what was not active yet", async function () {
    await bondAs(p, p.delegator, 5n * ONE_LPT, p.orchestrator);
    const { result, printed } = await run<{ paid: bigint; locks: Lock[] }>("unbond", { amount: "5" });
    expect(result).to.deep.include({ paid: 5n * ONE_LPT, locks: [] });
    expect(printed).to.match(/^5 LPT were not active yet and are back in the account \(0x/);
  });

  it("move leaves, and names the commands that arrive", async function () {
    await bondAs(p, p.delegator, 5n * ONE_LPT, p.orchestrator);
    await refused("move", { orchestrator: p.orchestrator.address, locks: [] }, "already");
    await refused("move", { orchestrator: other, locks: [], from: "2" }, "stands behind itself, for ever");
    const { result, printed } = await run<{ next: string[] }>("move", { orchestrator: other, locks: [] });
    expect(result.next).to.deep.equal([
      `npx hardhat stake bond 5 ${other} --from 3 --dir ${p.dir}`,
      `npx hardhat stake rebond ${other} 0 --from 3 --dir ${p.dir}`,
    ]);
    for (const command of result.next) expect(printed).to.include(`\n  ${command}\n`);

    await refused(
      "move",
      { orchestrator: other, locks: ["0"] },
      "lock 0 answers for faults of its last round for 1 d 2 h",
    );
    await refused("move", { orchestrator: other, locks: [] }, "has no stake to move; what has left it");
    await passRounds(p, 1n);
    await refused("rebond", { orchestrator: other, locks: ["0"] }, "for 2 h 59 min more");
    await p.networkHelpers.time.increase(10_800);
    const arrived = await run("move", { orchestrator: other, locks: ["0"] });
    expect(arrived.printed).to.match(new RegExp(`^lock 0, \\d+\\.\\d+ LPT, is bonded behind ${other}`));
    expect((await p.bonding.getDelegator(p.delegator)).orchestrator).to.equal(other);
  });

  it("rebond takes several locks", async function () {
    await p.bonding.connect(p.delegator).unbond(10n * ONE_LPT);
    await p.bonding.connect(p.delegator).unbond(20n * ONE_LPT);
    await passRounds(p, 2n);
    const { printed } = await run("rebond", { orchestrator: p.orchestrator.address, locks: ["0", "1"], json: true });
    expect((JSON.parse(printed) as { lock: string }[]).map(({ lock }) => lock)).to.deep.equal(["0", "1"]);
    expect((await status()).locks).to.deep.equal([]);
  });

  it("register, commission, unbond-commission and reward are an orchestrator's", async function () {
    const from = "4";
    const register = (amount: string) => ({ rewardCut: "10", feeShare: "2.5", amount, from });
    await refused("register", register("5000"), "has 0 LPT, not 5000 LPT");
    const { printed } = await run("register", register("0"));
    expect(printed).to.include("fee share of 2.5 %.\nIt is active from the round after 5000 LPT stand behind it");
    expect((await p.bonding.getOrchestrator(p.stranger)).feeShare).to.equal(25n * 10n ** 15n);
    await refused("register", register("0"), "BondingManagerAlreadyRegistered");
    const announced = await run("commission", { rewardCut: "20 %", feeShare: "100", from });
    expect(announced.printed).to.include("reward cut 20 % and fee share 100 % bind from round 5 on");
    expect((await status(from)).orchestrator!.announced).to.deep.equal({
      rewardCut: 2n * 10n ** 17n,
      feeShare: 10n ** 18n,
      fromRound: 5n,
    });
    expect((await runTask("stake status", { dir: p.dir, account: from })).printed).to.include(
      "from 5: cut 20 %, share 100 %",
    );

    await refused("unbond-commission", { amount: "all", from }, "no commission to take out");
    await refused("unbond-commission", { amount: "all" }, "not a registered orchestrator");
    await passRounds(p, 2n);
    expect((await run("reward", { orchestrator: "" })).printed).to.include(`${p.orchestrator.address} is up to date`);
    const { commission } = await p.bonding.getOrchestrator(p.orchestrator);
    const { result } = await run<{ locks: Lock[] }>("unbond-commission", { amount: "all", from: "2" });
    expect(result.locks.map(({ kind, amount }) => [kind, amount])).to.deep.equal([["commission", commission]]);
    await refused("unjail", { from: "2" }, "BondingManagerNotJailed");
  });

  it("register bonds own stake at once, and allows just that amount, once nothing else is missing", async function () {
    const { stranger } = p;
    await p.token.transfer(stranger, parseEther("20000"));
    const register = { rewardCut: "10", feeShare: "50", amount: "6000", from: "4" };
    const allowance = () => p.token.allowance(stranger, p.bonding);
    await refused("register", { ...register, amount: "0.001" }, "BondingManagerAmountTooSmall");
    expect(await allowance()).to.equal(0);
    const { printed, result } = await run<{ activeNext: boolean }>("register", register);
    expect(printed).to.include("It is active from the next round on, with 6000 LPT of its own");
    expect(result.activeNext).to.equal(true);
    expect(await allowance()).to.equal(0);
    expect(await status("4")).to.include({ waiting: parseEther("6000") });
    await p.token.connect(stranger).approve(p.bonding, 5n);
    await refused("register", register, "BondingManagerAlreadyRegistered");
    expect(await allowance()).to.equal(5);
  });

  it("resign takes everything of an orchestrator out", async function () {
    const from = "2";
    await refused("resign", {}, "not a registered orchestrator");
    await passRounds(p, 1n);
    await bondAs(p, p.orchestrator, ONE_LPT, p.orchestrator);
    const { printed, result } = await run<{ locks: Lock[]; activeNext: boolean }>("resign", { from });
    expect(result.locks.map(({ kind }) => kind)).to.deep.equal(["own stake", "commission"]);
    expect(result.activeNext).to.equal(false);
    expect(printed).to.match(/^0\.9{5}\d* LPT were not active yet|^1 LPT were not active yet/);
    expect(printed).to.include("is not active from the next round on; it stays registered");
    await refused("resign", { from }, "BondingManagerInsufficientStake");
    await passRounds(p, 1n);
    await refused("resign", { from }, "has neither stake nor commission");
    expect(await p.bonding.isRegistered(p.orchestrator)).to.equal(true);
  });

  it("resign says if it stays active, where no own stake is asked for", async function () {
    await p.bonding.setParameters({ ...p.parameters.bonding, minimumStake: 0, minimumSelfStake: 0 });
    expect((await run("resign", { from: "2" })).printed).to.include("stays active: no stake of its own is asked for");
  });

  it("fees calls in what is due and withdraws it", async function () {
    await fundDeposit(p, parseEther("10"));
    await redeemAs(p);
    await refused("fees", {}, "nothing to withdraw yet: fees come in when");
    await passRounds(p, 3n);
    const { result, printed } = await run<{ amount: bigint; roundsPulled: bigint }>("fees", { to: other });
    expect(result.roundsPulled).to.equal(1n);
    // Half of 1 ETH is shared among 5,100 LPT.
    expect(result.amount).to.be.closeTo((parseEther("0.5") * 100n) / 5100n, 2n);
    expect(printed).to.include(`ETH are sent to ${other}`);
    // One more round is closed, without fees: nothing is called in for it.
    await passRounds(p, 1n);
    const block = await p.ethers.provider.getBlockNumber();
    await refused("fees", {}, "nothing to withdraw yet");
    expect(await p.ethers.provider.getBlockNumber()).to.equal(block);
  });

  it("fees follows who has moved", async function () {
    await fundDeposit(p, parseEther("10"));
    await redeemAs(p, { recipient: other });
    await run("unbond", { amount: "all" });
    await passRounds(p, 2n);
    await run("rebond", { orchestrator: other, locks: ["0"] });
    await passRounds(p, 1n);
    await redeemAs(p, { recipient: other, commitmentIndex: 1n });
    await passRounds(p, 3n);
    // Nobody called in the fees of the first one, which had none: without that the claim would stop there.
    const { result } = await run<{ amount: bigint; roundsPulled: bigint }>("fees");
    expect(result.roundsPulled).to.equal(2n);
    expect(result.amount > 0n).to.equal(true);
    expect((await status()).claimedBefore > 5n).to.equal(true);
  });

  it("refuses what cannot be meant, before anything is sent", async function () {
    const block = await p.ethers.provider.getBlockNumber();
    await refused("bond", { amount: "much", orchestrator: other }, "not an amount in LPT");
    await refused("bond", { amount: "0.1234567890123456789", orchestrator: other }, "at most 18 decimals");
    await refused("bond", { amount: "1", orchestrator: "0x12" }, "0x12 is not an address");
    await refused("bond", { amount: "1", orchestrator: other.replace("0x", "0X") }, "is not an address");
    await refused("unbond", { amount: "-1" }, "not an amount in LPT");
    await refused("unbond", { amount: "0" }, "What to do: Give an amount above zero.");
    await refused(
      "unbond",
      { amount: "1000000" },
      "BondingManagerInsufficientStake (have: 100 LPT, need: 1,000,000 LPT)",
    );
    await refused("rebond", { orchestrator: other, locks: ["x"] }, "not the number of a lock");
    await refused("move", { orchestrator: "nobody", locks: [] }, "not an address");
    await refused("register", { rewardCut: "101", feeShare: "1", amount: "0" }, "not a percentage");
    await refused("register", { rewardCut: "1", feeShare: "1", amount: "all" }, "not an amount in LPT");
    await refused("fees", { to: "me" }, "not an address");
    await refused("reward", { orchestrator: p.broadcaster.address }, "not a registered orchestrator");
    await refused("unjail", { from: "99" }, "no account 99");
    await expectRefusal("stake status", { dir: "out/none", account: "0" }, "run the deployment first");
    expect(await p.ethers.provider.getBlockNumber()).to.equal(block);
  });
});
