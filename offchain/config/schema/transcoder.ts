import { z } from "zod";
import { milliseconds, path, url } from "./kinds.ts";
import { benchmark, capacity, drainMs, ffmpeg, hardware, logLevel, monitor, queue, silenceMs } from "./shared.ts";

export const transcoderSchema = z
  .strictObject({
    logLevel,
    monitor,
    ffmpeg,
    orchestrator: url(
      ["ws", "wss"],
      "The pool of the orchestrator to work for, e.g. ws://127.0.0.1:8935/v1/pool; or a queue.",
    ).optional(),
    serverKey: z
      .string()
      .regex(/^0x[0-9a-f]{64}$/, "0x and 64 hexadecimal digits in lower case")
      .describe(
        "Public key of the orchestrator's server, when its address is wss: SHA-256 of it, which the orchestrator's log says as serverKey. Nothing is sent to a server with another one. Without it the certificate has to be one of a CA.",
      )
      .optional(),
    queue: z
      .strictObject({
        ...queue,
        frontEnds: z
          .array(url(["http", "https"], "A front end."))
          .max(256)
          .default([])
          .describe(
            "Addresses of the front ends whose segments are in the queue, by their frontEnd.index: the first is that of front end 0.",
          ),
      })
      .refine(({ urlFile, frontEnds }) => urlFile === undefined || frontEnds.length > 0, {
        path: ["frontEnds"],
        error: "at least that of front end 0",
      })
      .prefault({}),
    secretFile: path(
      "File with this transcoder's own secret, which `streamflow pool add` printed at the orchestrator, readable by its owner only.",
    ),
    capacity: capacity("Segments transcoded at the same time"),
    benchmark,
    hardware,
    drainMs,
    silenceMs,
    reconnectMs: milliseconds("Pause before connecting again after the orchestrator was lost.").default(500),
  })
  .refine(({ orchestrator, serverKey }) => serverKey === undefined || orchestrator?.startsWith("wss:") === true, {
    path: ["serverKey"],
    error: "only with an orchestrator at wss://",
  })
  .refine(({ orchestrator, queue }) => (orchestrator === undefined) !== (queue.urlFile === undefined), {
    path: ["orchestrator"],
    error: "either this or queue.urlFile is required",
  });
