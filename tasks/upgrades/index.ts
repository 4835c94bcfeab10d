import { ArgumentType } from "hardhat/types/arguments";
import { emptyTask, task } from "hardhat/config";
import { explained } from "../common/explained.ts";
import { json } from "../common/options.ts";

export const upgradesTasks = [
  emptyTask("upgrades", "Compare the contracts with what was released of them").build(),

  task(["upgrades", "validate"], "Refuse what an upgrade from a release would break: storage, code, interfaces")
    .addOption({
      name: "release",
      description: "Version to upgrade from (default: the newest)",
      defaultValue: "",
    })
    .addFlag(json)
    .setAction(explained(() => import("./validate.ts")))
    .build(),

  task(["upgrades", "snapshot"], "Write down what is released now: layouts, interfaces, errors")
    .addPositionalArgument({ name: "release", description: "Its version: 1.2.3", type: ArgumentType.STRING })
    .setAction(explained(() => import("./snapshot.ts")))
    .build(),
];
