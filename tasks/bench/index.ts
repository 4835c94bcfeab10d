import { emptyTask, task } from "hardhat/config";
import { ArgumentType } from "hardhat/types/arguments";

export const benchTasks = [
  emptyTask("bench", "Measure; results go to test/bench/results").build(),
  task(["bench", "demo"], "Time the whole run against bare ffmpeg on the same clip")
    .addOption({ name: "runs", description: "How often", type: ArgumentType.INT, defaultValue: 5 })
    .addOption({
      name: "seconds",
      description: "Length of the generated clip",
      type: ArgumentType.INT,
      defaultValue: 30,
    })
    .addOption({
      name: "input",
      description: "Video file instead of the generated clip",
      type: ArgumentType.FILE_WITHOUT_DEFAULT,
      defaultValue: undefined,
    })
    .setAction(() => import("./demo.ts"))
    .build(),
  task(["bench", "gas"], "Measure what the contracts cost, with few and many orchestrators and rounds")
    .addFlag({ name: "check", description: "Only compare what is quickly measured with the results that are kept" })
    .setAction(() => import("./gas.ts"))
    .build(),
];
