// Runs at the end of `npm install` / `npm ci`. npm under an old Node silently skips Hardhat's native engine, an optional
// dependency with a stricter `engines`; say so in one line instead of failing later with a puzzle.
const user = /node\/v(\d+)\.(\d+)/.exec(process.env.npm_config_user_agent ?? "");
const [major, minor] = user ? [Number(user[1]), Number(user[2])] : process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(
    `streamflow: npm ran on Node ${major}.${minor}, which leaves the installation incomplete; run \`make install\`, which brings its own Node.\n`,
  );
  // Ending by a signal makes npm end the same way, so the line above stays the last one.
  process.kill(process.pid, "SIGINT");
}
