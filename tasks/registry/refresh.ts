import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { addressOf } from "../common/arguments.ts";
import type { WriteArguments } from "../common/context.ts";
import { openContracts, signerOf } from "../common/context.ts";
import type { Sent } from "../common/output.ts";
import { settle } from "../common/output.ts";

interface Arguments extends WriteArguments {
  readonly orchestrator: string;
}

/** `npx hardhat registry refresh`: anybody may. */
export default async function refresh(
  { orchestrator: named, from, dir, json }: Arguments,
  hre: HardhatRuntimeEnvironment,
): Promise<Sent & { listed: boolean }> {
  const orchestrator = addressOf(named);
  const { registry } = await openContracts(hre, dir);
  const writing = registry.connect(await signerOf(hre, from));
  const listed = await writing.refresh.staticCall(orchestrator);
  return settle(writing.refresh(orchestrator), {
    json,
    text: `the offer of ${orchestrator} is ${listed ? "listed" : "not listed"}`,
    data: { listed },
  });
}
