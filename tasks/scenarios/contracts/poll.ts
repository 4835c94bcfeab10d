import { SUPPORT } from "../../../deploy/governance/ballot.ts";
import type { Scenario } from "../interface.ts";
import { requireEqual } from "../world.ts";
import { setStage } from "./stage.ts";
import { majority } from "./vote.ts";

export const poll: Scenario = {
  name: "stake can be asked",
  async run(world, step) {
    const { orchestrator } = await setStage(world, step, await majority(world));
    const polls = world.at("Polls");
    const own = world.at("Polls", orchestrator);
    const asked = await step("an orchestrator asks", async () => {
      await world.passRounds(1n);
      await world.mined(own.createPoll("# A question"));
      return polls.latestProposalOf(orchestrator);
    });
    await step("it votes with all stake behind it", async () => {
      const snapshot = await polls.proposalSnapshot(asked);
      await world.toRound(snapshot + 1n);
      await world.mined(own.castVote(asked, SUPPORT.for));
      const [, inFavour] = await polls.proposalVotes(asked);
      requireEqual(
        "the votes for {wei LPT}",
        inFavour,
        await world.at("BondingManager").getPastVotes(orchestrator, snapshot),
      );
    });
  },
};
