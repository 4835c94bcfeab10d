#!/usr/bin/env node
import module from "node:module";
import { setFlagsFromString } from "node:v8";

// A segment leaves megabytes of buffers and hardly any objects. V8 collects everything for each 64 MiB of new buffers, dead or not, which was a third of an
// orchestrator's own CPU time. With this flag it counts what is alive, and lets that grow as the heap does; from 14.8 on it does so by itself (ADR 18).
const [major, minor] = process.versions.v8.split(".").map(Number);
if (major === 13 || (major === 14 && minor < 8)) setFlagsFromString("--external-memory-accounted-in-global-limit");
// Compiled code is kept between starts: half of a role's start-up is parsing its libraries. Threads find it by the environment.
const { directory } = module.enableCompileCache();
if (directory !== undefined) process.env.NODE_COMPILE_CACHE ??= directory;
const { run } = await import("./program.ts");
await run(process.argv);
