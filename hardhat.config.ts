import { availableParallelism } from "node:os";
import { createRequire } from "node:module";
import toolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { defineConfig } from "hardhat/config";
import { alphaTasks } from "./tasks/alpha/index.ts";
import { benchTasks } from "./tasks/bench/index.ts";
import { deployTasks } from "./tasks/deploy/index.ts";
import { delegatorTasks } from "./tasks/delegator/index.ts";
import { disputeTasks } from "./tasks/dispute/index.ts";
import { demoTasks } from "./tasks/demo/index.ts";
import { devnetTask } from "./tasks/devnet/index.ts";
import { govTasks } from "./tasks/gov/index.ts";
import { migrateTasks } from "./tasks/migrate/index.ts";
import { orchestratorsTasks } from "./tasks/orchestrators/index.ts";
import { pmTasks } from "./tasks/pm/index.ts";
import { pollsTasks } from "./tasks/polls/index.ts";
import { registryTasks } from "./tasks/registry/index.ts";
import { roundsTasks } from "./tasks/rounds/index.ts";
import { stakeTasks } from "./tasks/stake/index.ts";
import { simTask } from "./tasks/sim/index.ts";
import { upgradesTasks } from "./tasks/upgrades/index.ts";

const SOLC = "0.8.37";
// The compiler is the npm package: pinned by the lock file, nothing is downloaded.
const SOLC_PATH = createRequire(import.meta.url).resolve("solc/soljson.js");

function settings(runs: number, viaIR = false) {
  return {
    optimizer: { enabled: true, runs },
    // Prague is the newest rule set that mainnet, Arbitrum One and the anchors' measurements share
    // (docs/adr/0002-toolchain.md).
    evmVersion: "prague",
    viaIR,
    outputSelection: { "*": { "*": ["storageLayout", "userdoc", "devdoc"] } },
  };
}

export default defineConfig({
  plugins: [toolbox],
  networks: {
    // What `npx hardhat node` serves. Without a block every second its clock stands while nobody sends anything, and rounds never pass.
    node: { type: "edr-simulated", chainType: "l1", chainId: 31_337, mining: { auto: true, interval: 1_000 } },
    // A round that begins between the estimate and the block makes many calls dearer: with the estimate alone they would run out of gas.
    localhost: { type: "http", chainType: "l1", url: "http://127.0.0.1:8545", gasMultiplier: 1.25 },
  },
  tasks: [
    ...alphaTasks,
    ...benchTasks,
    ...delegatorTasks,
    ...deployTasks,
    ...demoTasks,
    devnetTask,
    ...disputeTasks,
    ...govTasks,
    ...migrateTasks,
    ...orchestratorsTasks,
    ...pmTasks,
    ...pollsTasks,
    ...registryTasks,
    ...roundsTasks,
    simTask,
    ...stakeTasks,
    ...upgradesTasks,
  ],
  solidity: {
    compilers: [{ version: SOLC, path: SOLC_PATH, settings: settings(20_000) }],
    // Library contracts that the deployment creates but no contract here names.
    npmFilesToBuild: [
      "@openzeppelin/contracts/access/manager/AccessManager.sol",
      "@openzeppelin/contracts/proxy/transparent/ProxyAdmin.sol",
      "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol",
    ],
    overrides: {
      // Larger ones: their size counts more than some gas for each internal call, and most where nobody calls every day.
      ...Object.fromEntries(
        Object.entries({ BondingManager: 200, BondingFaults: 100, BondingLedger: 200 }).map(([name, runs]) => [
          `contracts/bonding/${name}.sol`,
          { version: SOLC, path: SOLC_PATH, settings: settings(runs) },
        ]),
      ),
      // A fifth smaller through the intermediate language, and cheaper for each ticket (docs/adr/0007-tickets-by-round.md). The same for disputes (docs/adr/0010-the-dispute-game.md).
      "contracts/pm/TicketBroker.sol": { version: SOLC, path: SOLC_PATH, settings: settings(200, true) },
      "contracts/governance/ProtocolGovernor.sol": { version: SOLC, path: SOLC_PATH, settings: settings(1, true) },
      "contracts/governance/Polls.sol": { version: SOLC, path: SOLC_PATH, settings: settings(1, true) },
      "contracts/verification/DisputeGame.sol": { version: SOLC, path: SOLC_PATH, settings: settings(200, true) },
      "contracts/migration/AlphaBonding.sol": { version: SOLC, path: SOLC_PATH, settings: settings(200) },
      "contracts/migration/AlphaViews.sol": { version: SOLC, path: SOLC_PATH, settings: settings(200) },
    },
  },
  typechain: { outDir: "types", dontOverrideCompile: false, tsNocheck: true },
  // Harnesses and mocks are tests themselves.
  coverage: { skipFiles: ["contracts/test/**"] },
  test: {
    // Most files wait on one thread: as many at a time as there are cores, as far as memory goes.
    mocha: {
      // For what never ends: how long anything takes is the machine's affair, and no test fails of it.
      timeout: 600_000,
      parallel: true,
      jobs: Math.min(4, availableParallelism()),
      require: ["./test/fixtures/worker.ts"],
    },
    solidity: {
      // The handler counts what is refused; what reverts in it is a finding. Its arguments are seeds: values that were
      // seen on the chain are no better than others.
      invariant: {
        runs: 256,
        depth: 100,
        failOnRevert: true,
        dictionaryWeight: 0,
        includeStorage: false,
        includePushBytes: false,
        shrinkRunLimit: 500,
      },
    },
  },
});
