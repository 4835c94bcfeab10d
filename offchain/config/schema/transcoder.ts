import { z } from "zod";
import { milliseconds, path, url } from "./kinds.ts";
import { benchmark, capacity, drainMs, ffmpeg, hardware, logLevel, monitor, silenceMs } from "./shared.ts";

export const transcoderSchema = z.strictObject({
  logLevel,
  monitor,
  ffmpeg,
  orchestrator: url(["ws", "wss"], "The pool of the orchestrator to work for, e.g. ws://127.0.0.1:8935/v1/pool."),
  secretFile: path(
    "File with this transcoder's own secret, which `streamflow pool add` printed at the orchestrator, readable by its owner only.",
  ),
  capacity: capacity("Segments transcoded at the same time"),
  benchmark,
  hardware,
  drainMs,
  silenceMs,
  reconnectMs: milliseconds("Pause before connecting again after the orchestrator was lost.").default(500),
});
