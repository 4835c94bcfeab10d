import { task } from "hardhat/config";
import { ArgumentType } from "hardhat/types/arguments";

export const simTask = task(
  "sim",
  "Let actors live in the executable model and see whether it does what is expected of it",
)
  .addPositionalArgument({
    name: "scenario",
    description: "Its name, or its file; without it all are listed",
    defaultValue: "",
  })
  .addOption({
    name: "seed",
    description: "Other random numbers than the scenario's",
    type: ArgumentType.INT,
    defaultValue: -1,
  })
  .addOption({
    name: "out",
    description: "Directory for CSV, JSON and SVG (default: out/sim/<scenario>-<seed>)",
    defaultValue: "",
  })
  .addFlag({ name: "json", description: "Print JSON" })
  .setAction(() => import("./sim.ts"))
  .build();
