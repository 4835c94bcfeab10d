import { ArgumentType } from "hardhat/types/arguments";
import { emptyTask, task } from "hardhat/config";
import { explained } from "../common/explained.ts";
import { dir, from, json } from "../common/options.ts";

const poll = {
  name: "poll" as const,
  description: "Its number or the beginning of it: npx hardhat polls list",
  type: ArgumentType.STRING as const,
};

export const pollsTasks = [
  emptyTask("polls", "Ask stake about a text; nothing is executed").build(),

  task(["polls", "ask"], "Ask, as an account that has the stake to propose and no other poll open")
    .addPositionalArgument({
      name: "file",
      description: "Markdown, at most 20,000 characters; its first line is the title",
      type: ArgumentType.FILE,
    })
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./ask.ts")))
    .build(),

  task(["polls", "list"], "List polls, the newest first")
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./list.ts")))
    .build(),

  task(["polls", "show"], "Show a poll: its text, and how its vote stands")
    .addPositionalArgument(poll)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./show.ts")))
    .build(),

  task(["polls", "vote"], "Vote, as an orchestrator with all stake behind it, as a delegator with its own")
    .addPositionalArgument(poll)
    .addPositionalArgument({ name: "support", description: "for, against or abstain", type: ArgumentType.STRING })
    .addOption({ name: "reason", description: "Is kept on the chain beside the vote", defaultValue: "" })
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./vote.ts")))
    .build(),
];
