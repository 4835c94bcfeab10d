import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { handOverCall } from "../../deploy/alpha/enact.ts";
import { preparedPlan } from "../../deploy/alpha/upgrade.ts";
import { openSender } from "../../deploy/sender.ts";
import { print } from "../common/output.ts";
import { openToSend } from "./open.ts";
import type { AlphaArguments } from "./open.ts";

export default async function (args: AlphaArguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  const opened = await openToSend(hre, args);
  const plan = await preparedPlan(opened.provider, opened.dir);
  const { target, data, description, isDone } = handOverCall(plan);
  if (!(await isDone(opened.provider)))
    await (await openSender(opened, opened.provider)).send(description, target, data);
  print(
    `the AccessManager ${plan.accessManager.address} has the alpha's controller; its administrator can give it back`,
  );
}
