import { resolve } from "node:path";
import type { MediaInput } from "./interface.ts";

/**
 * A path is opened as a local file whatever it looks like, and what it refers to (a playlist's entries) only when that is local too. An explicit
 * source is the operator's own word.
 */
export function inputArguments(input: MediaInput): string[] {
  if ("path" in input) return ["-protocol_whitelist", "file,crypto,data", "-i", `file:${resolve(input.path)}`];
  return [...input.inputOptions, "-i", input.source];
}
