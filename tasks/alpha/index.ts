import { ArgumentType } from "hardhat/types/arguments";
import { emptyTask, task } from "hardhat/config";
import { explained } from "../common/explained.ts";
import { from, json } from "../common/options.ts";

const dir = {
  name: "dir" as const,
  description: "Directory of parameters.json5, alpha.json and deployment.json (default: deploy/networks/<network>)",
  defaultValue: "",
};

export const alphaTasks = [
  emptyTask("alpha", "Make Streamflow of an alpha: docs/guides/alpha-migration.md").build(),

  task(["alpha", "rehearsal"], "Deploy a small alpha to practise on, with stake, locks and deposits")
    .addOption(from)
    .addFlag(json)
    .setAction(explained(() => import("./rehearsal.ts")))
    .build(),

  task(["alpha", "prepare"], "Create everything new; touches nothing of the alpha; run again after any failure")
    .addPositionalArgument({
      name: "controller",
      description: "Address of the alpha's controller",
      type: ArgumentType.STRING,
    })
    .addOption({
      name: "since",
      description:
        "Block in which the alpha was deployed, or an earlier one: its events are read from there on (default: 0)",
      defaultValue: "",
    })
    .addOption(from)
    .addOption(dir)
    .setAction(explained(() => import("./prepare.ts")))
    .build(),

  task(["alpha", "hand-over"], "Give the controller to the new AccessManager, as its owner")
    .addOption(from)
    .addOption(dir)
    .setAction(explained(() => import("./hand-over.ts")))
    .build(),

  task(["alpha", "upgrade"], "Make every call that was not made yet; run again after any failure")
    .addOption(from)
    .addOption(dir)
    .setAction(explained(() => import("./upgrade.ts")))
    .build(),

  task(["alpha", "status"], "List the calls of the upgrade and what is left of them; writes nothing")
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./status.ts")))
    .build(),

  task(["alpha", "conclude"], "Check that nothing is left, and hand the new contracts over as the parameters say")
    .addOption(from)
    .addOption(dir)
    .setAction(explained(() => import("./conclude.ts")))
    .build(),

  task(["alpha", "position"], "What an account has from the alpha: stake, fees, deposit")
    .addPositionalArgument({ name: "account", description: "Address, or number of an account", defaultValue: "0" })
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./position.ts")))
    .build(),

  task(["alpha", "claim"], "Claim what an account has not claimed of the alpha, in as many transactions as it takes")
    .addPositionalArgument({
      name: "account",
      description: "Address, or number of an account: anybody may claim for anybody",
      defaultValue: "0",
    })
    .addOption(from)
    .addOption(dir)
    .setAction(explained(() => import("./claim.ts")))
    .build(),

  task(["alpha", "withdraw-fees"], "Withdraw the fees that the alpha owes the account that sends")
    .addOption({ name: "recipient", description: "Who gets them (default: who sends)", defaultValue: "" })
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./withdraw-fees.ts")))
    .build(),

  task(["alpha", "move-deposit"], "Move a broadcaster's deposit of the alpha to the TicketBroker")
    .addPositionalArgument({ name: "escrow", description: "{ETH} of it as penalty escrow", defaultValue: "0" })
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./move-deposit.ts")))
    .build(),

  task(["alpha", "withdraw-deposit"], "Withdraw a broadcaster's deposit of the alpha")
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./withdraw-deposit.ts")))
    .build(),
];
