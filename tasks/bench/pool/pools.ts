import { mkdir, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { pino } from "pino";
import { createServer } from "../../../offchain/net/server.ts";
import { POOL_PATH } from "../../../offchain/net/wire.ts";
import { systemClock } from "../../../offchain/node/clock.ts";
import { createCredential, Credentials, writeCredentials } from "../../../offchain/pool/credentials.ts";
import type { TranscoderPool } from "../../../offchain/pool/interface.ts";
import { Pool } from "../../../offchain/pool/pool.ts";
import { QueuePool } from "../../../offchain/pool/queue/pool.ts";
import { workRoutes } from "../../../offchain/pool/queue/work-routes.ts";
import { acceptTranscoders } from "../../../offchain/pool/remote.ts";
import { RoleProcess } from "../../devnet/processes.ts";
import { RedisServer } from "../../devnet/redis.ts";

const SILENCE_MS = 3_000;
/** {ms} Between looks whether both transcoders are there. */
const LOOK_MS = 20;

export interface BothPools {
  readonly webSocket: TranscoderPool;
  readonly queue: TranscoderPool;
  close(): Promise<void>;
}

/** Both kinds of pool in this process, with a transcoder process each of this capacity. */
export async function openPools(dir: string, capacity: number): Promise<BothPools> {
  const log = pino({ level: "warn" });
  const redis = await RedisServer.start(dir);
  const names = ["socketed", "queued"] as const;
  const made = names.map((name) => createCredential(name));
  const file = path.join(dir, "pool.json");
  await writeCredentials(
    file,
    made.map(({ credential }) => credential),
  );
  const credentials = await Credentials.open(file, { log });
  const server = createServer({ bodyLimit: 2 ** 26, requestTimeoutMs: 30_000 }, log);
  const webSocket = new Pool({ clock: systemClock });
  const queue = new QueuePool(
    { url: redis.url("front"), queue: "bench", frontEnd: 0, waiting: 0, silenceMs: SILENCE_MS },
    { clock: systemClock, log },
  );
  const stop = acceptTranscoders(
    { path: POOL_PATH, silenceMs: SILENCE_MS },
    { server: server.server, pool: webSocket, credentials, log },
  );
  workRoutes(server, { work: queue.work, credentials });
  await server.listen({ host: "127.0.0.1", port: 0 });
  const at = `127.0.0.1:${(server.server.address() as AddressInfo).port}`;

  const settings = [
    { orchestrator: `ws://${at}${POOL_PATH}` },
    { queue: { urlFile: await redis.urlFile("transcoders"), name: "bench", frontEnds: [`http://${at}`] } },
  ];
  const transcoders: RoleProcess[] = [];
  for (const [i, name] of names.entries()) {
    const at = path.join(dir, name);
    await mkdir(at);
    await writeFile(path.join(at, "secret"), made[i]!.secret, { mode: 0o600 });
    const config = path.join(at, "config.json5");
    const rest = { secretFile: path.join(at, "secret"), capacity, benchmark: false, silenceMs: SILENCE_MS };
    await writeFile(config, JSON.stringify({ ...settings[i], ...rest }));
    transcoders.push(new RoleProcess(name, ["transcoder", "--config", config], path.join(at, "log.ndjson")));
  }
  while (webSocket.capacity() === 0 || queue.capacity() === 0) await systemClock.sleep(LOOK_MS);

  return {
    webSocket,
    queue,
    close: async () => {
      await Promise.all(transcoders.map((transcoder) => transcoder.close()));
      stop();
      credentials.close();
      await queue.close();
      await server.close();
      await redis.stop();
    },
  };
}
