import { emptyTask, task } from "hardhat/config";
import { explained } from "../common/explained.ts";
import { dir, json } from "../common/options.ts";

export const orchestratorsTasks = [
  emptyTask("orchestrators", "Read who is registered").build(),

  task(["orchestrators", "list"], "All orchestrators, by the stake behind them")
    .addFlag({ name: "active", description: "Only those that may take jobs" })
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./list.ts")))
    .build(),

  task(["orchestrators", "show"], "One orchestrator: its stake, offer, delegators and fees")
    .addPositionalArgument({ name: "orchestrator", description: "Its address, or the number of an account" })
    .addOption({ name: "rounds", description: "Rounds of fees, from the newest", defaultValue: "10" })
    .addOption({ name: "delegators", description: "Delegators, from the largest", defaultValue: "20" })
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./show.ts")))
    .build(),
];
