import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { readAlpha } from "../../deploy/alpha/network.ts";
import { prepare } from "../../deploy/alpha/prepare.ts";
import { hasAlphaRecord, readAlphaRecord, writeAlphaRecord } from "../../deploy/alpha/record.ts";
import { addressOf } from "../common/arguments.ts";
import { networkOption } from "../common/context.ts";
import { TaskError } from "../common/failure.ts";
import { print } from "../common/output.ts";
import { openToSend } from "./open.ts";
import type { AlphaArguments } from "./open.ts";

export default async function (
  args: AlphaArguments & { readonly controller: string },
  hre: HardhatRuntimeEnvironment,
): Promise<void> {
  const controller = addressOf(args.controller);
  const { dir, ...opened } = await openToSend(hre, args);
  if (!hasAlphaRecord(dir)) writeAlphaRecord(dir, { alpha: await readAlpha(opened.provider, controller) });
  const { alpha } = readAlphaRecord(dir);
  if (alpha.controller !== controller)
    throw new TaskError(`${dir} is for the alpha of ${alpha.controller}: take another directory`);
  const plan = await prepare({ ...opened, dir, alpha });
  const option = await networkOption(hre, args.dir);
  print(`everything is created; nothing of the alpha was touched. The controller's owner goes on with:`);
  print(`  npx hardhat alpha hand-over${option}   (to ${plan.accessManager.address})`);
}
