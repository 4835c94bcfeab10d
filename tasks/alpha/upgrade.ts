import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { upgrade } from "../../deploy/alpha/upgrade.ts";
import { networkOption } from "../common/context.ts";
import { print } from "../common/output.ts";
import { openToSend } from "./open.ts";
import type { AlphaArguments } from "./open.ts";

export default async function (args: AlphaArguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  await upgrade(await openToSend(hre, args));
  print("the alpha is Streamflow: supply, stake and ETH are what they were. Go on with:");
  print(`  npx hardhat alpha conclude${await networkOption(hre, args.dir)}`);
}
