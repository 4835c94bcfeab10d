import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { WriteArguments } from "./context.ts";
import { openRegistry, signerOf } from "./context.ts";
import type { Sent } from "./output.ts";
import { settle } from "./output.ts";

interface Arguments extends WriteArguments {
  readonly orchestrator: string;
}

/** `npx hardhat registry refresh`: anybody may. */
export default async function refresh(
  { orchestrator, from, dir, json }: Arguments,
  hre: HardhatRuntimeEnvironment,
): Promise<Sent & { listed: boolean }> {
  const { registry } = await openRegistry(hre, dir);
  const writing = registry.connect(await signerOf(hre, from));
  const listed = await writing.refresh.staticCall(orchestrator);
  return settle(writing.refresh(orchestrator), {
    json,
    text: `the offer of ${orchestrator} is ${listed ? "listed" : "not listed"}`,
    data: { listed },
  });
}
