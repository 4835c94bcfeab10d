import path from "node:path";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { deploy } from "../../deploy/index.ts";
import { readParameters } from "../../deploy/parameters.ts";
import { directoryOf } from "../common/context.ts";
import { TaskError } from "../common/failure.ts";
import { print } from "../common/output.ts";

export default async function run({ dir }: { readonly dir: string }, hre: HardhatRuntimeEnvironment): Promise<void> {
  const { ethers, networkName } = await hre.network.create();
  const [signer] = await ethers.getSigners();
  if (signer === undefined) throw new TaskError(`network ${networkName} has no account to deploy from`);
  const directory = directoryOf(hre, dir, networkName);

  let sent = 0;
  const deployment = await deploy({
    signer,
    parameters: readParameters(path.join(directory, "parameters.json5")),
    dir: directory,
    onTransaction: (step, hash) => {
      sent += 1;
      print(`${hash}  ${step}`);
    },
  });
  print(
    `${sent} transactions sent; deployment of chain ${deployment.chainId} in ${path.join(directory, "deployment.json")}`,
  );
}
