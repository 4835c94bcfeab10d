import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Logger } from "pino";
import type { BroadcasterConfig } from "../config/schema.ts";
import { StreamflowError } from "../errors.ts";
import { createHlsWriter } from "../media/hls/writer.ts";
import { openStorage } from "../media/storage/storage.ts";
import type { Replaced } from "./gateway.ts";
import { openIngest } from "./ingest.ts";
import { makeReport, writeJson } from "./stream-report.ts";

/** Cuts an input, buys every segment of it, writes HLS and the report. */
export async function streamFile(
  config: BroadcasterConfig & { readonly input: string },
  log: Logger,
  stop: AbortController,
  replaced: Replaced,
): Promise<void> {
  const begun = performance.now();
  const { signal } = stop;
  try {
    const ingest = await openIngest(config, log, signal);
    // The libraries for the chain are loaded while ffmpeg makes the first segment: loading them first would hold it up.
    const [{ openGateway }, { buyStream }] = await Promise.all([import("./gateway.ts"), import("./buy-stream.ts")]);
    const gateway = await openGateway(config, { ...replaced, patient: false }, log, signal);
    try {
      const { plan, renditions, runner, segments, durationMs } = ingest;
      const stream = `0x${randomBytes(32).toString("hex")}`;
      const lines = log.child({ stream });
      const storage = await openStorage(config);
      const writer = createHlsWriter({ storage, renditions });
      lines.info({ ingest: plan.mode, renditions: renditions.map(({ name }) => name), durationMs }, "ready");
      const deadline = { ms: config.delivery.deadlineMs, from: "sending" } as const;
      const account = await buyStream(
        { stream, renditions, runner, segments, output: writer, deadline },
        gateway,
        lines,
        signal,
      );
      await writer.end();

      const report = makeReport({
        ...{ stream, broadcaster: gateway.payer, ingest: plan.mode, renditions, account },
        seconds: (performance.now() - begun) / 1000,
      });
      if (config.report !== undefined) {
        await mkdir(dirname(config.report), { recursive: true });
        await writeJson(config.report, report);
      }
      // The report names the stream itself.
      log.info(report, "stream ended");
      await gateway.idle(signal);
      if (account.missing > 0) {
        throw new StreamflowError(
          "SegmentsMissing",
          `${account.missing} of ${account.segments} segments were not delivered`,
          { missing: account.missing },
        );
      }
    } finally {
      await gateway.close();
    }
  } finally {
    // An input that nobody reads to its end must not go on being cut.
    stop.abort(new StreamflowError("Stopped", "the stream has ended"));
  }
}
