import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { claimNext, lastRoundOf } from "../../deploy/alpha/claims.ts";
import { readAlphaRecord } from "../../deploy/alpha/record.ts";
import { openSender } from "../../deploy/sender.ts";
import { accountOf } from "../common/context.ts";
import { print } from "../common/output.ts";
import { openToSend } from "./open.ts";
import type { AlphaArguments } from "./open.ts";

/** `npx hardhat alpha claim` */
export default async function (
  args: AlphaArguments & { readonly account: string },
  hre: HardhatRuntimeEnvironment,
): Promise<void> {
  const { provider, dir, ...opened } = await openToSend(hre, args);
  const { alpha } = readAlphaRecord(dir);
  const account = await accountOf(hre, args.account);
  const sender = await openSender(opened, provider);
  const last = await lastRoundOf(provider, alpha);
  for (let done = 0n; done < last;) done = await claimNext(sender, alpha, account, done);
  print(`${account} has claimed all that the alpha's rounds have earned`);
}
