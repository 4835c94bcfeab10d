import path from "node:path";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { inspectCompiled, RELEASES, writeRelease } from "../../deploy/upgrades/releases.ts";
import { print } from "../common/output.ts";

export default async function snapshot(
  { release }: { readonly release: string },
  hre: HardhatRuntimeEnvironment,
): Promise<void> {
  await hre.tasks.getTask("build").run({ quiet: true });
  writeRelease(release, inspectCompiled());
  print(`written to ${path.relative(process.cwd(), path.join(RELEASES, release))}`);
}
