import { expect } from "chai";
import { parseEther } from "ethers";
import type { Interface, Provider, Signer } from "ethers";
import type * as artifacts from "../../deploy/artifacts.ts";
import { connect } from "../../deploy/contracts.ts";
import { listProposals } from "../../deploy/governance/list.ts";
import type * as preparing from "../../deploy/governance/prepare.ts";
import type * as proposals from "../../deploy/governance/proposals.ts";
import type { MigrationRecord } from "../../deploy/governance/record.ts";
import type * as simulating from "../../deploy/governance/simulate.ts";
import type * as verifying from "../../deploy/governance/verify.ts";
import { setParameters, upgrade } from "../../deploy/migrations/calls.ts";
import { expectLogic, expectParameter, logicOf } from "../../deploy/migrations/checks.ts";
import type { Migration } from "../../deploy/migrations/migration.ts";
import type * as status from "../../deploy/status/index.ts";
import { NextVersion } from "../fixtures/next-version.ts";
import { TEST_PARAMETERS } from "../fixtures/protocol.ts";
import { registerServed, serveProtocol } from "../fixtures/served-chain.ts";
import type { Served } from "../fixtures/served-chain.ts";

const ID = "lip-999_cut-ceiling";
const [CEILING, ABOVE] = [parseEther("0.12"), parseEther("0.15")];

/** The next Minter: a field behind those that are there, a second initializer, a view, and a setter that refuses what it took before. */
const EDITS = [
  {
    from: "        Present present;\n    }",
    to: "        Present present;\n        /// @dev {1e18 = 1} Largest `treasuryCut` that governance may set.\n        uint64 cutCeiling;\n    }",
  },
  {
    from: "    // --- BondingManager's action ---\n",
    to: `    function initializeCeiling(uint64 ceiling) external reinitializer(2) {
        _storage().cutCeiling = ceiling;
    }

    function cutCeiling() external view returns (uint256) {
        return _storage().cutCeiling;
    }

    // --- BondingManager's action ---
`,
  },
  {
    from: "    function setParameters(Parameters calldata newParameters) external restricted {\n",
    to: `    function setParameters(Parameters calldata newParameters) external restricted {
        uint256 ceiling = _storage().cutCeiling;
        require(newParameters.treasuryCut <= ceiling, MinterTreasuryCutTooHigh(newParameters.treasuryCut, ceiling));
`,
  },
] as const;

describe("An upgrade to a version that behaves in another way", () => {
  let served: Served;
  let next: NextVersion;
  let abi: Interface;
  let migration: Migration<"minter">;
  let kept: string;

  before(async () => {
    const governance = { ...TEST_PARAMETERS.governance, votingPeriod: 2, timelock: 1 };
    served = await serveProtocol({ ...TEST_PARAMETERS, governance: { ...governance, administrator: "governor" } });
    await registerServed(served, 2);
    await served.toRound(4n);
    next = NextVersion.compile("Minter", EDITS);
    abi = (await next.module<typeof artifacts>("deploy/artifacts.ts")).readInterface("Minter");
    kept = await stateOf();
    migration = {
      lip: 999,
      title: "A ceiling for the treasury's cut",
      text: "A test.",
      changes: ["Minter logic"],
      prepare: async (step) => ({ minter: await step.logic("Minter") }),
      enact: async (context, { minter }) => {
        const initializer = abi.encodeFunctionData("initializeCeiling", [CEILING]);
        return [upgrade(context, "Minter", minter, "Puts the Minter onto its next logic.", initializer)];
      },
      enacted: async (context, { minter }) => (await logicOf(context, "Minter")) === minter,
      verify: async (context, { minter }) => {
        const found = await expectLogic(context, "Minter", minter);
        // Other logic has no ceiling to ask for.
        if (found.length > 0) return found;
        return (await ceilingOn(context.provider)) === CEILING ? [] : ["there is another ceiling"];
      },
    };
  });
  after(() => served.close());

  const minter = (): string => served.deployment.contracts.Minter.proxy;

  /** What the Minter has kept, in order, as text. */
  async function stateOf(): Promise<string> {
    const contract = connect("Minter", minter(), served.provider);
    const [cuts, inflation, settled] = await Promise.all([
      contract.parameters(),
      contract.inflation(),
      contract.settledMint(),
    ]);
    return [...cuts, inflation, ...settled].join(", ");
  }

  async function ceilingOn(provider: Provider): Promise<unknown> {
    const answer = await provider.call({ to: minter(), data: abi.encodeFunctionData("cutCeiling") });
    return abi.decodeFunctionResult("cutCeiling", answer)[0];
  }

  /** With which error a call is refused; null: it is not. */
  async function refusalOf(
    to: string,
    method: string,
    args: readonly unknown[],
    from?: string,
  ): Promise<string | null> {
    try {
      await served.provider.call({ to, data: abi.encodeFunctionData(method, args), ...(from && { from }) });
      return null;
    } catch (error) {
      const { data } = error as { data: string | null };
      return data === null || data === "0x" ? "unknown" : (abi.parseError(data)?.name ?? "unknown");
    }
  }

  /** What governance would meet if it set this cut now. */
  async function problemsOf(treasuryCut: bigint): Promise<readonly string[]> {
    const { simulate } = await next.module<typeof simulating>("deploy/governance/simulate.ts");
    const cut: Migration = {
      ...{ lip: 997, title: "Another cut", text: "A test.", changes: ["minter.treasuryCut"] },
      prepare: () => Promise.resolve({}),
      enact: async (context) => [await setParameters(context, "minter", { treasuryCut }, "Sets the cut.")],
      enacted: async (context) => (await context.at("Minter").parameters()).treasuryCut === treasuryCut,
      verify: (context) => expectParameter(context, "minter.treasuryCut", treasuryCut),
    };
    return served.onCopy(
      async (copy) => (await simulate({ ...served, ...copy, id: "lip-997_cut", migration: cut })).problems,
    );
  }

  async function options(signer: Signer) {
    return { ...served, id: ID, migration, signer, now: await served.now() };
  }

  it("begins with one that knows nothing of it", async () => {
    expect(await problemsOf(ABOVE)).to.deep.equal([]);
    expect(await refusalOf(minter(), "cutCeiling", [])).not.to.equal(null);
    const { inspect, differences } = await next.module<typeof status>("deploy/status/index.ts");
    expect(differences(await inspect(served)).map(({ subject }) => subject)).to.deep.equal(["Minter logic"]);
  });

  it("is prepared, since its storage begins with what is there, simulated and proposed", async () => {
    const { prepare, requireCompatible } = await next.module<typeof preparing>("deploy/governance/prepare.ts");
    const { propose } = await next.module<typeof proposals>("deploy/governance/proposals.ts");
    const { simulate, requireGood } = await next.module<typeof simulating>("deploy/governance/simulate.ts");
    requireCompatible(["Minter"]);
    const { artifacts } = await prepare(await options(served.signers[3]!));
    expect(await refusalOf(artifacts.minter!, "initializeCeiling", [CEILING]), "the logic itself").to.equal(
      "InvalidInitialization",
    );
    const rehearse = async (record: MigrationRecord) =>
      requireGood(ID, await served.onCopy((copy) => simulate({ ...served, ...copy, id: ID, migration, record })));
    await propose({ ...(await options(served.signers[1]!)), rehearse });
  });

  it("happens by a vote, keeps what there was, and is verified", async () => {
    const { vote, queue, execute, governorOf } = await next.module<typeof proposals>("deploy/governance/proposals.ts");
    const { verify } = await next.module<typeof verifying>("deploy/governance/verify.ts");
    const [proposal] = await listProposals(served.provider, served.deployment);
    await served.toRound(proposal!.snapshot + 1n);
    for (const i of [1, 2]) await vote(await options(served.signers[i]!), "for", "");
    await served.toRound(proposal!.deadline + 1n);
    await queue(await options(served.signers[3]!));
    expect(await verify(await options(served.signers[3]!))).not.to.deep.equal([]);
    const eta = await governorOf(served.provider, served.deployment).proposalEta(proposal!.id);
    await served.provider.send("evm_setNextBlockTimestamp", [Number(eta)]);
    await served.provider.send("evm_mine", []);
    await execute(await options(served.signers[3]!));

    expect(await stateOf()).to.equal(kept);
    expect(await verify(await options(served.signers[3]!))).to.deep.equal([]);
  });

  it("behaves in its own way from then on", async () => {
    expect(await ceilingOn(served.provider)).to.equal(CEILING);
    expect((await problemsOf(ABOVE)).join())
      .to.include("call 1 of 1 fails")
      .and.include("MinterTreasuryCutTooHigh");
    expect(await problemsOf(CEILING)).to.deep.equal([]);
  });

  it("is initialized once: nobody can do it again, governance neither", async () => {
    for (const from of [undefined, served.deployment.accessManager]) {
      expect(await refusalOf(minter(), "initializeCeiling", [ABOVE], from)).to.equal("InvalidInitialization");
      const first = [served.deployment.accessManager, { ...served.parameters.minter }, 0n];
      expect(await refusalOf(minter(), "initialize", first, from)).to.equal("InvalidInitialization");
    }
    const { simulate } = await next.module<typeof simulating>("deploy/governance/simulate.ts");
    const again = { ...migration, enacted: () => Promise.resolve(false) };
    const { problems } = await served.onCopy((copy) =>
      simulate({ ...served, ...copy, id: "lip-998_again", migration: again }),
    );
    expect(problems.join()).to.include("call 1 of 1 fails");
  });
});
