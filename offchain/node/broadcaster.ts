import type { Logger } from "pino";
import type { BroadcasterConfig } from "../config/schema.ts";
import { StreamflowError } from "../errors.ts";
import type { Replaced } from "./gateway.ts";
import type { Service } from "./service.ts";

/**
 * Streams one input to its end, or, without an input, whatever encoders send until it is closed. `done` rejects with SegmentsMissing when a
 * segment of an input could not be bought.
 */
export async function startBroadcaster(
  config: BroadcasterConfig,
  log: Logger,
  replaced: Replaced = {},
): Promise<Service> {
  const { input } = config;
  if (input === undefined) {
    const { startLive } = await import("../live/server.ts");
    return startLive(config, log, replaced);
  }
  const stop = new AbortController();
  const { streamFile } = await import("./stream-file.ts");
  const done = streamFile({ ...config, input }, log, stop, replaced);
  // Whoever awaits `done` sees the error; nobody has to.
  done.catch(() => undefined);
  return {
    done,
    close: async () => {
      stop.abort(new StreamflowError("Stopped", "the stream was stopped before its end"));
      await done.catch(() => undefined);
    },
  };
}
