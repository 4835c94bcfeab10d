import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { prepare } from "../../deploy/governance/prepare.ts";
import type { MigrationRecord } from "../../deploy/governance/record.ts";
import { networkOption } from "../common/context.ts";
import { print, printFacts, printJson } from "../common/output.ts";
import { openToSend } from "./open.ts";
import type { SendArguments } from "./open.ts";

export default async function (args: SendArguments, hre: HardhatRuntimeEnvironment): Promise<MigrationRecord> {
  await hre.tasks.getTask("build").run({ quiet: true });
  const opened = await openToSend(hre, args);
  let sent = 0;
  const record = await prepare({
    ...opened,
    onTransaction: (step, hash) => {
      sent += 1;
      if (!args.json) print(`${hash}  ${step}`);
    },
  });
  if (args.json) printJson(record);
  else {
    const artifacts = Object.entries(record.artifacts);
    if (artifacts.length === 0) print(`${opened.id} needs no contracts`);
    else printFacts(opened.id, artifacts);
    print(
      `${sent} transactions sent; look at it on a copy of the chain: npx hardhat migrate simulate ${opened.id}${await networkOption(hre, args.dir)}`,
    );
  }
  return record;
}
