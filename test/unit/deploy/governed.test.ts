import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { Contract } from "ethers";
import type { FunctionFragment } from "ethers";
import JSON5 from "json5";
import { readInterface } from "../../../deploy/artifacts.ts";
import type { ContractName } from "../../../deploy/contracts.ts";
import { PARAMETERS, readGoverned, valueAt, written } from "../../../deploy/governed.ts";
import type { ParameterPath } from "../../../deploy/governed.ts";
import { parseParameters } from "../../../deploy/parameters.ts";
import { impersonate, loadProtocol } from "../../fixtures/protocol.ts";
import type { Protocol } from "../../fixtures/protocol.ts";

const NETWORKS = path.join(import.meta.dirname, "..", "..", "..", "deploy", "networks");
const textOf = (name: string): string => readFileSync(path.join(NETWORKS, name, "parameters.json5"), "utf8");

/** One more than the default is refused, by the parameter's own bound or by another parameter's. */
const AT_THEIR_MOST: readonly ParameterPath[] = [
  "minter.maximumInflation",
  "broker.ticketValidity",
  "disputes.openingWindow",
];

/** `a.b` of all leaves, lists as one. */
function leavesOf(content: unknown, prefix = ""): Map<string, unknown> {
  if (typeof content !== "object" || content === null || Array.isArray(content)) return new Map([[prefix, content]]);
  return new Map(
    Object.entries(content).flatMap(([name, value]) => [
      ...leavesOf(value, prefix === "" ? name : `${prefix}.${name}`),
    ]),
  );
}

describe("governed parameters", () => {
  describe("in files", () => {
    const names = readdirSync(NETWORKS);

    it("are those of a public network, and of one to try things on", () => {
      expect(names).to.include.members(["localhost", "mainnet"]);
    });

    for (const name of names) {
      it(`of ${name}: are within bounds, each with a comment that begins with its unit`, () => {
        const text = textOf(name);
        parseParameters(JSON5.parse(text), name);
        for (const { name: key, unit } of PARAMETERS)
          expect(text, key).to.match(
            new RegExp(
              `// \\{${key === "timelock" ? "round" : unit.replace("whole ", "")}[ ,}][^\\n]*\\n( *//[^\\n]*\\n)* *${key}:`,
            ),
          );
      });

      if (name === "mainnet") continue;
      it(`of ${name}: differ from those of mainnet where the first lines say so, and only there`, () => {
        const [here, there] = [leavesOf(JSON5.parse(textOf(name))), leavesOf(JSON5.parse(textOf("mainnet")))];
        expect([...here.keys()]).to.deep.equal([...there.keys()]);
        const differing = [...here.keys()].filter(
          (key) => JSON.stringify(here.get(key)) !== JSON.stringify(there.get(key)),
        );
        const [comment = ""] = textOf(name).split("\n{");
        expect(comment.match(/[a-z]+\.[a-zA-Z]+/g) ?? []).to.deep.equal(differing);
      });
    }
  });

  describe("on the chain", () => {
    let protocol: Protocol;
    beforeEach(async () => void (protocol = await loadProtocol()));

    it("are what the file said", async () => {
      const chain = await readGoverned(protocol.ethers.provider, protocol.deployment);
      for (const { path: at } of PARAMETERS) expect(valueAt(chain, at), at).to.equal(valueAt(protocol.parameters, at));
      expect(PARAMETERS.length).to.be.at.least(27);
    });

    for (const parameter of PARAMETERS) {
      const { path: at, name, contract, setter, event } = parameter;
      const abi = readInterface(contract);
      const { inputs } = abi.getFunction(setter) as FunctionFragment;
      // All of the section at once, or this one alone.
      const names = inputs[0]!.components?.map((each) => each.name) ?? [name];
      const types = inputs[0]!.components?.map((each) => each.type) ?? [inputs[0]!.type];
      const current = async (): Promise<bigint[]> => {
        const chain = await readGoverned(protocol.ethers.provider, protocol.deployment);
        return names.map((each) => valueAt(chain, `${parameter.section}.${each}` as ParameterPath));
      };
      const send = async (values: bigint[]) => {
        const { address, runner } = await governs(protocol, contract);
        const target = new Contract(address, abi, runner);
        return target.getFunction(setter).send(inputs[0]!.components === null ? values[0] : values);
      };

      it(`${at}: ${event} has the old value and the new one`, async () => {
        const before = await current();
        const by = AT_THEIR_MOST.includes(at) ? -1n : 1n;
        const after = before.map((value, i) => (names[i] === name ? value + by : value));
        const receipt = await (await send(after)).wait();
        const logs = receipt!.logs.map((log) => abi.parseLog(log)).filter((log) => log?.name === event);
        const told = (value: unknown): unknown[] => (typeof value === "bigint" ? [value] : [...(value as bigint[])]);
        expect(logs.map((log) => [told(log!.args[0]), told(log!.args[1])])).to.deep.equal([[before, after]]);
        expect(await current()).to.deep.equal(after);
      });

      // At the end of a proposal, with all other periods: test/unit/contracts/governance.
      if (at === "governance.timelock") continue;
      it(`${at} is bounded by the contract`, async () => {
        const highest = (1n << BigInt(types[names.indexOf(name)]!.replace("uint", ""))) - 1n;
        const values = (await current()).map((value, i) => (names[i] === name ? highest : value));
        const refused: unknown = await send(values).then(
          () => "accepted",
          (error: unknown) => (error as Error).message,
        );
        expect(refused, `${name} of ${highest}`).to.match(new RegExp(`${contract}\\w+\\(`));
      });
    }
  });

  it("are written as in the file, with their unit", () => {
    const cases = [
      [5_000n * 10n ** 18n, "LPT", "5000 LPT"],
      [25n * 10n ** 15n, "ETH", "0.025 ETH"],
      [5n * 10n ** 11n, "%", "0.00005 %"],
      [1n, "round", "1 round"],
      [14n, "round", "14 rounds"],
      [0n, "1", "0"],
      [60n, "s", "60 s"],
    ] as const;
    for (const [value, unit, text] of cases) expect(written(value, unit)).to.equal(text);
  });
});

/** Where a contract is, and who may change it: the deployer, or the Governor itself. */
async function governs(protocol: Protocol, contract: ContractName) {
  const address = protocol.deployment.contracts[contract].proxy;
  const runner = contract === "ProtocolGovernor" ? await impersonate(protocol, address) : protocol.deployer;
  return { address, runner };
}
