// Runs test files in this order until the first failure, and tells its parent how it went.
import Mocha from "mocha";

/** What the parent is told. */
export type Verdict = { readonly failed?: string; readonly message?: string };

// Whoever started this is gone: nobody waits for the answer.
process.once("disconnect", () => process.exit(1));

process.env.HH_TEST = "true";
process.env.NODE_ENV ??= "test";
const { config } = await import("hardhat");
const mocha = new Mocha({ ...config.test.mocha, bail: true, reporter: Mocha.reporters.Base });
for (const file of process.argv.slice(2)) mocha.addFile(file);
await mocha.loadFilesAsync();

let verdict: Verdict = {};
mocha
  .run(() => process.send!(verdict, () => process.exit(0)))
  .once("fail", (test: { fullTitle: () => string }, error: Error) => {
    verdict = { failed: test.fullTitle(), message: error.message };
  });
