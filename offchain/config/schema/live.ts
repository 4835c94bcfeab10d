import { z } from "zod";
import { host, milliseconds, path, port, url } from "./kinds.ts";

/** How encoders and players are served by a broadcaster without an input. */
export const live = z
  .strictObject({
    listen: z
      .strictObject({
        host: host("Address to listen on; one that others can reach needs live.keysFile or live.webhookUrl."),
        port: port("Port for encoders that push by HTTP, and for players; 0 takes a free one.").default(8935),
        rtmpPort: port("Port for RTMP; 0 takes a free one. Without it there is no RTMP.").optional(),
      })
      .prefault({}),
    keysFile: path(
      'JSON5 file with who may send: a list of {"name": …, "key": …}; read again when it has changed. Without it, and without a webhook, anybody may.',
    ).optional(),
    webhookUrl: url(
      ["http", "https"],
      "The operator's own end point that is asked whether a stream may begin; the guide to live streams has its messages.",
    ).optional(),
    webhookMs: milliseconds("How long the webhook has to answer, and the service at eventsUrl.").default(5_000),
    eventsUrl: url(
      ["http", "https"],
      "The operator's own end point that is told when a stream begins, is interrupted, goes on and ends, and when its recording is complete; the guide to live streams has its messages.",
    ).optional(),
    eventsSecretFile: path(
      "File with the secret that these messages are signed with, readable by its owner only: whsec_ and base64 of 24 bytes or more.",
    ).optional(),
    deadlineMs: milliseconds(
      "How long after it came a segment is published without the renditions that nobody has delivered.",
    ).default(8_000),
    reorderMs: z
      .int()
      .min(0)
      .max(60_000)
      .default(1_000)
      .describe("How long a segment that was overtaken by its successor is waited for [ms]."),
    reconnectMs: milliseconds("How long a stream waits for an encoder that has gone, before it ends.").default(60_000),
    segmentMs: z
      .int()
      .min(500)
      .max(10_000)
      .default(2_000)
      .describe("Where a stream is cut that comes without segments: at the first keyframe after this time [ms]."),
    segmentBytes: z
      .int()
      .min(1_000)
      .max(67_108_864)
      .default(33_554_432)
      .describe("Largest segment accepted from an encoder [bytes]."),
    streams: z.int().min(1).max(1_000).default(64).describe("Streams at the same time, at most."),
    window: z.int().min(3).max(1_000).default(6).describe("Segments in a live playlist; as many older ones are kept."),
    record: z.boolean().default(false).describe("Keep all segments, and list them in recording.m3u8."),
    recordHours: z
      .number()
      .min(0.01)
      .max(1_000)
      .default(24)
      .describe("Most of a stream that a recording holds; beyond it the oldest goes [h]."),
  })
  .prefault({});
