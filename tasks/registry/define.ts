import { id } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { WriteArguments } from "../common/context.ts";
import { openContracts, signerOf } from "../common/context.ts";
import type { Sent } from "../common/output.ts";
import { lpt, settle } from "../common/output.ts";

interface Arguments extends WriteArguments {
  readonly name: string;
  readonly metadata: string;
}

/** `npx hardhat registry define`: allows the registry to take the deposit, if it may not yet, and defines the service. */
export default async function define(
  { name, metadata, from, dir, json }: Arguments,
  hre: HardhatRuntimeEnvironment,
): Promise<Sent & { id: string; deposit: bigint }> {
  const { registry, token } = await openContracts(hre, dir);
  const signer = await signerOf(hre, from);
  const { serviceDeposit: deposit } = await registry.parameters();
  if ((await token.allowance(signer, registry)) < deposit) {
    await (await token.connect(signer).approve(registry, deposit)).wait();
  }
  return settle(registry.connect(signer).defineService(name, metadata), {
    json,
    text: `${name} is defined as ${id(name)}, for a deposit of ${lpt(deposit)}`,
    data: { id: id(name), deposit },
  });
}
