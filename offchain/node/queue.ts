import { z } from "zod";
import type { OrchestratorConfig, TranscoderConfig } from "../config/schema.ts";
import { StreamflowError } from "../errors.ts";
import { PeerClient } from "../net/client.ts";
import type { Monitor } from "../observability/monitor.ts";
import { transcoderNameSchema } from "../pool/credentials.ts";
import { FrontEnds } from "../pool/queue/front-ends.ts";
import { QueuePool, type QueuePoolModules } from "../pool/queue/pool.ts";
import { QueueWorker, type QueueWorkerModules } from "../pool/queue/worker.ts";
import { readSecret } from "./secret.ts";
import type { Service } from "./service.ts";

const redisUrlSchema = z.url({ protocol: /^rediss?$/ });

/** The URL of a Redis; with the password in it, it is a secret. Errors: `ConfigInvalid`. */
async function readRedisUrl(file: string): Promise<string> {
  const parsed = redisUrlSchema.safeParse(await readSecret(file));
  if (parsed.success) return parsed.data;
  throw new StreamflowError("ConfigInvalid", `${file} must hold a URL that begins with redis:// or rediss://`);
}

/** The pool of a front end behind a queue; null when it has none. Errors: `ConfigInvalid`. */
export async function openQueuePool(config: OrchestratorConfig, modules: QueuePoolModules): Promise<QueuePool | null> {
  const { queue, silenceMs } = config.pool;
  if (queue.urlFile === undefined) return null;
  const url = await readRedisUrl(queue.urlFile);
  const { name, waiting } = queue;
  return new QueuePool({ url, queue: name, frontEnd: config.frontEnd.index, waiting, silenceMs }, modules);
}

/** Works for the front ends of a queue until closed. Errors: `ConfigInvalid`. */
export async function startQueueWorker(
  config: TranscoderConfig,
  modules: Omit<QueueWorkerModules, "frontEnds"> & { readonly secret: string },
  monitor: Monitor | null,
): Promise<Service> {
  const { queue, secretFile, silenceMs, drainMs } = config;
  const { secret } = modules;
  const name = transcoderNameSchema.safeParse(secret.split(".", 1)[0]);
  if (queue.urlFile === undefined || !name.success)
    throw new StreamflowError("ConfigInvalid", `${secretFile} must hold a secret that \`streamflow pool add\` printed`);
  const url = await readRedisUrl(queue.urlFile);
  const client = new PeerClient();
  const frontEnds = new FrontEnds({ urls: queue.frontEnds.map((each) => new URL(each)), secret }, { client });
  const worker = new QueueWorker({ url, queue: queue.name, name: name.data, silenceMs }, { ...modules, frontEnds });
  const { promise: done, resolve } = Promise.withResolvers<void>();
  return {
    done,
    close: async () => {
      await worker.close(drainMs);
      client.close();
      await monitor?.close();
      resolve();
    },
  };
}
