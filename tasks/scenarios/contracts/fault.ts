import { lieFrom, loopOf } from "../game.ts";
import type { Scenario } from "../interface.ts";
import { requireEqual, requireNear, requireThat } from "../world.ts";
import { challenge, openCourt, Outcome, playToStep } from "./court.ts";
import { ONE } from "./stage.ts";

/** {1} Such that a game about the run has two lists, and the challenger the last word. */
const TIMES = 40;
/** {1} Where the orchestrator begins to lie. */
const FIRST_LIE = 100n;

export const fault: Scenario = {
  name: "a fault is proven by one step, slashed, and paid for",
  async run(world, step) {
    const court = await openCourt(world, step, loopOf(TIMES, 2));
    const { orchestrator, delegator, broadcaster, truth } = court;
    const [game, bonding, token] = [world.at("DisputeGame"), world.at("BondingManager"), world.at("LivepeerToken")];
    const { faultAllowance, jailPeriod } = await bonding.parameters();
    const commit = async (sequence: number) => {
      const opened = await step("the broadcaster challenges the orchestrator's receipt", () =>
        challenge(world, court, truth, sequence),
      );
      await step("both play to the disputed step, and the contract executes it", async () => {
        const runs = { challenger: truth, defender: lieFrom(truth, FIRST_LIE) };
        requireThat(
          (await playToStep(world, court, opened, runs, "challenger")) !== null,
          "the broadcaster had no step to show",
        );
        const { stage } = await game.gameOf(opened.id, broadcaster, orchestrator);
        requireEqual("the stage of the game, which the defender has lost,", stage, 3n);
      });
      return opened;
    };

    // What governance forgives comes first, each in a round of its own.
    for (let forgiven = 0; forgiven < Number(faultAllowance); ++forgiven) {
      const { id, claim } = await commit(forgiven);
      await world.pass(claim.clock + 1n);
      await world.mined(game.connect(broadcaster).settle(id, claim));
      await world.passRounds(1n);
    }

    const { id, claim } = await commit(Number(faultAllowance));
    await step("the stake is slashed, and the broadcaster has its bounty", async () => {
      await world.pass(claim.clock + 1n);
      const stakes = async () => ({
        total: (await bonding.getOrchestrator(orchestrator)).totalStake,
        delegated: (await bonding.getDelegator(delegator)).stake,
      });
      const before = {
        ...(await stakes()),
        bounty: await token.balanceOf(broadcaster),
        treasury: await token.balanceOf(world.at("Treasury")),
      };
      await world.mined(game.connect(await world.account()).settle(id, claim));
      requireEqual("the outcome", await game.outcomeOf(id), Outcome.sustained);
      const after = await stakes();
      const [settled] = await game.queryFilter(
        game.filters.ChallengeSettled(id),
        await world.provider.getBlockNumber(),
      );
      const { loss = 0n, bounty = 0n } = settled?.args ?? {};
      // Not of the stake before: a round with its reward may have begun in between.
      requireNear("what was slashed {wei LPT}", loss, ((after.total + loss) * claim.slashFraction) / ONE);
      const share = (stake: typeof after) => (stake.delegated * ONE) / stake.total;
      requireNear("the delegator's share {1e18 = 1}, that of its loss,", share(after), share(before));
      requireThat(bounty > 0n, "there is no bounty");
      requireEqual("the bounty paid {wei LPT}", (await token.balanceOf(broadcaster)) - before.bounty, bounty);
      const rest = (await token.balanceOf(world.at("Treasury"))) - before.treasury;
      // Minted for the treasury in between, if a round has begun.
      requireThat(rest >= loss - bounty, `the treasury got ${rest} of ${loss - bounty} wei LPT`);
    });

    await step("the orchestrator is in jail, and comes back when that is over", async () => {
      const { jailed, activeNext, jailedUntil } = await bonding.getOrchestrator(orchestrator);
      requireThat(jailed && !activeNext, "it is not in jail");
      requireThat(jailedUntil <= (await world.round()) + jailPeriod, `it stays there until round ${jailedUntil}`);
      await world.toRound(jailedUntil);
      await world.mined(world.at("BondingManager", orchestrator).unjail());
      await world.passRounds(1n);
      requireThat(await bonding.isActive(orchestrator), "it is not active again");
    });
  },
};
