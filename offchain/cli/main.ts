#!/usr/bin/env node
import type { T } from "../../types/index.ts";
const x: T | undefined = undefined;
console.log("hi", process.version, process.argv.slice(2), x);
