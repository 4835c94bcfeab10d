import type { Provider } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { readAlpha } from "../../deploy/alpha/network.ts";
import { prepare } from "../../deploy/alpha/prepare.ts";
import { hasAlphaRecord, readAlphaRecord, writeAlphaRecord } from "../../deploy/alpha/record.ts";
import { addressOf } from "../common/arguments.ts";
import { networkOption } from "../common/context.ts";
import { TaskError } from "../common/failure.ts";
import type { AlphaRecord } from "../../deploy/alpha/record.ts";
import { print } from "../common/output.ts";
import { openToSend } from "./open.ts";
import type { AlphaArguments } from "./open.ts";

export default async function (
  args: AlphaArguments & { readonly controller: string; readonly since: string },
  hre: HardhatRuntimeEnvironment,
): Promise<void> {
  const controller = addressOf(args.controller);
  const { dir, ...opened } = await openToSend(hre, args);
  const known = hasAlphaRecord(dir) ? readAlphaRecord(dir) : { alpha: await readAlpha(opened.provider, controller) };
  if (known.alpha.controller !== controller)
    throw new TaskError(`${dir} is for the alpha of ${known.alpha.controller}: take another directory`);
  const record = { ...known, block: await firstBlock(opened.provider, known, args.since) };
  writeAlphaRecord(dir, record);
  const plan = await prepare({ ...opened, ...record, dir });
  const option = await networkOption(hre, args.dir);
  print(`everything is created; nothing of the alpha was touched. The controller's owner goes on with:`);
  print(`  npx hardhat alpha hand-over${option}   (to ${plan.accessManager.address})`);
}

/** From which block on the alpha's stake has events. Not looked for with `eth_getCode`: a node that does not know the states of old blocks may answer that there was no code. */
async function firstBlock(
  provider: Provider,
  { alpha: { bondingManager }, block }: AlphaRecord,
  since: string,
): Promise<number | undefined> {
  if (since === "") return block;
  const first = /^\d{1,15}$/.test(since) ? Number(since) : -1;
  if (first < 0 || first > (await provider.getBlockNumber())) throw new TaskError(`${since} is no block of this chain`);
  const before = first === 0 ? "0x" : await provider.getCode(bondingManager, first - 1).catch(() => "0x");
  if (before !== "0x") throw new TaskError(`the alpha was there before block ${first}: say one that is not after it`);
  return first;
}
