import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { cellName, cellOf } from "./arguments.ts";
import type { WriteArguments } from "../common/context.ts";
import { openContracts, signerOf } from "../common/context.ts";
import type { Sent } from "../common/output.ts";
import { settle } from "../common/output.ts";

interface Arguments extends WriteArguments {
  readonly regions: string[];
}

/** `npx hardhat registry set-regions`: in any order, none means anywhere. */
export default async function setRegions(
  { regions, from, dir, json }: Arguments,
  hre: HardhatRuntimeEnvironment,
): Promise<Sent & { regions: string[] }> {
  const cells = [...new Set(regions.map(cellOf))].sort((a, b) => (a < b ? -1 : 1));
  const { registry } = await openContracts(hre, dir);
  const names = cells.map(cellName);
  return settle(registry.connect(await signerOf(hre, from)).setRegions(cells), {
    json,
    text: `works ${names.length === 0 ? "anywhere" : `in ${names.join(", ")}`}`,
    data: { regions: names },
  });
}
