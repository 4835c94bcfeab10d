import { expect } from "chai";
import type { Wallet } from "ethers";
import { readInterface } from "../../deploy/artifacts.ts";
import type { ContractName } from "../../deploy/contracts.ts";
import { administratorOf } from "../../deploy/hand-over.ts";
import { administrator } from "../../tasks/scenarios/contracts/administrator.ts";
import { fault } from "../../tasks/scenarios/contracts/fault.ts";
import { CONTRACT_SCENARIOS } from "../../tasks/scenarios/contracts/index.ts";
import { poll } from "../../tasks/scenarios/contracts/poll.ts";
import { registry } from "../../tasks/scenarios/contracts/registry.ts";
import { refuted, unproven } from "../../tasks/scenarios/contracts/slander.ts";
import { stake } from "../../tasks/scenarios/contracts/stake.ts";
import { tickets } from "../../tasks/scenarios/contracts/tickets.ts";
import { vote } from "../../tasks/scenarios/contracts/vote.ts";
import type { Scenario } from "../../tasks/scenarios/interface.ts";
import { NODE_SCENARIOS } from "../../tasks/scenarios/nodes/index.ts";
import { play } from "../../tasks/scenarios/play.ts";
import { World } from "../../tasks/scenarios/world.ts";
import { LOCALHOST_PARAMETERS, MAINNET_PARAMETERS } from "../fixtures/networks.ts";
import { serveProtocol } from "../fixtures/served-chain.ts";
import type { Served } from "../fixtures/served-chain.ts";

/** What must work for each: without it the scenario has to fail. */
const MATTERS: readonly (readonly [Scenario, ContractName])[] = [
  [stake, "Minter"],
  [tickets, "TicketBroker"],
  [registry, "ServiceRegistry"],
  [fault, "DisputeGame"],
  [refuted, "DisputeGame"],
  [unproven, "DisputeGame"],
  [administrator, "Treasury"],
  [vote, "ProtocolGovernor"],
  [poll, "Polls"],
];

/** Where a round begins before each account that a scenario makes, as one may anywhere. */
class RestlessWorld extends World {
  override async account(tokens?: bigint): Promise<Wallet> {
    await this.passRounds(1n);
    return super.account(tokens);
  }
}

for (const [network, parameters] of [
  ["localhost", LOCALHOST_PARAMETERS],
  ["mainnet", MAINNET_PARAMETERS],
] as const)
  describe(`scenarios, with the parameters of ${network}`, function () {
    let served: Served;
    let world: World;
    let restless: World;

    before(async () => {
      served = await serveProtocol(parameters);
      const { url: rpcUrl, provider, deployment } = served;
      const administrator = administratorOf(deployment, served.parameters).account;
      world = new World({ rpcUrl, provider, deployment, administrator });
      restless = new RestlessWorld({ rpcUrl, provider, deployment, administrator });
    });
    after(() => served.close());

    for (const scenario of CONTRACT_SCENARIOS)
      it(scenario.name, async () => {
        const [played] = await play(world, [scenario]);
        expect(played!.problem, played!.problem ?? "").to.equal(null);
      });

    for (const scenario of CONTRACT_SCENARIOS)
      it(`${scenario.name}, while rounds begin`, async () => {
        const [played] = await play(restless, [scenario]);
        expect(played!.problem, played!.problem ?? "").to.equal(null);
      });

    for (const scenario of NODE_SCENARIOS)
      it(`${scenario.name}, on a copy`, () =>
        served.onCopy(async (copy) => {
          const { deployment, parameters } = served;
          const { account } = administratorOf(deployment, parameters);
          const [played] = await play(new World({ ...copy, deployment, administrator: account }), [scenario]);
          expect(played!.problem, played!.problem ?? "").to.equal(null);
        }));

    for (const [scenario, name] of MATTERS)
      it(`"${scenario.name}" fails without the ${name}`, () =>
        world.aside(async () => {
          // Any other logic.
          const { implementation } = served.deployment.contracts.RoundsManager;
          const { proxy, proxyAdmin } = served.deployment.contracts[name];
          const upgrade = readInterface("ProxyAdmin").encodeFunctionData("upgradeAndCall", [
            proxy,
            implementation,
            "0x",
          ]);
          await world.administer(proxyAdmin, upgrade);
          const [played] = await play(world, [scenario]);
          expect(played!.problem).not.to.equal(null);
        }));
  });
