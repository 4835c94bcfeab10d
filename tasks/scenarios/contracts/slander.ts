import { loopOf } from "../game.ts";
import type { Scenario } from "../interface.ts";
import { requireEqual, requireThat } from "../world.ts";
import { challenge, openCourt, Outcome, playToStep, slander } from "./court.ts";

/** {1} Such that a game about the run has three lists, and the defender the last word; or two, and the accuser has it. */
const [LONG, SHORT] = [100, 40];
/** {1} Where the accuser begins to lie. */
const FIRST_LIE = 100n;

export const refuted: Scenario = {
  name: "a false accusation is refuted by one step, and costs the accuser",
  async run(world, step) {
    const court = await openCourt(world, step, loopOf(LONG, 1));
    const { orchestrator, truth, broadcaster } = court;
    const [game, bonding] = [world.at("DisputeGame"), world.at("BondingManager")];
    const treasury = world.at("Treasury");
    const lie = slander(court, FIRST_LIE);
    const opened = await step("the broadcaster accuses good work", () => challenge(world, court, lie));

    await step("both play to the disputed step, and the contract executes it", async () => {
      const before = {
        stake: (await bonding.getOrchestrator(orchestrator)).totalStake,
        treasury: await world.provider.getBalance(treasury),
        accuser: await world.provider.getBalance(broadcaster),
      };
      const proof = await playToStep(world, court, opened, { challenger: lie, defender: truth }, "defender");
      requireThat(proof !== null, "the defender had no step to show");
      requireEqual("the outcome", await game.outcomeOf(opened.id), Outcome.refuted);
      const { disputes, totalStake, jailed } = await bonding.getOrchestrator(orchestrator);
      requireEqual("the number of open disputes", disputes, 0n);
      requireThat(totalStake >= before.stake && !jailed, "the orchestrator was punished");
      requireThat((await world.provider.getBalance(treasury)) > before.treasury, "the treasury got no penalty");
      requireThat((await world.provider.getBalance(broadcaster)) <= before.accuser, "the accuser was paid");
    });
  },
};

export const unproven: Scenario = {
  name: "who lies has no step that the contract would accept",
  async run(world, step) {
    const court = await openCourt(world, step, loopOf(SHORT, 1));
    const { orchestrator, truth } = court;
    const lie = slander(court, FIRST_LIE);
    const opened = await step("the broadcaster accuses good work", () => challenge(world, court, lie));
    await step("both play to the disputed step, and the contract refuses it", async () => {
      const proof = await playToStep(world, court, opened, { challenger: lie, defender: truth }, "defender");
      requireThat(proof === null, "the accuser had a step to show");
    });
    await step("its clock runs out, and the accusation is refuted", async () => {
      await world.pass(opened.claim.clock + 1n);
      const game = world.at("DisputeGame", await world.account());
      await world.mined(game.timeout(opened.id, orchestrator, opened.claim));
      requireEqual("the outcome", await game.outcomeOf(opened.id), Outcome.refuted);
    });
  },
};
