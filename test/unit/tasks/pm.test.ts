import { expect } from "chai";
import { parseEther } from "ethers";
import hre from "hardhat";
import type { PaymentStatus } from "../../../tasks/pm/status.ts";
import { deployProtocol, fundDeposit, passRounds, redeemAs, redemptionOf, ticketOf } from "../../fixtures/protocol.ts";
import type { Protocol } from "../../fixtures/protocol.ts";
import { expectRefusal, runTask } from "../../fixtures/tasks.ts";
import type { Ran } from "../../fixtures/tasks.ts";

const ONE_ETH = parseEther("1");

describe("hardhat pm", () => {
  let p: Protocol;
  let recipient: string;
  let restore: () => Promise<void>;

  before(async function () {
    p = await deployProtocol(await hre.network.getOrCreate<"l1">());
    recipient = p.orchestrator.address;
    const snapshot = await p.networkHelpers.takeSnapshot();
    restore = () => snapshot.restore();
  });

  beforeEach(async function () {
    await restore();
  });

  // Account 1 is the broadcaster.
  const run = <T>(name: string, args: Record<string, unknown> = {}): Promise<Ran<T>> =>
    runTask<T>(`pm ${name}`, { dir: p.dir, from: "1", ...args });
  const refused = (name: string, args: Record<string, unknown>, message: string): Promise<void> =>
    expectRefusal(`pm ${name}`, { dir: p.dir, from: "1", ...args }, message);
  const status = async (account = "1"): Promise<PaymentStatus> =>
    (await runTask<PaymentStatus>("pm status", { dir: p.dir, account, json: true })).result;

  it("fund adds to deposit and escrow, of the sender or of another", async function () {
    const { printed } = await run("fund", { deposit: "2.5", escrow: "1" });
    expect(printed).to.include(`2.5 ETH are added to the deposit of ${p.broadcaster.address}, 1 ETH to its penalty`);
    await run("fund", { deposit: "0", escrow: "0.5", sender: p.stranger.address });
    expect(await status()).to.include({ deposit: parseEther("2.5"), escrow: ONE_ETH, withdrawRound: 0n });
    expect(await status(p.stranger.address)).to.include({ deposit: 0n, escrow: parseEther("0.5") });
    await refused("fund", { deposit: "0" }, "Send the deposit and the escrow");
    await refused("fund", { deposit: "-1" }, "is not an amount in ETH");
  });

  it("unlock and withdraw take two steps, and say when the second one is possible", async function () {
    await refused("unlock", {}, "TicketBrokerNothingToUnlock");
    await fundDeposit(p, 3n * ONE_ETH, ONE_ETH);
    expect((await run("unlock")).printed).to.include("3 ETH and 1 ETH of escrow can be withdrawn from round 5 on");
    await refused("withdraw", {}, "Wait until round 5");
    await run("unlock", { cancel: true });
    expect((await status()).withdrawRound).to.equal(0n);
    await run("unlock");
    await passRounds(p, 4n);
    const { result } = await run<{ amount: bigint }>("withdraw", { json: true });
    expect(result.amount).to.equal(4n * ONE_ETH);
    expect(await status()).to.include({ deposit: 0n, escrow: 0n });
  });

  it("allocate sets aside; unlock and withdraw bring it back to the deposit", async function () {
    expect((await run("allocate", { recipient, amount: "2" })).printed).to.include("has set 2 ETH aside");
    await refused("unlock", { recipient, amount: "3" }, "Reduce it by at most 2 ETH");
    expect((await run("unlock", { recipient, amount: "0.5" })).printed).to.include("from round 5 on");
    expect((await status()).allocations).to.deep.equal([
      { recipient, amount: 2n * ONE_ETH, leaving: ONE_ETH / 2n, releaseRound: 5n },
    ]);
    await refused("withdraw", { recipient }, "Wait until round 5");
    expect((await run("unlock", { recipient, cancel: true })).printed).to.include("stays");
    await refused("withdraw", { recipient }, "TicketBrokerNothingLeaving");
    await run("unlock", { recipient });
    await passRounds(p, 4n);
    expect((await run("withdraw", { recipient })).printed).to.include("2 ETH of the allocation");
    expect(await status()).to.deep.include({ deposit: 2n * ONE_ETH, allocations: [] });
  });

  it("signer allows a key, changes its cap from the next round on, and revokes it", async function () {
    const key = p.stranger.address;
    await refused("signer", { key }, "either --cap");
    await refused("signer", { key, cap: "1", revoke: true }, "either --cap");
    await refused("signer", { key, revoke: true }, "was never allowed");
    expect((await run("signer", { key, cap: "1", rounds: "3" })).printed).to.include("up to round 3; from round 1 on");
    await run("signer", { key, cap: "5", rounds: "10" });
    await fundDeposit(p, 3n * ONE_ETH);
    await redeemAs(p, { signer: p.stranger });
    expect((await status()).keys).to.deep.equal([{ key, lastRound: 10n, cap: ONE_ETH, spent: ONE_ETH }]);
    await passRounds(p, 1n);
    expect((await status()).keys).to.deep.equal([{ key, lastRound: 10n, cap: 5n * ONE_ETH, spent: 0n }]);
    expect((await run("signer", { key, revoke: true })).printed).to.include("no tickets of rounds after 2");
    await passRounds(p, 1n);
    expect((await status()).keys).to.deep.equal([]);
  });

  it("status shows what is owed, and what a recipient has been paid", async function () {
    await fundDeposit(p, ONE_ETH, ONE_ETH);
    await redeemAs(p);
    const unpaid = await ticketOf(p, { commitmentIndex: 1n, recipientRand: 43n });
    await p.broker.connect(p.orchestrator).claimDefault(...redemptionOf(unpaid));
    const debt = { recipient, creationRound: 1n, commitmentIndex: 1n, faceValue: ONE_ETH };
    expect((await status()).defaults).to.deep.equal([{ ...debt, curingRound: 2n, forfeited: false }]);
    expect((await status("2")).openFees).to.deep.equal([{ round: 1n, amount: ONE_ETH }]);
    const { printed } = await runTask("pm status", { dir: p.dir, account: "1" });
    for (const text of ["penalty escrow", "locked", recipient, "1/1", "the end of round 2"]) {
      expect(printed).to.include(text);
    }
    await passRounds(p, 2n);
    await p.broker.forfeitEscrow(recipient, 1, 1);
    expect((await status()).defaults).to.deep.equal([{ ...debt, curingRound: 2n, forfeited: true }]);
    await passRounds(p, 1n);
    expect((await status()).defaults).to.deep.equal([]);
  });
});
