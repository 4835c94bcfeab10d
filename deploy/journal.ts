import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { deploymentSchema, journalSchema } from "./contracts.ts";
import type { Deployment, Journal } from "./contracts.ts";
import { DeploymentError } from "./errors.ts";

const fileOf = (dir: string): string => path.join(dir, "deployment.json");

/** What an earlier run has written: a deployment if it is finished. */
export function readJournal(dir: string): Journal | Deployment | undefined {
  const file = fileOf(dir);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const content: unknown = JSON.parse(text);
    const finished = deploymentSchema.safeParse(content);
    return finished.success ? finished.data : journalSchema.parse(content);
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new DeploymentError("IncompleteDeployment", `${file} is damaged: restore or remove it\n${reason}`, { cause });
  }
}

export function writeJournal(dir: string, content: Journal | Deployment): void {
  replaceFile(fileOf(dir), `${JSON.stringify(content, null, 2)}\n`);
}

/** Replaces a file in one step; leaves it alone when nothing changes. On return it is on disk. */
export function replaceFile(file: string, text: string): void {
  try {
    if (readFileSync(file, "utf8") === text) return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  mkdirSync(path.dirname(file), { recursive: true });
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
