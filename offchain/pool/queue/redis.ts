import { Redis } from "ioredis";
import type { Logger } from "pino";
import { messageOf } from "../../errors.ts";

/** {ms} */
const CONNECT_MS = 5_000;
/** {ms} Between two attempts, at first and at most. */
const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 2_000;

/**
 * How a Redis is connected to: again and again until it is there, and what was asked meanwhile is asked then. Time limits belong to the work.
 * @param url `redis://` or `rediss://` (TLS), with the user and the password
 * @param closing after it a lost connection stays lost
 */
export function connectionTo(url: string, closing: AbortSignal) {
  return {
    url,
    connectTimeout: CONNECT_MS,
    maxRetriesPerRequest: null,
    retryStrategy: (times: number) =>
      closing.aborted ? null : Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(times, 10)),
  };
}

/**
 * A connection of one's own, which says when it is there and when it is lost. While it is lost nothing is kept to be sent later.
 * @param onChange null: it is there; else why not
 */
export function openLine(
  url: string,
  modules: {
    readonly closing: AbortSignal;
    readonly log: Logger;
    readonly onChange: (reason: string | null) => void;
  },
): Redis {
  const { closing, log, onChange } = modules;
  const { url: _, ...options } = connectionTo(url, closing);
  const redis = new Redis(url, { ...options, enableOfflineQueue: false });
  let isReady = false;
  let latest = "";
  redis.on("ready", () => {
    isReady = true;
    latest = "";
    log.info("queue connected");
    onChange(null);
  });
  redis.on("close", () => {
    if (!isReady) return;
    isReady = false;
    if (!closing.aborted) log.error("queue lost");
    onChange("the queue is not connected");
  });
  redis.on("error", (error: unknown) => {
    // It is tried again every second or two: said once is enough.
    if (messageOf(error) === latest) return;
    latest = messageOf(error);
    log.warn({ detail: latest }, "queue cannot be reached");
  });
  closing.addEventListener("abort", () => redis.disconnect());
  onChange("the queue is not connected");
  return redis;
}
