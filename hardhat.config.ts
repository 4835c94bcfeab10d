import { createRequire } from "node:module";
import toolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { defineConfig } from "hardhat/config";

const require = createRequire(import.meta.url);

export default defineConfig({
  plugins: [toolbox],
  solidity: {
    version: "0.8.37",
    // The compiler is the npm package: pinned by the lock file, nothing is downloaded.
    path: require.resolve("solc/soljson.js"),
    settings: {
      optimizer: { enabled: true, runs: 20_000 },
      // Prague is the newest rule set that mainnet, Arbitrum One and the anchors' measurements share
      // (docs/adr/0002-toolchain.md).
      evmVersion: "prague",
      viaIR: false,
      outputSelection: { "*": { "*": ["storageLayout"] } },
    },
  },
  typechain: { outDir: "types", dontOverrideCompile: false },
  test: { mocha: { timeout: 120_000 } },
});
