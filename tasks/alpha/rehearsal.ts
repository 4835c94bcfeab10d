import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { deployRehearsal } from "../../deploy/alpha/rehearsal.ts";
import type { AlphaNetwork } from "../../deploy/alpha/network.ts";
import { signerOf } from "../common/context.ts";
import { print, printJson } from "../common/output.ts";

export default async function (
  { from, json }: { readonly from: string; readonly json: boolean },
  hre: HardhatRuntimeEnvironment,
): Promise<AlphaNetwork> {
  const actor = (number: string) => signerOf(hre, number);
  const { ethers } = await hre.network.getOrCreate();
  const alpha = await deployRehearsal({
    provider: ethers.provider,
    signer: await signerOf(hre, from),
    actors: [await actor("1"), await actor("2"), await actor("3"), await actor("4")],
  });
  if (json) printJson(alpha);
  else
    print(
      `an alpha of accounts 1 to 4: two transcoders, a delegator, a broadcaster. Its controller is ${alpha.controller}`,
    );
  return alpha;
}
