import type { Logger } from "pino";
import type { BroadcasterConfig } from "../config/schema.ts";
import { StreamflowError } from "../errors.ts";
import type { Replaced } from "./buy-stream.ts";
import { openIngest } from "./ingest.ts";
import type { Service } from "./service.ts";

/** Streams one input to its end. `done` rejects with SegmentsMissing when a segment could not be bought. */
export async function startBroadcaster(
  config: BroadcasterConfig,
  log: Logger,
  replaced: Replaced = {},
): Promise<Service> {
  const stop = new AbortController();
  const done = run(config, log, stop, replaced);
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

async function run(config: BroadcasterConfig, log: Logger, stop: AbortController, replaced: Replaced): Promise<void> {
  const begun = performance.now();
  try {
    const ingest = await openIngest(config, log, stop.signal);
    // The libraries for the chain are loaded while ffmpeg makes the first segment: loading them first would hold it up.
    const { buyStream } = await import("./buy-stream.ts");
    await buyStream({ config, ingest, begun }, log, stop.signal, replaced);
  } finally {
    // An input that nobody reads to its end must not go on being cut.
    stop.abort(new StreamflowError("Stopped", "the stream has ended"));
  }
}
