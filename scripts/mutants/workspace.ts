import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Code } from "./compiler.ts";

const PREFIX = "streamflow-mutants-";

/** Neither sources nor tests; a workspace makes its own of these, or shares them. */
const NOT_COPIED = ["node_modules", ".git", "artifacts", "cache", "types", "out", "coverage"];

/** A directory that is removed when this process ends, however it ends; what a killed one left is removed by the next. */
export function temporaryDirectory(): string {
  for (const name of readdirSync(os.tmpdir())) {
    const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (owner !== undefined && !isRunning(Number(owner))) remove(path.join(os.tmpdir(), name));
  }
  const directory = mkdtempSync(path.join(os.tmpdir(), `${PREFIX}${process.pid}-`));
  process.once("exit", () => remove(directory));
  return directory;
}

// Processes that were killed a moment ago may still be writing.
const remove = (directory: string): void => rmSync(directory, { recursive: true, force: true, maxRetries: 5 });

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** A copy of the project that may be broken at will. */
export class Workspace {
  readonly directory: string;
  /** Artifacts as they were, by their files. */
  readonly #replaced = new Map<string, string>();

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Copies a project with links to the packages; nothing is built yet. */
  static of(project: string, directory: string): Workspace {
    const filter = (from: string): boolean => !NOT_COPIED.includes(path.relative(project, from));
    cpSync(project, directory, { recursive: true, filter });
    symlinkSync(path.join(project, "node_modules"), path.join(directory, "node_modules"));
    mkdirSync(path.join(directory, "tmp"));
    return new Workspace(directory);
  }

  /** Another one like this, with what was built. */
  copyTo(directory: string): Workspace {
    cpSync(this.directory, directory, { recursive: true, verbatimSymlinks: true });
    return new Workspace(directory);
  }

  /** Puts other code behind a contract's name. */
  replace(file: string, contract: string, code: Code): void {
    const artifact = path.join(this.directory, "artifacts", file, `${contract}.json`);
    const text = readFileSync(artifact, "utf8");
    if (!this.#replaced.has(artifact)) this.#replaced.set(artifact, text);
    const content = {
      ...(JSON.parse(text) as object),
      bytecode: `0x${code.bytecode.object}`,
      deployedBytecode: `0x${code.deployedBytecode.object}`,
      linkReferences: code.bytecode.linkReferences,
      deployedLinkReferences: code.deployedBytecode.linkReferences,
    };
    writeFileSync(artifact, JSON.stringify(content));
  }

  /** Undoes every `replace`. */
  restore(): void {
    for (const [artifact, text] of this.#replaced) writeFileSync(artifact, text);
    this.#replaced.clear();
  }
}
