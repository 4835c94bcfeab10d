import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { journalSchema } from "./contracts.ts";
import type { Deployment, Journal } from "./contracts.ts";
import { DeploymentError } from "./errors.ts";

const fileOf = (dir: string): string => path.join(dir, "deployment.json");

/** What an earlier run has written, finished or not. */
export function readJournal(dir: string): Journal | undefined {
  const file = fileOf(dir);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const { chainId, block, deployer, factory } = journalSchema.parse(JSON.parse(text));
    return { chainId, block, deployer, factory };
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new DeploymentError("IncompleteDeployment", `${file} is damaged: restore or remove it\n${reason}`, { cause });
  }
}

/** Replaces the file in one step; leaves it alone when nothing changes. On return it is on disk. */
export function writeJournal(dir: string, content: Journal | Deployment): void {
  const file = fileOf(dir);
  const text = `${JSON.stringify(content, null, 2)}\n`;
  try {
    if (readFileSync(file, "utf8") === text) return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  mkdirSync(dir, { recursive: true });
  const temporary = `${file}.tmp`;
  const handle = openSync(temporary, "w");
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(temporary, file);
}
