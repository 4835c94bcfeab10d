import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { render } from "./report.ts";
import type { Report } from "./report.ts";

export const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Writes a report and shows it. @param part  what its parts are: contracts or files */
export function publish(report: Report, file: string, part: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  say(`\n${render(report, part)}\n\nwritten to ${file}`);
}

/** Ends the process with 0; with 1 when the tests are not good enough: `work` says why; with 2 when that could not be found out. */
export async function run(work: () => Promise<readonly string[]>): Promise<void> {
  // Leaving in this way runs what removes processes and directories.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(130));
  try {
    const complaints = await work();
    for (const complaint of complaints) process.stderr.write(`${complaint}\n`);
    process.exitCode = complaints.length > 0 ? 1 : 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(2); // whatever still runs is of no use
  }
}
