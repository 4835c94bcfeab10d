import path from "node:path";
import { emptyTask, task } from "hardhat/config";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

/** `deployment.json` and `parameters.json5` of a network, unless told otherwise. */
function directoryOf(hre: HardhatRuntimeEnvironment, option: string, networkName: string): string {
  return path.resolve(hre.config.paths.root, option === "" ? path.join("deploy", "networks", networkName) : option);
}

const dirOption = {
  name: "dir" as const,
  description: "Directory of parameters.json5 and deployment.json (default: deploy/networks/<network>)",
  defaultValue: "",
};

const print = (line: string): void => void process.stdout.write(`${line}\n`);

export const deployTasks = [
  emptyTask(["deploy"], "Deploy the protocol").build(),

  task(["deploy", "run"], "Bring the chain to the state that the parameters describe; run again after any failure")
    .addOption(dirOption)
    .setInlineAction(async ({ dir }, hre) => {
      // Compiled contracts may be missing when tasks are loaded.
      const { deploy } = await import("../deploy/index.ts");
      const { readParameters } = await import("../deploy/parameters.ts");
      const { ethers, networkName } = await hre.network.create();
      const [signer] = await ethers.getSigners();
      if (signer === undefined) throw new Error(`network ${networkName} has no account to deploy from`);
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
    })
    .build(),

  task(["deploy", "status"], "Print what the chain holds of a deployment; changes nothing")
    .addOption(dirOption)
    .setInlineAction(async ({ dir }, hre) => {
      const { status } = await import("../deploy/index.ts");
      const { default: Table } = await import("cli-table3");
      const { ethers, networkName } = await hre.network.create();

      const table = new Table({
        head: ["contract", "proxy", "implementation", "state"],
        style: { head: [], border: [] },
      });
      const rows = await status({ provider: ethers.provider, dir: directoryOf(hre, dir, networkName) });
      for (const { contract, proxy, implementation, state } of rows)
        table.push([contract, proxy, implementation, state]);
      print(table.toString());
    })
    .build(),
];
