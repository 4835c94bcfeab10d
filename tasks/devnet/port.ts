import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { createServer } from "node:net";

/** Below the ports that systems give to connections that are opened without one: such a connection can't take it while its server is down. */
const FIRST = 15_000;
const LAST = 32_000;
const TRIES = 100;

/**
 * A loopback port that is free, and stays so for a server that is stopped and started again: other processes that look for one pass it over
 * until this one ends.
 */
export async function lastingPort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = randomInt(FIRST, LAST);
    if ((await mark(port)) && (await isFree(port))) return port;
  }
  throw new Error("no port is free");
}

/** Takes the UDP port of the same number, which nobody uses, as long as this process lives. @returns whether it was not taken */
function mark(port: number): Promise<boolean> {
  const socket = createSocket("udp4");
  return new Promise((resolve) => {
    socket.once("error", () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ port, address: "127.0.0.1", exclusive: true }, () => {
      socket.unref();
      resolve(true);
    });
  });
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
