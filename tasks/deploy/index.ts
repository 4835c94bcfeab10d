import { emptyTask, task } from "hardhat/config";
import { explained } from "../common/explained.ts";
import { dirWithParameters as dir, json } from "../common/options.ts";

export const deployTasks = [
  emptyTask("deploy", "Deploy the protocol, and compare what is deployed with the files").build(),

  task(["deploy", "run"], "Bring the chain to the state that the parameters describe; run again after any failure")
    .addOption(dir)
    .setAction(explained(() => import("./run.ts")))
    .build(),

  task(
    ["deploy", "status"],
    "Compare the chain with parameters and sources; writes nothing, and ends with 1 if they differ",
  )
    .addOption(dir)
    .addFlag({ name: "all", description: "Show what is as it should be of each contract, too" })
    .addFlag(json)
    .setAction(explained(() => import("./status.ts")))
    .build(),
];
