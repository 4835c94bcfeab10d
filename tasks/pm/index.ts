import { emptyTask, task } from "hardhat/config";
import { explained } from "../common/explained.ts";
import { dir, from, json } from "../common/options.ts";

const recipient = { name: "recipient" as const, description: "Address of the orchestrator" };
const allocation = {
  name: "recipient" as const,
  description: "Address of an orchestrator: the allocation for it, instead of deposit and escrow",
  defaultValue: "",
};
const sender = {
  name: "sender" as const,
  description: "Whose it becomes: address, or number of an account (default: who sends)",
  defaultValue: "",
};

const dataDir = {
  name: "dataDir" as const,
  description: "Directory of the node's store (dataDir in its settings)",
  defaultValue: "",
};

export const pmTasks = [
  emptyTask("pm", "Pay with tickets: deposits, allocations, keys, winners").build(),

  task(["pm", "status"], "What an account has put in, set aside, owes, and has been paid")
    .addPositionalArgument({ name: "account", description: "Address, or number of an account", defaultValue: "0" })
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./status.ts")))
    .build(),

  task(["pm", "fund"], "Add to a broadcaster's deposit and penalty escrow")
    .addPositionalArgument({ name: "deposit", description: "{ETH}, 0 for none" })
    .addPositionalArgument({ name: "escrow", description: "{ETH}", defaultValue: "0" })
    .addOption(sender)
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./fund.ts")))
    .build(),

  task(["pm", "allocate"], "Set ETH aside that only one orchestrator's tickets can take")
    .addPositionalArgument(recipient)
    .addPositionalArgument({ name: "amount", description: "{ETH}" })
    .addOption(sender)
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./allocate.ts")))
    .build(),

  task(["pm", "unlock"], "Start the unlock period of deposit and escrow, or of an allocation")
    .addOption(allocation)
    .addOption({ name: "amount", description: "{ETH} of the allocation, or all", defaultValue: "all" })
    .addFlag({ name: "cancel", description: "Call it off instead" })
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./unlock.ts")))
    .build(),

  task(["pm", "withdraw"], "Withdraw what is unlocked; an allocation goes to the deposit")
    .addOption(allocation)
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./withdraw.ts")))
    .build(),

  task(["pm", "signer"], "Let a hot key sign tickets, up to a sum for each round")
    .addPositionalArgument({ name: "key", description: "Its address" })
    .addOption({ name: "cap", description: "{ETH} Most that its winners of one round take", defaultValue: "" })
    .addOption({ name: "rounds", description: "For how many rounds, this one included", defaultValue: "30" })
    .addFlag({ name: "revoke", description: "The present round is its last one" })
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./signer.ts")))
    .build(),

  task(["pm", "tickets"], "List the winners in a node's store, which may be running")
    .addOption(dataDir)
    .addOption({
      name: "state",
      description: "Only waiting, in-flight, included, paid, in-default or expired",
      defaultValue: "",
    })
    .addOption({ name: "sender", description: "Only of this one: address, or number of an account", defaultValue: "" })
    .addOption({ name: "limit", description: "Most rows, the newest", defaultValue: "50" })
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./tickets.ts")))
    .build(),

  task(
    ["pm", "redeem"],
    "Redeem the winners in the store of a node that is not running, now and at any price below what they bring",
  )
    .addOption(dataDir)
    .addOption({ name: "keyFile", description: "File with the key of the node's account", defaultValue: "" })
    .addFlag({ name: "dryRun", description: "Say what would be done and cost; the node may be running" })
    .addFlag({ name: "claimDefaults", description: "Present what cannot be paid as defaults as well, when it is time" })
    .addOption({ name: "wait", description: "{s} For transactions to be final", defaultValue: "600" })
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./redeem.ts")))
    .build(),
];
