import { emptyTask, task } from "hardhat/config";
import { explained } from "../common/explained.ts";
import { dir, json } from "../common/options.ts";

export const delegatorTasks = [
  emptyTask("delegator", "Compare what orchestrators earn their delegators").build(),

  task(["delegator", "show"], "The fee ratio of every orchestrator, beside a delegator's own")
    .addOption({
      name: "address",
      description: "The delegator: an address, or the number of an account",
      defaultValue: "0",
    })
    .addOption({ name: "rounds", description: "Over how many rounds, up to the last closed one", defaultValue: "10" })
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./show.ts")))
    .build(),
];
