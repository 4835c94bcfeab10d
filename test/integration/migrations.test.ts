import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import { concat, Interface, toQuantity, Wallet } from "ethers";
import hre from "hardhat";
import { initCodeOf, readInterface } from "../../deploy/artifacts.ts";
import { loadMigration, migrationIds, MIGRATIONS } from "../../deploy/governance/load.ts";
import { requireGood, simulate } from "../../deploy/governance/simulate.ts";
import type { Simulation } from "../../deploy/governance/simulate.ts";
import { administratorOf } from "../../deploy/hand-over.ts";
import { call, setParameters, upgrade } from "../../deploy/migrations/calls.ts";
import { expectParameter } from "../../deploy/migrations/checks.ts";
import type { Change, Context, Migration, Step } from "../../deploy/migrations/migration.ts";
import { ARITY } from "../../offchain/verification/game/interface.ts";
import { CONTRACT_SCENARIOS } from "../../tasks/scenarios/contracts/index.ts";
import { unproven } from "../../tasks/scenarios/contracts/slander.ts";
import { tickets } from "../../tasks/scenarios/contracts/tickets.ts";
import { vote } from "../../tasks/scenarios/contracts/vote.ts";
import type { Scenario } from "../../tasks/scenarios/interface.ts";
import { play } from "../../tasks/scenarios/play.ts";
import { World } from "../../tasks/scenarios/world.ts";
import { writeMigration } from "../../tasks/migrate/new.ts";
import { TEST_PARAMETERS } from "../fixtures/protocol.ts";
import { registerServed, serveProtocol } from "../fixtures/served-chain.ts";
import type { Served } from "../fixtures/served-chain.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const TSC = path.join(ROOT, "node_modules", "typescript", "bin", "tsc");

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

describe("the simulation of a migration", () => {
  let served: Served;

  before(async () => {
    const governance = { ...TEST_PARAMETERS.governance, administrator: "governor" as const };
    served = await serveProtocol({ ...TEST_PARAMETERS, governance });
    await registerServed(served, 1);
    await served.toRound(3n);
  });
  after(() => served.close());

  /** With these scenarios. */
  const rehearse = (migration: Migration, scenarios: readonly Scenario[] = []): Promise<Simulation> =>
    served.onCopy((copy) => {
      const { deployment, parameters } = served;
      const { account: administrator } = administratorOf(deployment, parameters);
      const suite = () => play(new World({ ...copy, deployment, administrator }), scenarios);
      return simulate({ ...served, ...copy, id: "lip-999_test", migration, suite });
    });

  async function expectProblems(changes: Partial<Migration>, ...parts: readonly string[]): Promise<void> {
    const simulation = await rehearse({ ...GOOD, ...changes });
    const text = simulation.problems.join("\n");
    for (const part of parts) expect(text).to.include(part);
    expect(() => requireGood("lip-999_test", simulation)).to.throw(/not good on a copy/);
  }

  /** Nothing else is wrong with it. */
  async function expectOnlyIn(scenario: Scenario, changes: Partial<Migration>, step: string): Promise<void> {
    const { problems } = await rehearse({ ...GOOD, ...changes }, [scenario]);
    expect(problems).to.have.length(1);
    expect(problems[0]).to.include(`${scenario.name}: ${step}: `);
  }

  it("finds nothing wrong with what does what it says, and leaves the chain alone", async () => {
    const block = await served.provider.getBlock("latest");
    const simulation = await rehearse(GOOD, CONTRACT_SCENARIOS);
    expect(simulation.problems).to.deep.equal([]);
    expect(simulation.changes).to.deep.equal([
      { subject: "bonding.jailPeriod", before: "7 rounds", after: "9 rounds" },
    ]);
    expect(simulation.scenarios.map(({ scenario }) => scenario)).to.deep.equal(
      CONTRACT_SCENARIOS.map(({ name }) => name),
    );
    expect(await served.provider.getBlock("latest")).to.deep.equal(block);
  });

  for (const id of migrationIds())
    it(`finds nothing wrong with ${id}`, async () => {
      const { migration } = await loadMigration(id);
      expect((await rehearse(migration)).problems).to.deep.equal([]);
    });

  it("finds nothing wrong with what `migrate new` writes, which type-checks", async () => {
    // Inside of the repository, where its imports and the compiler's settings are found.
    const parent = path.join(ROOT, "out");
    await mkdir(parent, { recursive: true });
    const directory = await mkdtemp(path.join(parent, "migrations-"));
    try {
      for (const file of ["calls.ts", "checks.ts", "migration.ts"])
        await writeFile(
          path.join(directory, file),
          `export * from "${path.relative(directory, path.join(MIGRATIONS, file))}";\n`,
        );
      const file = writeMigration("998", "longer-jail", directory);
      const tsconfig = path.join(directory, "tsconfig.json");
      await writeFile(
        tsconfig,
        JSON.stringify({ extends: path.join(ROOT, "tsconfig.json"), include: [], files: [file] }),
      );
      await promisify(execFile)(process.execPath, [TSC, "--project", tsconfig]);

      const { id, migration } = await loadMigration("998", directory);
      expect(id).to.equal("lip-998_longer-jail");
      const simulation = await rehearse(migration);
      expect(simulation.problems).to.deep.equal([]);
      expect(simulation.changes.map(({ subject }) => subject)).to.deep.equal(["bonding.jailPeriod"]);
      expect(() => writeMigration("998", "longer-jail", directory)).to.throw("is there already");
    } finally {
      await rm(directory, { recursive: true });
    }
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

  /** Has a contract on other logic, and says so. */
  const onLogic = (
    name: "TicketBroker" | "DisputeGame",
    initCode: (step: Step, context: Context) => Promise<string> | string,
    also: readonly Change[] = [],
  ): Partial<Migration> => ({
    changes: ["bonding.jailPeriod", `${name} logic`, ...also],
    prepare: async (step, context) => ({ logic: await step.create("other logic", await initCode(step, context)) }),
    enact: async (context, { logic }) => [
      ...(await GOOD.enact(context, {})),
      upgrade(context, name, logic!, "Tidies up."),
    ],
  });

  it("finds that a deposit cannot be funded afterwards", async () => {
    const changes = onLogic("TicketBroker", (_step, { deployment: { contracts } }) =>
      initCodeOf("Treasury", [contracts.LivepeerToken.proxy]),
    );
    const { problems } = await rehearse({ ...GOOD, ...changes }, [tickets]);
    expect(problems.at(-1)).to.include(`${tickets.name}: a broadcaster funds its deposit: `);
  });

  it("finds that the last step of a dispute is executed wrongly afterwards", async () => {
    const { abi, bytecode } = await hre.artifacts.readArtifact("MachineMockForSimulation");
    await expectOnlyIn(
      unproven,
      onLogic(
        "DisputeGame",
        async (step, { deployment: { contracts }, plan }) => {
          const args = new Interface(abi).encodeDeploy([plan.machine.address]);
          const machine = await step.create("other machine", concat([bytecode, args]));
          const names = ["RoundsManager", "BondingManager", "ServiceRegistry", "TicketBroker", "Treasury"] as const;
          return initCodeOf("DisputeGame", [[machine, ...names.map((name) => contracts[name].proxy)], ARITY]);
        },
        ["Machine logic"],
      ),
      "both play to the disputed step, and the contract refuses it",
    );
  });

  it("finds that no vote could upgrade the Governor any more, which no vote could repair", () =>
    expectOnlyIn(
      vote,
      {
        enact: async (context) => [
          ...(await GOOD.enact(context, {})),
          call(
            context,
            "ProtocolGovernor",
            "setAccessManagerIgnored",
            [
              context.deployment.contracts.ProtocolGovernor.proxyAdmin,
              [readInterface("ProxyAdmin").getFunction("upgradeAndCall")!.selector],
              true,
            ],
            "Saves a detour.",
          ),
        ],
      },
      "the change is executed",
    ));

  it("finds a call that fails, and says which", () =>
    expectProblems(
      {
        enact: async (context) => [
          ...(await GOOD.enact(context, {})),
          call(context, "Treasury", "transferETH", [context.deployment.deployer, 1n], "Pays one wei."),
        ],
      },
      "call 2 of 2 fails: InsufficientBalance(0, 1)",
    ));

  it("finds periods that are at odds, as the Governor does", () =>
    expectProblems(
      {
        enact: async (context) => [
          await setParameters(context, "bonding", { unbondingPeriod: 3 }, "Lets stake leave after three rounds."),
        ],
      },
      "what comes of all calls is refused: ConsistencyUnbondingTooShortForVotes(3, ",
    ));

  it("copies the last block, not one that no reorganisation can reach any more", async () => {
    const { address } = Wallet.createRandom();
    // As many as a network of this machine has after some minutes.
    await served.provider.send("hardhat_mine", [toQuantity(200)]);
    await served.provider.send("hardhat_setBalance", [address, "0x7"]);
    await served.provider.send("evm_mine", []);
    await served.onCopy(async (copy) => expect(await copy.provider.getBalance(address)).to.equal(7n));
  });
});
