import { emptyTask, task } from "hardhat/config";
import { explained } from "../common/explained.ts";
import { dir, json } from "../common/options.ts";

export const roundsTasks = [
  emptyTask("rounds", "Read the rounds and what they mint").build(),

  task(["rounds", "status"], "The present round, what it mints, and how much is at stake")
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./status.ts")))
    .build(),
];
