import { expect } from "chai";
import type { Signer } from "ethers";
import { connect } from "../../deploy/contracts.ts";
import { DeploymentError } from "../../deploy/errors.ts";
import { prepare } from "../../deploy/governance/prepare.ts";
import { execute, governorOf, propose, queue, vote } from "../../deploy/governance/proposals.ts";
import type { Governed } from "../../deploy/governed.ts";
import { overlapsOf, overlapText, requireNoneAccepted } from "../../deploy/governance/overlaps.ts";
import { call, setParameters } from "../../deploy/migrations/calls.ts";
import { contextOf } from "../../deploy/migrations/migration.ts";
import type { Context, Migration } from "../../deploy/migrations/migration.ts";
import { TEST_PARAMETERS } from "../fixtures/protocol.ts";
import { registerServed, serveProtocol } from "../fixtures/served-chain.ts";
import type { Served } from "../fixtures/served-chain.ts";

const setting = (lip: number, changes: Partial<Governed["bonding"]>): Migration => ({
  ...{ lip, title: "Another parameter", text: "A test.", changes: [] },
  prepare: () => Promise.resolve({}),
  enact: async (context) => [await setParameters(context, "bonding", changes, "Sets it.")],
  enacted: () => Promise.resolve(false),
  verify: () => Promise.resolve([]),
});
const ONE = { id: "lip-997_one", migration: setting(997, { jailPeriod: 9 }) };
const BURN = (context: Context) => call(context, "Treasury", "burn", [1n], "Burns.");
/** Calls something else, too. It is not executed. */
const OTHER = {
  id: "lip-998_other",
  migration: {
    ...setting(998, { faultPeriod: 31 }),
    enact: async (context: Context) => [
      await setParameters(context, "bonding", { faultPeriod: 31 }, "Sets it."),
      BURN(context),
    ],
  },
};
const THIRD = { id: "lip-999_third", migration: setting(999, { jailPeriod: 8 }) };

describe("Two proposals that set all parameters of one contract", () => {
  let served: Served;

  before(async () => {
    const governance = { ...TEST_PARAMETERS.governance, votingPeriod: 2, timelock: 1 };
    served = await serveProtocol({ ...TEST_PARAMETERS, governance: { ...governance, administrator: "governor" } });
    await registerServed(served, 3);
    await served.toRound(4n);
  });
  after(() => served.close());

  const options = async (which: typeof ONE, signer: Signer) => ({
    ...{ ...served, ...which, signer, now: await served.now() },
  });

  /** @returns what it says of others */
  async function proposeBy(which: typeof ONE, signer: Signer): Promise<string[]> {
    const notes: string[] = [];
    const some = await options(which, signer);
    await prepare(some);
    await propose({ ...some, rehearse: () => Promise.resolve(), onOverlap: (text) => notes.push(text) });
    return notes;
  }

  async function expectOverlap(acting: Promise<unknown>, ...parts: readonly string[]): Promise<void> {
    const error: unknown = await acting.then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(DeploymentError).with.property("code", "ProposalsOverlap");
    for (const part of parts) expect((error as Error).message).to.include(part);
  }

  async function periods(): Promise<string> {
    const bonding = connect("BondingManager", served.deployment.contracts.BondingManager.proxy, served.provider);
    const { jailPeriod, faultPeriod } = await bonding.parameters();
    return `${jailPeriod}, ${faultPeriod}`;
  }

  async function toTime(seconds: bigint): Promise<void> {
    await served.provider.send("evm_setNextBlockTimestamp", [Number(seconds)]);
    await served.provider.send("evm_mine", []);
  }

  it("are told of while both are voted on: either may fail", async () => {
    expect(await proposeBy(ONE, served.signers[1]!)).to.deep.equal([]);
    const [note, ...more] = await proposeBy(OTHER, served.signers[2]!);
    expect(more).to.deep.equal([]);
    expect(note).to.include("which is Pending, sets BondingManager.setParameters too");
    // What burns as well undoes nothing, but whoever votes should know.
    const { provider, deployment, dir } = served;
    const burn = BURN(contextOf(provider, deployment, dir));
    const found = await overlapsOf(provider, deployment, [burn], "");
    expect(found.map(({ subject, undoes }) => [subject, undoes])).to.deep.equal([["Treasury.burn", false]]);
    expect(overlapText(found[0]!)).to.include("which is Pending, calls Treasury.burn too");
    expect(() => requireNoneAccepted("lip-1_burn", found)).not.to.throw();
  });

  it("allow no third one once they are accepted", async () => {
    await served.toRound(6n);
    for (const which of [ONE, OTHER])
      for (const i of [1, 2, 3]) await vote(await options(which, served.signers[i]!), "for", "");
    await served.toRound(8n);
    await expectOverlap(proposeBy(THIRD, served.signers[3]!), "would undo what was voted", "is Succeeded");
  });

  it("are not both executed: the later one would undo the earlier one", async () => {
    for (const which of [ONE, OTHER]) await queue(await options(which, served.signers[1]!));
    const { proposal } = await prepare(await options(OTHER, served.signers[1]!));
    const eta = await governorOf(served.provider, served.deployment).proposalEta(proposal!.id);
    await toTime(eta);
    expect(await periods()).to.equal("7, 30");
    await execute(await options(ONE, served.signers[1]!));
    expect(await periods()).to.equal("9, 30");
    const late = execute(await options(OTHER, served.signers[1]!));
    await expectOverlap(late, "before BondingManager.setParameters was called by somebody else", "propose anew");
    expect(await periods()).to.equal("9, 30");

    // What nobody executed in time stops nothing any more.
    await expectOverlap(proposeBy(THIRD, served.signers[3]!), "is Queued");
    await toTime(eta + 7n * 86_400n);
    expect(await proposeBy(THIRD, served.signers[3]!)).to.deep.equal([]);
  });
});
