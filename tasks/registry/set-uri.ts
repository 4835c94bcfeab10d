import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { parseServiceUri } from "../../offchain/discovery/registry.ts";
import type { WriteArguments } from "../common/context.ts";
import { openContracts, signerOf } from "../common/context.ts";
import { TaskError } from "../common/failure.ts";
import type { Sent } from "../common/output.ts";
import { settle } from "../common/output.ts";

interface Arguments extends WriteArguments {
  readonly uri: string;
}

/** `npx hardhat registry set-uri` */
export default async function setUri(
  { uri, from, dir, json }: Arguments,
  hre: HardhatRuntimeEnvironment,
): Promise<Sent & { uri: string }> {
  // The contract would store it, and no broadcaster would call it.
  if (parseServiceUri(uri) === null) throw new TaskError(`${uri} is not a bare http or https address`);
  const { registry } = await openContracts(hre, dir);
  return settle(registry.connect(await signerOf(hre, from)).setServiceURI(uri), {
    json,
    text: `reached at ${uri}`,
    data: { uri },
  });
}
