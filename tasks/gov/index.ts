import { ArgumentType } from "hardhat/types/arguments";
import { emptyTask, task } from "hardhat/config";
import { explained } from "../common/explained.ts";
import { dir, json } from "../common/options.ts";

export const govTasks = [
  emptyTask("gov", "See what is proposed and how votes stand").build(),

  task(["gov", "list"], "List proposals, the newest first")
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./list.ts")))
    .build(),

  task(["gov", "show"], "Show a proposal: its reasons, its calls, and how its vote stands")
    .addPositionalArgument({
      name: "proposal",
      description: "Its number or the beginning of it, or the name of a migration that was proposed from here",
      type: ArgumentType.STRING,
    })
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./show.ts")))
    .build(),
];
