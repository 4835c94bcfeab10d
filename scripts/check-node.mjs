// Runs at the end of `npm install` / `npm ci`. npm under an old Node silently leaves out Hardhat's native engine, an optional
// dependency with a stricter `engines`; say so in one line instead of failing later with a puzzle. The engine itself is tried,
// because what npm says of its own Node is inherited by an npm that runs inside another.
import { createRequire } from "node:module";

try {
  createRequire(import.meta.url)("@nomicfoundation/edr");
} catch {
  process.stderr.write(
    "streamflow: npm ran on a Node older than 22.13 and left Hardhat's engine out; run `make install`, which brings its own Node.\n",
  );
  // Ending by a signal makes npm end the same way, so the line above stays the last one.
  process.kill(process.pid, "SIGINT");
}
