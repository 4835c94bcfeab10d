import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { serviceIdOf } from "./arguments.ts";
import type { WriteArguments } from "../common/context.ts";
import { openContracts, signerOf } from "../common/context.ts";
import type { Sent } from "../common/output.ts";
import { lpt, settle } from "../common/output.ts";

interface Arguments extends WriteArguments {
  readonly service: string;
}

/** `npx hardhat registry withdraw` */
export default async function withdraw(
  { service, from, dir, json }: Arguments,
  hre: HardhatRuntimeEnvironment,
): Promise<Sent & { id: string; deposit: bigint }> {
  const { registry } = await openContracts(hre, dir);
  const id = serviceIdOf(service);
  const { deposit } = await registry.serviceOf(id);
  return settle(registry.connect(await signerOf(hre, from)).withdrawService(id), {
    json,
    text: `${service} is withdrawn, ${lpt(deposit)} are returned`,
    data: { id, deposit },
  });
}
