import { expect } from "chai";
import { populate } from "../../../sim/actors/population.ts";
import { findScenario } from "../../../sim/engine/load.ts";
import { Random } from "../../../sim/engine/random.ts";
import { takePlaces } from "../../../sim/engine/start.ts";
import { World } from "../../../sim/engine/world.ts";

const GWEI = 10n ** 9n;

describe("what actors see", () => {
  const scenario = findScenario("fee-ratio");
  let world: World;

  beforeEach(() => {
    world = new World(scenario);
    const random = new Random(1, 0);
    takePlaces(world, populate(scenario, "baseline", random), scenario.starts[0]!, random);
    world.nextRound();
  });

  it("is the fees of rounds whose tickets are redeemed or void, not what is earned now", () => {
    for (let round = 1; round <= 5; round++) {
      world.work(new Map([["orchestrator-1", BigInt(round) * GWEI]]));
      const { rounds, paid } = world.view();
      // A ticket of round r can be redeemed until the end of round r + 2.
      expect(paid?.round).to.equal(round < 4 ? undefined : round - 3);
      expect(rounds.map(({ pools }) => pools.get("orchestrator-1")!.fees)).to.deep.equal(
        rounds.map(({ round: earned }) => (earned <= round - 3 ? BigInt(earned) * GWEI : null)),
      );
      world.nextRound();
    }
  });

  it("is the rewards of rounds that are over, and stake as it was when the round began", () => {
    const before = world.view().present.pools.get("orchestrator-1")!.stake;
    world.wallet("delegator-1").unbond();
    const { present } = world.view();
    expect(present.rewards).to.equal(null);
    expect(present.pools.get("orchestrator-1")!.stake).to.equal(before);
    world.nextRound();
    const [over, next] = world.view().rounds;
    expect(over!.rewards! > 0n).to.equal(true);
    expect(next!.pools.get("orchestrator-1")!.stake < before).to.equal(true);
  });

  it("promises less of the same fees where more stake shares them", () => {
    for (let round = 1; round <= 4; round++) {
      world.work(new Map([["orchestrator-1", 10n ** 18n]]));
      world.nextRound();
    }
    const view = world.view();
    const alone = view.expectedIncome("orchestrator-1", 7);
    const stake = Number(view.present.pools.get("orchestrator-1")!.stake) / 1e18;
    const rewards = view.expectedIncome("orchestrator-6", 7);
    expect(view.expectedIncome("orchestrator-1", 7, stake) - rewards).to.be.closeTo((alone - rewards) / 2, 1e-15);
  });

  it("lets stake move as soon as it is not liable any more, and leave after the unbonding period", () => {
    const wallet = world.wallet("delegator-1");
    wallet.unbond();
    const [lock] = wallet.locks;
    expect(wallet.rebond(lock!, "orchestrator-2")).to.equal(false);
    for (let round = 1; round < scenario.protocol.unbondingPeriod; round++) {
      world.nextRound();
      expect(wallet.withdraw(lock!)).to.equal(false);
    }
    world.nextRound();
    expect(wallet.withdraw(lock!)).to.equal(true);
    expect(wallet.liquid > 30_000n * 10n ** 18n).to.equal(true);

    const other = world.wallet("delegator-2");
    other.unbond();
    world.nextRound();
    expect(other.rebond(other.locks[0]!, "orchestrator-3")).to.equal(true);
    expect(other.orchestrator).to.equal("orchestrator-3");
  });
});
