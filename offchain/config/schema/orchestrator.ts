import { z } from "zod";
import { DEFAULT_POLICY } from "../../pm/redemption-defaults.ts";
import { count, enabled, host, milliseconds, path, port, ratio, wei } from "./kinds.ts";
import { redemptionSchema } from "./redemption.ts";
import {
  benchmark,
  capacity,
  chain,
  dataDir,
  disputeSettings,
  drainMs,
  ffmpeg,
  hardware,
  judgeMs,
  keyFile,
  logLevel,
  monitor,
  queue,
  segmentPeers,
  service,
  silenceMs,
  traffic,
} from "./shared.ts";

export const orchestratorSchema = z.strictObject({
  logLevel,
  monitor,
  ffmpeg,
  chain,
  keyFile,
  dataDir,
  listen: z
    .strictObject({
      host: host("Address to listen on."),
      port: port("Port to listen on; 0 takes a free one.").default(8935),
    })
    .prefault({}),
  tls: z
    .strictObject({
      enabled: z
        .boolean()
        .default(false)
        .describe(
          "Speak https on listen.port, and wss to transcoders. Without certificateFile the node makes a certificate for itself in dataDir: its account vouches for it, and no CA is needed.",
        ),
      certificateFile: path(
        "A certificate to use instead (PEM, the node's own first); it is read again when it changes. Without enabled and keyFile it is that of a proxy in front of this node, which ends TLS: the account then vouches for the proxy's key.",
      ).optional(),
      keyFile: path("The certificate's private key (PEM), readable by its owner only.").optional(),
    })
    .refine(
      ({ enabled, certificateFile, keyFile }) => (enabled && certificateFile !== undefined) === (keyFile !== undefined),
      {
        path: ["keyFile"],
        error: "goes with certificateFile where enabled is true, and only there",
      },
    )
    .prefault({}),
  traffic,
  transcode: z.boolean().default(false).describe("Transcode inside this process too, without a separate transcoder."),
  transcodeCapacity: capacity("Segments that the inner transcoder works on at the same time"),
  transcodeBenchmark: benchmark,
  transcodeHardware: hardware,
  services: z
    .array(service)
    .min(1)
    .max(2)
    .default(["CPUTranscoding"])
    .describe(
      "The services that are sold; those that the registry offers for this account are set by `registry set-services`.",
    ),
  drainMs,
  pool: z
    .strictObject({
      credentialsFile: path(
        "File that says which transcoders may connect, made by `streamflow pool add`; it is read again when it changes, and who is in it no more is disconnected. Without it no transcoder can connect.",
      ).optional(),
      silenceMs,
      queue: z
        .strictObject({
          ...queue,
          waiting: z
            .int()
            .min(0)
            .max(10_000)
            .default(0)
            .describe(
              "Segments of this front end that may wait in the queue, beyond those that its transcoders do at the same time. Front ends know nothing of each other's: what several promise together waits, too.",
            ),
        })
        .prefault({}),
    })
    .refine(({ queue, credentialsFile }) => queue.urlFile === undefined || credentialsFile !== undefined, {
      path: ["credentialsFile"],
      error: "required with a queue: its transcoders get their work with their credentials",
    })
    .prefault({}),
  price: z
    .strictObject({
      weiPerMillionPixels: wei(
        "Price in wei per million output pixels (width × height × frames, summed over renditions) [wei].",
      ).prefault("1000000000"),
    })
    .prefault({}),
  ticket: z
    .strictObject({
      faceValue: wei(
        "Face value of a winning ticket; 0 computes it from the gas price and the redemption overhead [wei].",
      ).prefault("0"),
      overhead: ratio(
        0.000001,
        "Share of the face value that redeeming may cost, when the face value is computed.",
      ).prefault(0.01),
      redeemGas: z
        .int()
        .min(5_000)
        .max(10_000_000)
        .default(Number(DEFAULT_POLICY.gas.single))
        .describe(
          "Gas of one redemption, when the face value is computed. The default is what a winner costs that is redeemed alone, when it is not the first of its round (redeem.warm, .hotKey, .allocation in test/bench/results/gas.json); lower it to the figure of a batch where so many win at a time.",
        ),
      window: z
        .int()
        .min(1)
        .max(64)
        .default(4)
        .describe("Commitments handed out at a time: tickets that can be in flight from one broadcaster."),
      quoteMs: milliseconds(
        "How long a quote stands: for so long its price and face value bind this node, and a broadcaster can begin a stream without asking.",
      ).default(300_000),
    })
    .prefault({}),
  frontEnd: z
    .strictObject({
      index: z
        .int()
        .min(0)
        .max(255)
        .default(0)
        .describe("Which of the front ends of this orchestrator this is, from 0."),
      count: z
        .int()
        .min(1)
        .max(256)
        .default(1)
        .describe(
          "How many front ends share this orchestrator's account, each with a dataDir of its own; the same at all of them, and changed only when all have been down for two rounds. Each takes its share of a broadcaster's deposit, allocation and caps for all there is.",
        ),
    })
    .refine(({ index, count }) => index < count, { path: ["index"], error: "must be below frontEnd.count" })
    .prefault({}),
  risk: z
    .strictObject({
      maximumUnsecured: wei(
        "Most that a broadcaster's unredeemed winners may exceed its allocation for this node by; without it, its deposit is the limit, from which others are paid too [wei].",
      ).optional(),
      minimumEscrow: wei(
        "Penalty escrow that a broadcaster must have, as far as its allocation does not cover its winners [wei].",
      ).prefault("0"),
      refuseDefaulters: z
        .boolean()
        .default(false)
        .describe(
          "Take tickets of a broadcaster of which a winner expired unpaid only as far as its allocation covers them. A winner expires too when this node is down for too long.",
        ),
    })
    .prefault({}),
  redemption: redemptionSchema.prefault({}),
  disputes: z
    .strictObject({
      enabled: enabled("Keep what is signed and its bytes, serve these by their root, and refute wrong challenges."),
      ...disputeSettings,
      ...segmentPeers,
    })
    .prefault({}),
  limits: z
    .strictObject({
      segmentBytes: z
        .int()
        .min(1_000)
        .max(67_108_864)
        .default(33_554_432)
        .describe("Largest source segment accepted [bytes]."),
      segmentFrames: z.int().min(1).max(10_000).default(1_200).describe("Most frames in a source segment."),
      renditions: z.int().min(1).max(16).default(8).describe("Most renditions of one segment."),
      renditionPixels: z
        .int()
        .min(1)
        .max(8192 * 8192)
        .default(3840 * 2160)
        .describe("Largest picture of a rendition [pixels]."),
      transcodeMs: milliseconds(
        "How long one transcoding may take. With judgeMs it should be below the time after which broadcasters go elsewhere, which is segmentMs of theirs.",
      ).default(20_000),
      judgeMs,
      requestMs: milliseconds("How long a request's body may take to arrive.").default(30_000),
      quotesPerMinute: count(
        100_000,
        240,
        "Questions for a quote for one broadcaster from one address: asking for others' quotes costs these nothing.",
      ),
      lostSegments: z
        .int()
        .min(1)
        .max(1_000)
        .default(5)
        .describe(
          "Segments of one broadcaster, within refuseMs, whose work was done and could not be signed, because it would be judged a fault or was not judged in time; after so many, the broadcaster is refused for refuseMs. A transcoder that spoils its work brings this about, too.",
        ),
      refuseMs: milliseconds("How long such a broadcaster is refused.").default(600_000),
    })
    .prefault({}),
});
