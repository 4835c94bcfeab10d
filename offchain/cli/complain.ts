import { asStreamflowError, CATALOGUE } from "../errors.ts";

/** Tells on standard error what went wrong and what to do about it, and has the process end with 1. */
export function complain(thrown: unknown): void {
  const error = asStreamflowError(thrown);
  process.stderr.write(`${error.code}: ${error.message}\n  ${CATALOGUE[error.code].remedy}\n`);
  if (error.code === "InternalError") process.stderr.write(`${(thrown as Error).stack ?? ""}\n`);
  process.exitCode = 1;
}
