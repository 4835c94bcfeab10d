import path from "node:path";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { conclude } from "../../deploy/alpha/conclude.ts";
import { preparedPlan } from "../../deploy/alpha/upgrade.ts";
import { print } from "../common/output.ts";
import { openToSend } from "./open.ts";
import type { AlphaArguments } from "./open.ts";

export default async function (args: AlphaArguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  const { parameters, ...opened } = await openToSend(hre, args);
  const plan = await preparedPlan(opened.provider, opened.dir);
  await conclude({ ...opened, alpha: plan.alpha }, plan, parameters);
  print(`nothing is left to do; the deployment is in ${path.join(opened.dir, "deployment.json")}`);
}
