import { expect } from "chai";
import { administratorOf } from "../../deploy/hand-over.ts";
import { CONTRACT_SCENARIOS } from "../../scenarios/contracts/index.ts";
import { NODE_SCENARIOS } from "../../scenarios/nodes/index.ts";
import { play } from "../../scenarios/play.ts";
import { World } from "../../scenarios/world.ts";
import { LOCALHOST_PARAMETERS, MAINNET_PARAMETERS } from "../fixtures/networks.ts";
import { serveProtocol } from "../fixtures/served-chain.ts";
import type { Served } from "../fixtures/served-chain.ts";

for (const [network, parameters] of [
  ["localhost", LOCALHOST_PARAMETERS],
  ["mainnet", MAINNET_PARAMETERS],
] as const)
  describe(`scenarios, with the parameters of ${network}`, function () {
    this.timeout(300_000);
    let served: Served;
    let world: World;

    before(async () => {
      served = await serveProtocol(parameters);
      const { url: rpcUrl, provider, deployment } = served;
      const { account: administrator } = administratorOf(deployment, served.parameters);
      world = new World({ rpcUrl, provider, deployment, administrator });
    });
    after(() => served.close());

    for (const scenario of CONTRACT_SCENARIOS)
      it(scenario.name, async () => {
        const [played] = await play(world, [scenario]);
        expect(played!.problem).to.equal(null);
      });

    for (const scenario of NODE_SCENARIOS)
      it(`${scenario.name}, on a copy`, () =>
        served.onCopy(async (copy) => {
          const { deployment } = served;
          const { account: administrator } = administratorOf(deployment, served.parameters);
          const [played] = await play(new World({ ...copy, deployment, administrator }), [scenario]);
          expect(played!.problem).to.equal(null);
        }));
  });
