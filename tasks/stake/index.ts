import { emptyTask, task } from "hardhat/config";
import { explained } from "../common/explained.ts";
import { dir, from, json } from "../common/options.ts";

const orchestrator = {
  name: "orchestrator",
  description: "Its address (default: behind whom the account stands)",
  defaultValue: "",
} as const;

const amountOrAll = { name: "amount" as const, description: "{LPT}, or all" };
const locks = { name: "locks" as const, description: "Their numbers" };
const ratios = [
  { name: "rewardCut" as const, description: "Part of the rewards to keep {%}" },
  { name: "feeShare" as const, description: "Part of the fees to give to the stake {%}" },
] as const;

export const stakeTasks = [
  emptyTask("stake", "Bond LPT, move it, and take out what it earned").build(),

  task(["stake", "status"], "What an account has: stake, locks, fees")
    .addPositionalArgument({ name: "account", description: "Address, or number of an account", defaultValue: "0" })
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./status.ts")))
    .build(),

  task(["stake", "bond"], "Bond LPT behind an orchestrator, active from the next round on")
    .addPositionalArgument({ name: "amount", description: "{LPT}" })
    .addPositionalArgument(orchestrator)
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./bond.ts")))
    .build(),

  task(["stake", "unbond"], "Take stake back: it leaves when the round ends, and can be withdrawn later")
    .addPositionalArgument(amountOrAll)
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./unbond.ts")))
    .build(),

  task(["stake", "rebond"], "Bond what has left again, behind the same orchestrator or another one")
    .addPositionalArgument({ name: "orchestrator", description: "Its address" })
    .addVariadicArgument(locks)
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./rebond.ts")))
    .build(),

  task(["stake", "move"], "Leave the orchestrator for another one: run it once, and what it prints later")
    .addPositionalArgument({ name: "orchestrator", description: "Address of the other one" })
    .addVariadicArgument({ ...locks, description: "Locks that are ready: bonds them at once", defaultValue: [] })
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./move.ts")))
    .build(),

  task(["stake", "withdraw"], "Withdraw what has left and is free")
    .addVariadicArgument({ ...locks, description: "Numbers of locks; none: all that are free", defaultValue: [] })
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./withdraw.ts")))
    .build(),

  task(["stake", "fees"], "Call in the fees that are due, and withdraw the account's part")
    .addOption({ name: "to", description: "Who gets the ETH (default: the account)", defaultValue: "" })
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./fees.ts")))
    .build(),

  task(["stake", "register"], "Become an orchestrator")
    .addPositionalArgument(ratios[0])
    .addPositionalArgument(ratios[1])
    .addOption({ name: "amount", description: "Own stake to bond at once {LPT}", defaultValue: "0" })
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./register.ts")))
    .build(),

  task(["stake", "commission"], "Announce other ratios of an orchestrator")
    .addPositionalArgument(ratios[0])
    .addPositionalArgument(ratios[1])
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./commission.ts")))
    .build(),

  task(["stake", "unbond-commission"], "Take an orchestrator's commission out of its pool, into a lock")
    .addPositionalArgument(amountOrAll)
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./unbond-commission.ts")))
    .build(),

  task(["stake", "resign"], "Take all of an orchestrator's own stake and commission out; it stays registered")
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./resign.ts")))
    .build(),

  task(["stake", "reward"], "Bring an orchestrator up to date; nobody has to")
    .addPositionalArgument(orchestrator)
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./reward.ts")))
    .build(),

  task(["stake", "unjail"], "Leave the jail, once its period is over")
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./unjail.ts")))
    .build(),
];
