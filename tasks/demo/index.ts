import { task } from "hardhat/config";
import { ArgumentType } from "hardhat/types/arguments";

const streamTask = task("demo", "Stream a clip through a local network of staked orchestrators and account for it")
  .addOption({
    name: "input",
    description: "Video file; without it a clip is generated",
    type: ArgumentType.FILE_WITHOUT_DEFAULT,
    defaultValue: undefined,
  })
  .addOption({ name: "out", description: "Directory for everything that the demo writes", defaultValue: "out/demo" })
  .addOption({
    name: "orchestrators",
    description: "How many orchestrators, each with a transcoder",
    type: ArgumentType.INT,
    defaultValue: 2,
  })
  .addOption({ name: "seconds", description: "Length of the generated clip", type: ArgumentType.INT, defaultValue: 30 })
  .addFlag({ name: "realtime", description: "Stream at the clip's own speed, as a live source would" })
  .addOption({
    name: "report",
    description: "File that receives the account as JSON",
    type: ArgumentType.FILE_WITHOUT_DEFAULT,
    defaultValue: undefined,
  })
  .setAction(() => import("./action.ts"))
  .build();

const faultTask = task(
  ["demo", "fault"],
  "Catch an orchestrator that sells spoilt work, dispute it step by step, slash it; and accuse an honest one in vain",
)
  .addOption({
    name: "out",
    description: "Directory for everything that the demo writes",
    defaultValue: "out/demo-fault",
  })
  .addOption({ name: "seconds", description: "Length of the generated clip", type: ArgumentType.INT, defaultValue: 8 })
  .addOption({
    name: "cheat",
    description: "How the work is spoilt: frames (every second one is dropped) or size (half of it)",
    defaultValue: "frames",
  })
  .setAction(() => import("./fault/action.ts"))
  .build();

export const demoTasks = [streamTask, faultTask];
