#!/usr/bin/env node
import module from "node:module";

// Compiled code is kept between starts: half of a role's start-up is parsing its libraries.
module.enableCompileCache();
const { run } = await import("./program.ts");
await run(process.argv);
