import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { lastingPort } from "./port.ts";

const SERVER = "redis-server";

/** Whether Debian's Redis is there. */
export const hasRedis = (): boolean => spawnSync(SERVER, ["--version"], { stdio: "ignore" }).status === 0;

/** As the guide gives them: who may do what in a Redis that front ends and transcoders share. */
const USERS = ["front", "transcoders"].map(
  (user) =>
    `user ${user} on >${user}-password ~streamflow:* &streamflow:* -@all +@read +@write +@string +@hash +@list +@set +@sortedset +@stream +@scripting +@pubsub +@connection +@transaction +@blocking -@dangerous +info`,
);

/** A Redis of its own on a port of this machine that stays free while it is away; it keeps nothing. */
export class RedisServer {
  readonly #port: number;
  readonly #dir: string;
  #child: ChildProcess | undefined;

  private constructor(port: number, dir: string) {
    this.#port = port;
    this.#dir = dir;
  }

  static async start(dir: string): Promise<RedisServer> {
    const redis = new RedisServer(await lastingPort(), dir);
    await writeFile(join(dir, "users.acl"), ["user default off", ...USERS, ""].join("\n"));
    await redis.start();
    return redis;
  }

  /** @returns the file with the URL of a user */
  async urlFile(user: "front" | "transcoders"): Promise<string> {
    const file = join(this.#dir, `${user}.url`);
    await writeFile(file, `${this.url(user)}\n`, { mode: 0o600 });
    return file;
  }

  url(user: "front" | "transcoders"): string {
    return `redis://${user}:${user}-password@127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const options = {
      port: String(this.#port),
      bind: "127.0.0.1",
      dir: this.#dir,
      save: "",
      appendonly: "no",
      aclfile: join(this.#dir, "users.acl"),
    };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    const child = spawn(SERVER, args, { stdio: ["ignore", "pipe", "ignore"] });
    this.#child = child;
    // However this process ends, as far as it is told.
    const end = () => void child.kill("SIGKILL");
    process.once("exit", end);
    child.once("exit", () => process.off("exit", end));
    const ready = new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout }).on("line", (line) => {
        if (line.includes("Ready to accept connections")) resolve();
      });
      child.once("exit", () => reject(new Error("redis-server ended")));
      child.once("error", reject);
    });
    await ready;
  }

  /** Lets it answer nothing, with its connections open. */
  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child?.kill("SIGCONT");
  }

  /** Ends it; all that it had is gone. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
}
