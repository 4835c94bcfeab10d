#!/usr/bin/env node
import module from "node:module";

// Compiled code is kept between starts: half of a role's start-up is parsing its libraries. Threads find it by the environment.
const { directory } = module.enableCompileCache();
if (directory !== undefined) process.env.NODE_COMPILE_CACHE ??= directory;
const { run } = await import("./program.ts");
await run(process.argv);
