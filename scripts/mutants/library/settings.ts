import type { PartialStrykerOptions } from "@stryker-mutator/api/core";

/** What is broken when nothing else is asked for. */
export const LIBRARY = "offchain/pm/**/*.ts";

/** How Stryker breaks and tests the library. */
export const SETTINGS = {
  mutator: {
    // Nearly all strings are the words of messages, which no test should repeat; the compiler knows most of the others.
    excludedMutations: ["StringLiteral"],
  },
  // What the compiler refuses is no mutant. The library alone: it does not have to fit its callers.
  checkers: ["typescript"],
  tsconfigFile: "scripts/mutants/library/tsconfig.pm.json",
  testRunner: "mocha",
  mochaOptions: {
    require: ["./scripts/mutants/library/no-shrinking.ts"],
    // Whole redeemers come last: what their parts' own tests notice, they need not.
    spec: ["test/unit/pm/!(redeemer|redeemer.recovery).test.ts", "test/unit/pm/redeemer*.test.ts"],
  },
  coverageAnalysis: "perTest",
  // Generous, because the machine has other things to do: a survivor that is only late would count as killed.
  timeoutFactor: 4,
  timeoutMS: 20_000,
  // Not needed to run these tests; the copy is made much faster without.
  ignorePatterns: ["artifacts", "cache", "coverage", "out", "types"],
  cleanTempDir: "always",
  reporters: ["progress-append-only"],
  allowConsoleColors: false,
} satisfies PartialStrykerOptions;
