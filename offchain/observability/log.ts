import { pino, type Logger } from "pino";

/** The root logger of a process: JSON lines on standard output; parts of the node take a child named after themselves. */
export function createLog(role: string, level: string): Logger {
  // Synchronous writes: the last line before a kill is the one that matters.
  return pino(
    { level, base: { role, pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 1, sync: true }),
  );
}
