import { task } from "hardhat/config";
import { ArgumentType } from "hardhat/types/arguments";

export const devnetTask = task("devnet", "Run a whole network on this machine, for your own encoder and player")
  .addOption({
    name: "orchestrators",
    description: "How many orchestrators, each with a transcoder",
    type: ArgumentType.INT,
    defaultValue: 2,
  })
  .addOption({ name: "out", description: "Directory for everything that it writes", defaultValue: "out/devnet" })
  .addOption({
    name: "port",
    description: "For encoders that push by HTTP, and for players; 0 takes a free one",
    type: ArgumentType.INT,
    defaultValue: 8935,
  })
  .addOption({
    name: "rtmpPort",
    description: "For encoders that speak RTMP; 0 takes a free one",
    type: ArgumentType.INT,
    defaultValue: 1935,
  })
  .setAction(() => import("./action.ts"))
  .build();
