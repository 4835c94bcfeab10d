import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { serviceIdOf } from "./arguments.ts";
import type { WriteArguments } from "../common/context.ts";
import { openContracts, signerOf } from "../common/context.ts";
import type { Sent } from "../common/output.ts";
import { settle } from "../common/output.ts";

interface Arguments extends WriteArguments {
  readonly services: string[];
}

/** `npx hardhat registry set-services`: in any order, none withdraws the offer. */
export default async function setServices(
  { services, from, dir, json }: Arguments,
  hre: HardhatRuntimeEnvironment,
): Promise<Sent & { services: string[]; listed: boolean }> {
  const { registry } = await openContracts(hre, dir);
  const signer = await signerOf(hre, from);
  const ids = [...new Set(services.map(serviceIdOf))].sort();
  const sending = registry.connect(signer).setServices(ids);
  await (await sending).wait();
  const { listed } = await registry.getOffer(signer);
  return settle(sending, {
    json,
    text: `offers ${services.length === 0 ? "nothing" : services.join(", ")}; ${listed ? "listed" : "not listed"}`,
    data: { services: ids, listed },
  });
}
