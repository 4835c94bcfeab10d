import { expect } from "chai";
import type { Signer } from "ethers";
import { initCodeOf } from "../../deploy/artifacts.ts";
import { connect } from "../../deploy/contracts.ts";
import { DeploymentError } from "../../deploy/errors.ts";
import type { DeploymentErrorCode } from "../../deploy/errors.ts";
import { listProposals } from "../../deploy/governance/list.ts";
import { prepare } from "../../deploy/governance/prepare.ts";
import { execute, governorOf, propose, queue, requireGoverns, vote } from "../../deploy/governance/proposals.ts";
import { requireGood, simulate } from "../../deploy/governance/simulate.ts";
import { verify } from "../../deploy/governance/verify.ts";
import { setParameters, upgrade } from "../../deploy/migrations/calls.ts";
import { expectLogic, expectParameter, logicOf } from "../../deploy/migrations/checks.ts";
import type { Migration } from "../../deploy/migrations/migration.ts";
import { differences, inspect } from "../../deploy/status/index.ts";
import { Killed, MortalSigner } from "../fixtures/mortal-signer.ts";
import { loadProtocol, TEST_PARAMETERS } from "../fixtures/protocol.ts";
import { age, delegateServed, otherBuildOf, registerServed, serveProtocol } from "../fixtures/served-chain.ts";
import type { Served } from "../fixtures/served-chain.ts";

const ID = "lip-999_logic-and-parameter";
const migration: Migration<"treasury" | "first" | "second"> = {
  lip: 999,
  title: "Logic and a parameter",
  text: "A test.",
  changes: ["bonding.jailPeriod", "Treasury logic"],
  async prepare(step) {
    return {
      treasury: await step.logic("Treasury"),
      first: await step.create("first helper", initCodeOf("Machine", [])),
      second: await step.create("second helper", initCodeOf("Machine", [])),
    };
  },
  async enact(context, { treasury }) {
    return [
      upgrade(context, "Treasury", treasury, "Puts the treasury onto the logic of the sources."),
      await setParameters(context, "bonding", { jailPeriod: 9 }, "Keeps who was slashed out for nine rounds."),
    ];
  },
  async enacted(context, { treasury }) {
    return (await logicOf(context, "Treasury")) === treasury;
  },
  async verify(context, { treasury }) {
    return [
      ...(await expectLogic(context, "Treasury", treasury)),
      ...(await expectParameter(context, "bonding.jailPeriod", 9)),
    ];
  },
};

describe("governance", () => {
  let served: Served;

  before(async () => {
    const governance = { ...TEST_PARAMETERS.governance, votingPeriod: 2, timelock: 1 };
    served = await serveProtocol({ ...TEST_PARAMETERS, governance: { ...governance, administrator: "governor" } });
    await registerServed(served, 2);
    await delegateServed(served, 3, 1);
    await served.toRound(4n);
    await age(served, "Treasury", otherBuildOf("Treasury", [served.deployment.contracts.LivepeerToken.proxy]));
  });
  after(() => served.close());

  const differing = async (): Promise<string[]> => differences(await inspect(served)).map(({ subject }) => subject);

  async function options(signer: Signer) {
    return { ...served, id: ID, migration, signer, now: await served.now() };
  }

  const proposing = async (signer: Signer) => ({
    ...(await options(signer)),
    rehearse: async (record: Parameters<Parameters<typeof propose>[0]["rehearse"]>[0]) =>
      requireGood(ID, await served.onCopy((copy) => simulate({ ...served, ...copy, id: ID, migration, record }))),
  });

  async function expectRefusal(acting: Promise<unknown>, code: DeploymentErrorCode, part: string): Promise<void> {
    const error: unknown = await acting.then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(DeploymentError).with.property("code", code);
    expect((error as Error).message).to.include(part);
  }

  /** Kills a step at each of its transactions, before it leaves and after it has left, and then lets it be. */
  async function killedAndResumed(
    step: (signer: Signer) => Promise<unknown>,
    signer: Signer,
    transactions = 1,
  ): Promise<void> {
    for (let k = 0; k < transactions; ++k)
      for (const when of ["before", "after"] as const)
        expect(await step(new MortalSigner(signer, 0, when)).catch((error: unknown) => error), when).to.be.instanceOf(
          Killed,
        );
    const last = new MortalSigner(signer);
    await step(last);
    expect(last.sent, "sent again").to.equal(0);
  }

  it("begins with a chain that lags behind the sources, and nobody but the Governor can change it", async () => {
    expect(await differing()).to.deep.equal(["Treasury logic"]);
    const { deployment, signers } = served;
    const bonding = connect("BondingManager", deployment.contracts.BondingManager.proxy, signers[0]!);
    expect(
      await bonding.pause.staticCall().then(
        () => "paused",
        () => "refused",
      ),
    ).to.equal("refused");
  });

  it("refuses each step before the one that goes before it", async () => {
    const some = await options(served.signers[1]!);
    await expectRefusal(propose(await proposing(served.signers[1]!)), "NotPrepared", "migrate prepare");
    await expectRefusal(vote(some, "for", ""), "NotPrepared", "migrate prepare");
    await expectRefusal(verify(some), "NotPrepared", "migrate prepare");
  });

  it("asks for no vote where the Governor does not govern", async () => {
    const { ethers, deployment } = await loadProtocol();
    await expectRefusal(requireGoverns(ethers.provider, deployment), "NoGovernor", "governance.administrator");
  });

  it("prepares: killed at each transaction it ends the same", async () => {
    // One that is killed after a transaction has left sees on the chain that it has, and sends the next one.
    const prepared = async (signer: Signer) => prepare(await options(signer));
    await killedAndResumed(prepared, served.signers[3]!, 2);
    const { artifacts } = await prepared(served.signers[3]!);
    for (const address of Object.values(artifacts))
      expect(await served.provider.getCode(address)).to.have.length.above(2);
    await expectRefusal(queue(await options(served.signers[1]!)), "NotProposed", "migrate propose");
  });

  it("proposes what was good on a copy of the chain: killed at each transaction it is proposed once", async () => {
    const block = await served.provider.getBlockNumber();
    await killedAndResumed(async (signer) => propose(await proposing(signer)), served.signers[1]!);
    expect(await served.provider.getBlockNumber()).to.equal(block + 1);
    const [only, ...others] = await listProposals(served.provider, served.deployment);
    expect(others).to.deep.equal([]);
    expect(only).to.include({ state: "Pending", proposer: await served.signers[1]!.getAddress() });
    expect(only!.description).to.include(
      "1. Puts the treasury onto the logic of the sources.\n   `Treasury proxy.upgradeAndCall(",
    );
    expect(only!.description).to.include("jailPeriod: 9 rounds");
    await expectRefusal(vote(await options(served.signers[1]!), "for", ""), "NotNow", "the vote begins in round 6");
  });

  it("votes, once for each account", async () => {
    await served.toRound(6n);
    await expectRefusal(queue(await options(served.signers[1]!)), "NotNow", "being voted on");
    for (const i of [1, 2])
      await killedAndResumed(
        async (signer) => vote(await options(signer), i === 1 ? "for" : "abstain", "a reason"),
        served.signers[i]!,
      );
    const [before] = await listProposals(served.provider, served.deployment);
    expect(before!.votes.for > 0n && before!.votes.abstain > 0n && before!.votes.against === 0n).to.equal(true);

    // A delegator's own stake changes sides.
    const against = async (signer: Signer) => vote(await options(signer), "against", "");
    expect(await against(served.signers[3]!)).to.equal("overrode");
    expect(await against(served.signers[3]!)).to.equal("had voted");
    const [only] = await listProposals(served.provider, served.deployment);
    expect(only!.votes.against > 0n).to.equal(true);
    expect(only!.votes.for + only!.votes.against).to.equal(before!.votes.for);
    await expectRefusal(against(served.signers[4]!), "NoStake", "had nothing at stake");
  });

  it("queues when the vote is over, and executes when the timelock is", async () => {
    const [only] = await listProposals(served.provider, served.deployment);
    await served.toRound(only!.deadline + 1n);
    await expectRefusal(execute(await options(served.signers[3]!)), "NotNow", "migrate queue");
    await killedAndResumed(async (signer) => queue(await options(signer)), served.signers[3]!);
    // And it can be looked at on a copy, where it is scheduled, too.
    await served.onCopy(async (copy) =>
      expect((await simulate({ ...served, ...copy, id: ID, migration })).problems).to.deep.equal([]),
    );
    await expectRefusal(execute(await options(served.signers[3]!)), "NotNow", "waits for its timelock");
    const pending = (await inspect(served)).filter(({ section }) => section === "pending");
    expect(pending.map(({ subject }) => subject.split("(")[0])).to.deep.equal([
      "Treasury proxy.upgradeAndCall",
      "BondingManager.setParameters",
    ]);
    expect(await verify(await options(served.signers[3]!))).not.to.deep.equal([]);

    const eta = await governorOf(served.provider, served.deployment).proposalEta(only!.id);
    await served.provider.send("evm_setNextBlockTimestamp", [Number(eta)]);
    await served.provider.send("evm_mine", []);
    await killedAndResumed(async (signer) => execute(await options(signer)), served.signers[3]!);
  });

  it("verifies: the chain is as the sources, and as the file but for what was voted", async () => {
    expect(await verify(await options(served.signers[3]!))).to.deep.equal([]);
    expect(await differing()).to.deep.equal(["bonding.jailPeriod"]);
    const [only] = await listProposals(served.provider, served.deployment);
    expect(only!.state).to.equal("Executed");
    await expectRefusal(vote(await options(served.signers[3]!), "for", ""), "NotNow", "was executed");
  });
});
