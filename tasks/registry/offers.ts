import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { ALL_REGIONS, regionsNear } from "../../offchain/discovery/regions.ts";
import { readOffers } from "../../offchain/discovery/registry.ts";
import type { RegistryOffer } from "../../offchain/discovery/registry.ts";
import { amountOf } from "../common/arguments.ts";
import { cellName, cellOf, serviceIdOf } from "./arguments.ts";
import type { CommonArguments } from "../common/context.ts";
import { openContracts } from "../common/context.ts";
import { lpt, printable, printJson, printTable } from "../common/output.ts";

interface Arguments extends CommonArguments {
  readonly service: string;
  readonly near: string;
  readonly minStake: string;
}

/** `npx hardhat registry offers` */
export default async function offers(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<RegistryOffer[]> {
  const regions = args.near === "" ? [ALL_REGIONS] : regionsNear(cellOf(args.near));
  const minimumStake = amountOf(args.minStake);
  const { registry } = await openContracts(hre, args.dir);
  const found = await readOffers(registry, serviceIdOf(args.service), minimumStake, regions);
  if (args.json) printJson(found.map((offer) => ({ ...offer, regions: offer.regions.map(cellName) })));
  else {
    const rows = found.map(({ orchestrator, uri, stake, regions: named }) => [
      orchestrator,
      printable(uri),
      lpt(stake),
      named.length === 0 ? "anywhere" : named.map(cellName).join("\n"),
    ]);
    printTable(["orchestrator", "URI", "stake", "regions"], rows);
  }
  return found;
}
