/**
 * Runs a demo until it has ended or is interrupted, and sets the exit status.
 * @param run answers with why the status is not zero; empty when all is well
 */
export async function untilInterrupted(
  name: string,
  run: (signal: AbortSignal) => Promise<readonly string[]>,
): Promise<void> {
  const stop = new AbortController();
  const interrupt = () => stop.abort(new Error("interrupted"));
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  try {
    const failures = await run(stop.signal);
    for (const failure of failures) process.stderr.write(`FAILED: ${failure}\n`);
    if (failures.length > 0) process.exitCode = 1;
  } catch (error) {
    const reason: unknown = stop.signal.aborted ? stop.signal.reason : error;
    const { code } = reason as { code?: unknown };
    process.stderr.write(`${name}: ${typeof code === "string" ? `${code}: ` : ""}${(reason as Error).message}\n`);
    process.exitCode = stop.signal.aborted ? 130 : 1;
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}
