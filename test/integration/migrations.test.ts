import { expect } from "chai";
import { initCodeOf, readInterface } from "../../deploy/artifacts.ts";
import { loadMigration, migrationIds } from "../../deploy/governance/load.ts";
import { requireGood, simulate } from "../../deploy/governance/simulate.ts";
import type { Simulation } from "../../deploy/governance/simulate.ts";
import { smoke } from "../../deploy/governance/smoke.ts";
import { call, setParameters, upgrade } from "../../deploy/migrations/calls.ts";
import { expectParameter } from "../../deploy/migrations/checks.ts";
import type { Migration } from "../../deploy/migrations/migration.ts";
import { TEST_PARAMETERS } from "../fixtures/protocol.ts";
import { registerServed, serveProtocol } from "../fixtures/served-chain.ts";
import type { Served } from "../fixtures/served-chain.ts";

/** Does what it says. */
const GOOD: Migration = {
  lip: 999,
  title: "Jail for nine rounds",
  text: "A test.",
  changes: ["bonding.jailPeriod"],
  prepare: async () => ({}),
  enact: async (context) => [await setParameters(context, "bonding", { jailPeriod: 9 }, "Nine rounds of jail.")],
  enacted: async (context) => (await context.at("BondingManager").parameters()).jailPeriod === 9n,
  verify: (context) => expectParameter(context, "bonding.jailPeriod", 9),
};

describe("the simulation of a migration", function () {
  this.timeout(600_000);
  let served: Served;

  before(async () => {
    const governance = { ...TEST_PARAMETERS.governance, administrator: "governor" as const };
    served = await serveProtocol({ ...TEST_PARAMETERS, governance });
    await registerServed(served, 1);
    await served.toRound(3n);
  });
  after(() => served.close());

  const rehearse = async (migration: Migration): Promise<Simulation> =>
    simulate({ ...served, ...(await served.fork()), id: "lip-999_test", migration });

  async function expectProblems(changes: Partial<Migration>, ...parts: readonly string[]): Promise<void> {
    const simulation = await rehearse({ ...GOOD, ...changes });
    const text = simulation.problems.join("\n");
    for (const part of parts) expect(text).to.include(part);
    expect(() => requireGood("lip-999_test", simulation)).to.throw(/not good on a copy/);
  }

  it("finds nothing wrong with what does what it says, and leaves the chain alone", async () => {
    const block = await served.provider.getBlock("latest");
    const simulation = await rehearse(GOOD);
    expect(simulation.problems).to.deep.equal([]);
    expect(simulation.changes).to.deep.equal([
      { subject: "bonding.jailPeriod", before: "7 rounds", after: "9 rounds" },
    ]);
    expect(simulation.smoke.map(({ problem }) => problem)).to.deep.equal(Array<null>(9).fill(null));
    expect(await served.provider.getBlock("latest")).to.deep.equal(block);
  });

  for (const id of migrationIds())
    it(`finds nothing wrong with ${id}`, async () => {
      const { migration } = await loadMigration(id);
      expect((await rehearse(migration)).problems).to.deep.equal([]);
    });

  it("finds that it does not verify", () =>
    expectProblems(
      { verify: (context) => expectParameter(context, "bonding.jailPeriod", 10) },
      "bonding.jailPeriod is 9 rounds, not 10 rounds",
    ));

  it("finds that it did not happen", () =>
    expectProblems({ enacted: async () => false }, "it says itself that it did not happen"));

  it("finds that there is nothing to vote on", () =>
    expectProblems({ enacted: async () => true }, "the chain has got it already"));

  it("finds a parameter that it changes without saying so", () =>
    expectProblems(
      { changes: [] },
      'it changes "bonding.jailPeriod" from "7 rounds" to "9 rounds", which it does not say',
    ));

  it("finds that it gives a proxy to somebody else", () =>
    expectProblems(
      {
        enact: async (context) => [
          ...(await GOOD.enact(context, {})),
          {
            says: "Tidies up.",
            target: context.deployment.contracts.TicketBroker.proxyAdmin,
            data: readInterface("ProxyAdmin").encodeFunctionData("transferOwnership", [
              context.deployment.contracts.Treasury.proxy,
            ]),
          },
        ],
      },
      'it changes "TicketBroker admin\'s owner"',
    ));

  it("finds that it gives a right to somebody else", () =>
    expectProblems(
      {
        enact: async (context) => [
          ...(await GOOD.enact(context, {})),
          {
            says: "Tidies up.",
            target: context.deployment.accessManager,
            data: readInterface("AccessManager").encodeFunctionData("grantRole", [
              0n,
              context.deployment.contracts.Treasury.proxy,
              0,
            ]),
          },
        ],
      },
      'it changes "administrator"',
    ));

  it("finds an immutable that knows somebody else", () =>
    expectProblems(
      {
        prepare: async (step, { deployment }) => ({
          treasury: await step.create("other treasury", initCodeOf("Treasury", [deployment.contracts.Minter.proxy])),
        }),
        enact: async (context, { treasury }) => [
          ...(await GOOD.enact(context, {})),
          upgrade(context, "Treasury", treasury!, "Tidies up."),
        ],
      },
      'it changes "Treasury logic: TOKEN"',
    ));

  it("finds that people cannot use the protocol afterwards", () =>
    expectProblems(
      {
        changes: ["bonding.jailPeriod", "TicketBroker logic"],
        enact: async (context) => [
          ...(await GOOD.enact(context, {})),
          upgrade(context, "TicketBroker", context.deployment.contracts.Treasury.implementation, "Tidies up."),
        ],
      },
      "a broadcaster funds its deposit: ",
    ));

  it("finds a call that fails, and says which", () =>
    expectProblems(
      {
        enact: async (context) => [
          ...(await GOOD.enact(context, {})),
          call(context, "Treasury", "transferETH", [context.deployment.deployer, 1n], "Pays one wei."),
        ],
      },
      "call 2 of 2 fails: ",
    ));

  it("finds periods that are at odds, as the Governor does", () =>
    expectProblems(
      {
        enact: async (context) => [
          await setParameters(context, "bonding", { unbondingPeriod: 3 }, "Lets stake leave after three rounds."),
        ],
      },
      "ConsistencyUnbonding",
    ));

  it("works for accounts on the chain as it is", async () => {
    const actions = await smoke(await served.fork(), served.deployment);
    expect(actions.filter(({ problem }) => problem !== null)).to.deep.equal([]);
  });
});
