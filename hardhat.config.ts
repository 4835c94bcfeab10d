import { createRequire } from "node:module";
import toolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { defineConfig } from "hardhat/config";
import { benchTasks } from "./tasks/bench/index.ts";
import { deployTasks } from "./tasks/deploy.ts";
import { delegatorTasks } from "./tasks/delegator/index.ts";
import { demoTask } from "./tasks/demo/index.ts";
import { orchestratorsTasks } from "./tasks/orchestrators/index.ts";
import { registryTasks } from "./tasks/registry/index.ts";
import { roundsTasks } from "./tasks/rounds/index.ts";
import { stakeTasks } from "./tasks/stake/index.ts";

const require = createRequire(import.meta.url);

export default defineConfig({
  plugins: [toolbox],
  networks: {
    default: { type: "edr-simulated", chainType: "l1", allowUnlimitedContractSize: true },
    localhost: { type: "http", chainType: "l1", url: "http://127.0.0.1:8545" },
  },
  tasks: [
    ...benchTasks,
    ...delegatorTasks,
    ...deployTasks,
    demoTask,
    ...orchestratorsTasks,
    ...registryTasks,
    ...roundsTasks,
    ...stakeTasks,
  ],
  solidity: {
    version: "0.8.37",
    // The compiler is the npm package: pinned by the lock file, nothing is downloaded.
    path: require.resolve("solc/soljson.js"),
    // Library contracts that the deployment creates but no contract here names.
    npmFilesToBuild: [
      "@openzeppelin/contracts/access/manager/AccessManager.sol",
      "@openzeppelin/contracts/proxy/transparent/ProxyAdmin.sol",
      "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol",
    ],
    settings: {
      optimizer: { enabled: true, runs: 20_000 },
      // Prague is the newest rule set that mainnet, Arbitrum One and the anchors' measurements share
      // (docs/adr/0002-toolchain.md).
      evmVersion: "prague",
      viaIR: false,
      outputSelection: { "*": { "*": ["storageLayout", "userdoc", "devdoc"] } },
    },
  },
  typechain: { outDir: "types", dontOverrideCompile: false, tsNocheck: true },
  // Harnesses and mocks are tests themselves.
  coverage: { skipFiles: ["contracts/test/**"] },
  test: { mocha: { timeout: 120_000 } },
});
