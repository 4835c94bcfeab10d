import { ArgumentType } from "hardhat/types/arguments";
import { emptyTask, task } from "hardhat/config";
import { explained } from "../common/explained.ts";
import { dirWithParameters as dir, from, json } from "../common/options.ts";

const migration = {
  name: "migration" as const,
  description: "Name of the file in deploy/migrations, or the number of its LIP: lip-6_dispute-costs, or 6",
  type: ArgumentType.STRING as const,
};

const suite = {
  name: "suite" as const,
  description: "What is played on the copy afterwards: full, contracts (without the node's processes) or none",
  defaultValue: "full",
};

export const migrateTasks = [
  emptyTask("migrate", "Change the protocol by a vote: docs/guides/changing-the-protocol.md").build(),

  task(["migrate", "new"], "Write the file of a new migration, to be filled in")
    .addPositionalArgument({ name: "lip", description: "Number of the LIP that it is of", type: ArgumentType.STRING })
    .addPositionalArgument({ name: "name", description: "What it does: shorter-rounds", type: ArgumentType.STRING })
    .setAction(explained(() => import("./new.ts")))
    .build(),

  task(["migrate", "prepare"], "Create the contracts that a migration needs; run again after any failure")
    .addPositionalArgument(migration)
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./prepare.ts")))
    .build(),

  task(
    ["migrate", "simulate"],
    "Execute a migration on a copy of the chain, do there what people do, and look at everything; ends with 1 if it is not good",
  )
    .addPositionalArgument(migration)
    .addOption(suite)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./simulate.ts")))
    .build(),

  task(["migrate", "propose"], "Ask for a vote on a migration, once it was good on a copy of the chain")
    .addPositionalArgument(migration)
    .addOption(suite)
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./propose.ts")))
    .build(),

  task(["migrate", "vote"], "Vote on it with all stake of an account")
    .addPositionalArgument(migration)
    .addPositionalArgument({
      name: "support",
      description: "for, against or abstain",
      type: ArgumentType.STRING,
    })
    .addOption({ name: "reason", description: "Is kept on the chain beside the vote", defaultValue: "" })
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./vote.ts")))
    .build(),

  task(["migrate", "queue"], "Begin the timelock of an accepted one")
    .addPositionalArgument(migration)
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./queue.ts")))
    .build(),

  task(["migrate", "execute"], "Execute a queued one when its timelock is over")
    .addPositionalArgument(migration)
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./execute.ts")))
    .build(),

  task(["migrate", "verify"], "Say whether the chain is as a migration promised; ends with 1 if it is not")
    .addPositionalArgument(migration)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./verify.ts")))
    .build(),
];
