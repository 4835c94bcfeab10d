import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parseEther } from "ethers";
import hre from "hardhat";
import type { Proposal } from "../../../deploy/governance/list.ts";
import { bondAs, deployProtocol, passRounds, registerAs } from "../../fixtures/protocol.ts";
import type { Protocol } from "../../fixtures/protocol.ts";
import { expectRefusal, runTask } from "../../fixtures/tasks.ts";

const TEXT = "# Another ladder?\n\nWith 1080p. \u001b[31mRed\u001b[0m.";

describe("hardhat polls", () => {
  let p: Protocol;
  let file: string;

  before(async function () {
    p = await deployProtocol(await hre.network.getOrCreate<"l1">());
    await registerAs(p, p.orchestrator);
    await bondAs(p, p.delegator, parseEther("1000"), p.orchestrator);
    await passRounds(p, 2n);
    file = path.join(p.dir, "poll.md");
    writeFileSync(file, TEXT);
  });

  const list = async (): Promise<Proposal[]> => (await runTask<Proposal[]>("polls list", { dir: p.dir })).result;

  it("are asked about a file, by who has stake", async function () {
    expect((await runTask("polls list", { dir: p.dir })).printed).to.include("nothing was asked yet");
    const { printed } = await runTask("polls ask", { dir: p.dir, from: "3", file });
    const [poll, ...others] = await list();
    expect(others).to.deep.equal([]);
    expect(poll).to.include({ state: "Pending", description: TEXT, proposer: p.delegator.address });
    expect(printed).to.include(`npx hardhat polls show ${poll!.id.slice(0, 8)}`);
    await expectRefusal("polls ask", { dir: p.dir, from: "4", file }, "GovernorInsufficientProposerVotes");
    writeFileSync(path.join(p.dir, "empty.md"), " \n");
    await expectRefusal("polls ask", { dir: p.dir, from: "3", file: path.join(p.dir, "empty.md") }, "write 1 to");
  });

  it("are voted on when the vote is on, by an orchestrator and by a delegator for itself", async function () {
    const [{ id, snapshot, deadline }] = (await list()) as [Proposal];
    const vote = (from: string, support = "for") =>
      runTask("polls vote", { dir: p.dir, from, poll: id.slice(0, 8), support, reason: "" });
    const refused = (from: string, message: string, support = "for") =>
      expectRefusal("polls vote", { dir: p.dir, from, poll: id.slice(0, 8), support, reason: "" }, message);
    await refused("2", `the vote begins in round ${snapshot + 1n}`);
    await passRounds(p, 2n);
    await refused("2", "say for, against or abstain", "yes");
    await refused("4", "had nothing at stake");
    expect((await vote("2")).printed).to.include(`${p.orchestrator.address} voted on`);
    expect((await vote("3", "against")).printed).to.include("voted with its own stake");
    expect((await vote("3", "for")).printed).to.include("had voted");
    const [{ votes }] = (await list()) as [Proposal];
    expect(votes.against).to.equal(await p.bonding.getPastBalanceOf(p.delegator, snapshot));
    expect(votes.for + votes.against).to.equal(await p.bonding.getPastVotes(p.orchestrator, snapshot));
    await passRounds(p, deadline);
    await refused("2", "the vote is over");
  });

  it("are shown with their text, which cannot colour a terminal, and their standing", async function () {
    const { printed } = await runTask("polls show", { dir: p.dir, poll: (await list())[0]!.id });
    for (const text of ["# Another ladder?", "Red", "against", "Succeeded"]) expect(printed).to.include(text);
    expect(printed).not.to.include("\u001b[31m");
    await expectRefusal("polls show", { dir: p.dir, poll: "0x1" }, "not the number of a poll");
    await expectRefusal("polls show", { dir: p.dir, poll: "123" }, "none begins with 123");
  });
});
