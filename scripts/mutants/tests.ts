import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { globSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Verdict } from "./test-process.ts";

/** The tests that concern a mutant, likeliest first. */
export interface Tests {
  readonly unit: readonly string[];
  readonly properties: readonly string[];
}

/** The unit tests named after one of the contracts, then those of the other contracts; the property tests are for all. */
export function testsOf(project: string, contracts: Iterable<string>): Tests {
  const find = (pattern: string): string[] => globSync(pattern, { cwd: project }).sort();
  const named = new Set(contracts);
  const unit = find("test/unit/contracts/**/*.test.ts");
  const isNamed = (file: string): boolean => named.has(path.basename(file).split(".")[0]!);
  return {
    unit: [...unit.filter(isNamed), ...unit.filter((file) => !isNamed(file))],
    properties: find("test/properties/**/*.test.ts"),
  };
}

export interface Run {
  readonly result: "passed" | "failed" | "timed out";
  /** Name of the first test that failed. */
  readonly by?: string;
  /** How it failed. */
  readonly message?: string;
  readonly seconds: number;
}

const running = new Set<ChildProcess>();
process.on("exit", () => running.forEach(kill));

/** Runs test files of a workspace in this order until the first failure, in a process of their own. */
export function runTests(
  directory: string,
  files: readonly string[],
  limitSeconds: number,
  times: number,
): Promise<Run> {
  const started = performance.now();
  const child = fork(fileURLToPath(new URL("./test-process.ts", import.meta.url)), files, {
    cwd: directory,
    env: {
      ...process.env,
      HARDHAT_CONFIG: path.join(directory, "hardhat.config.ts"),
      TMPDIR: path.join(directory, "tmp"),
      PROPERTY_TIMES: String(times),
    },
    // The terminal's Ctrl-C is for the parent, which kills the whole group.
    detached: true,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  running.add(child);

  return new Promise((resolve, reject) => {
    let verdict: Verdict | undefined;
    let late = false;
    let complaints = "";
    const timer = setTimeout(() => {
      late = true;
      kill(child);
    }, limitSeconds * 1000);
    child.stderr!.setEncoding("utf8").on("data", (text: string) => (complaints = (complaints + text).slice(-2000)));
    child.on("message", (message: Verdict) => (verdict = message));
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      running.delete(child);
      const seconds = (performance.now() - started) / 1000;
      if (late) resolve({ result: "timed out", seconds });
      else if (verdict === undefined)
        resolve({ result: "failed", by: `the process ended with ${code}: ${complaints.trim()}`, seconds });
      else if (verdict.failed === undefined) resolve({ result: "passed", seconds });
      else resolve({ result: "failed", by: verdict.failed, message: verdict.message ?? "", seconds });
    });
  });
}

function kill(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
