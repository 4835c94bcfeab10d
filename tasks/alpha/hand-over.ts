import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { handOverController } from "../../deploy/alpha/upgrade.ts";
import { print } from "../common/output.ts";
import { openToSend } from "./open.ts";
import type { AlphaArguments } from "./open.ts";

export default async function (args: AlphaArguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  const plan = await handOverController(await openToSend(hre, args));
  print(
    `the AccessManager ${plan.accessManager.address} has the alpha's controller; its administrator can give it back`,
  );
}
