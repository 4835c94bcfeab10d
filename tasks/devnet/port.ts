import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** Below the ports that systems give to connections that are opened without one: such a connection can't take it while its server is down. */
const FIRST = 15_000;
const LAST = 32_000;
const TRIES = 100;

/** A loopback port that is free, and stays so for a server that is stopped and started again. */
export async function lastingPort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = randomInt(FIRST, LAST);
    if (await isFree(port)) return port;
  }
  throw new Error("no port is free");
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
