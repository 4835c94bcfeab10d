import { z } from "zod";
import { DEFAULT_LADDER, ladderSchema } from "../../media/ladder.ts";
import { address, enabled, milliseconds, path, share, url, wei, weight } from "./kinds.ts";
import { live } from "./live.ts";
import { chain, dataDir, disputeSettings, ffmpeg, judgeMs, keyFile, logLevel, monitor, service } from "./shared.ts";

export const broadcasterSchema = z.strictObject({
  logLevel,
  monitor,
  ffmpeg,
  chain,
  keyFile,
  account: address(
    "The account whose deposit pays, when its key is elsewhere: keyFile then holds a hot key that may sign for it (npx hardhat pm signer). Without it, keyFile's own account pays.",
  ).optional(),
  input: path(
    "What to stream: a file, or anything that ffmpeg reads after -i. Without it the node listens for encoders, see live.",
  ).optional(),
  inputFormat: z
    .string()
    .regex(/^[a-z0-9_,]{1,32}$/)
    .describe("ffmpeg's name of the input's format, for inputs that are no file (lavfi, v4l2, …).")
    .optional(),
  dataDir,
  out: path(
    "Directory that receives the HLS output, or s3://bucket/prefix. The master playlist is index.m3u8; that of a live stream <name>.m3u8.",
  ),
  s3: z
    .strictObject({
      endpoint: url(["http", "https"], "The S3 service, when out is a bucket.").optional(),
      region: z.string().min(1).max(64).default("us-east-1").describe("Region that requests are signed for."),
      keyFile: path('JSON file {"accessKeyId": …, "secretAccessKey": …}, readable by its owner only.').optional(),
      timeoutMs: milliseconds("How long one request to it may take; it is sent three times.").default(10_000),
    })
    .prefault({}),
  live,
  report: path("File that receives the account of the stream as JSON; of an input only.").optional(),
  realtime: z.boolean().default(false).describe("Read the input at its own speed instead of as fast as possible."),
  ladder: ladderSchema
    .default([...DEFAULT_LADDER])
    .describe(
      "The renditions wanted; those larger than the source are left out. live.keysFile and live.webhookUrl may name others for a stream.",
    ),
  service: service.default("CPUTranscoding").describe("The service to look for in the registry."),
  selection: z
    .strictObject({
      minimumStake: wei("Stake that an orchestrator must have behind it [wei of LPT].").prefault("0"),
      maximumPrice: wei("Highest acceptable price [wei per million pixels].").prefault("1000000000000"),
      maximumFaceValue: wei("Highest acceptable face value of a ticket [wei].").prefault("100000000000000000"),
      orchestrators: z.int().min(1).max(64).default(4).describe("How many orchestrators share the stream at most."),
      only: z
        .array(address("An orchestrator."))
        .max(1000)
        .default([])
        .describe("Use no others than these; empty means any."),
      judgedOnly: z
        .boolean()
        .default(false)
        .describe(
          "Buy only work that can be taken to the contract: where no program that this node knows judges the service, nothing is bought.",
        ),
      httpsOnly: z
        .boolean()
        .default(false)
        .describe(
          "Use no orchestrators at http addresses: everybody on the way can read and drop what goes there, though not forge it.",
        ),
      own: z
        .array(address("An orchestrator."))
        .max(1000)
        .default([])
        .describe("One's own orchestrators: others get a segment only when these have no place for it."),
      region: z
        .string()
        .regex(/^8[0-9a-f]{14}$/, "an H3 cell: 15 hexadecimal digits")
        .describe(
          "Where this node is: an H3 cell. Orchestrators near it are preferred by the policy weighted; without maximumDistanceKm only those are considered that name this cell, one around it, or none.",
        )
        .optional(),
      maximumDistanceKm: z
        .number()
        .min(0)
        .max(20_038)
        .describe("With region: farther orchestrators are not considered; those that name no region are [km].")
        .optional(),
      policy: z
        .enum(["weighted", "cheapest", "fastest"])
        .default("weighted")
        .describe("Who is preferred: the cheapest, the fastest, or who has the best sum by the weights."),
      weights: z
        .strictObject({
          price: weight("of the price: cheapest / own.").default(0.35),
          latency: weight("of the time that segments take by their length: fastest / own.").default(0.25),
          stake: weight("of the stake: own / largest.").default(0.05),
          history: weight("of the share of good segments; one half for who has none.").default(0.3),
          region: weight("of the nearness: 1 in the same cell, one half at 1,000 km or anywhere.").default(0.05),
        })
        .refine((weights) => Object.values(weights).some((value) => value > 0), "one of them must be above 0")
        .prefault({}),
      exploration: share(0, "Share of segments that go to an orchestrator with little history, one at a time.").default(
        0.03,
      ),
      seed: z
        .int()
        .min(0)
        .max(2 ** 31 - 1)
        .describe("Makes the draws of exploration the same in every run; without it they are not.")
        .optional(),
      quoteMs: milliseconds("How long an orchestrator has to answer a request for a quote.").default(3_000),
      gatherMs: milliseconds(
        "How long the answers of all are waited for at the start, when nothing is known and somebody has answered.",
      ).default(1_000),
      registryMs: milliseconds("How often the registry is read in the background.").default(60_000),
      refreshMs: milliseconds(
        "How often each orchestrator is asked for a quote in the background; those that do not answer more and more rarely.",
      ).default(120_000),
      refreshPerSecond: z
        .int()
        .min(1)
        .max(1_000)
        .default(20)
        .describe("Requests for quotes in the background, at most."),
      maximumOffers: z
        .int()
        .min(1)
        .max(10_000)
        .default(2_000)
        .describe("Most offers that are kept; beyond it those with the least stake are not."),
      historyHours: z
        .number()
        .min(0.01)
        .max(100_000)
        .default(72)
        .describe("After this time what happened with an orchestrator counts half [h]."),
    })
    .prefault({}),
  delivery: z
    .strictObject({
      copies: z
        .int()
        .min(1)
        .max(4)
        .default(1)
        .describe("To how many orchestrators each segment is sent; the first good answer is taken, all are paid."),
      compare: share(
        0,
        "With several copies: share of the segments of which all answers are awaited and compared, instead of ending the others' requests.",
      ).default(0.05),
      hedgeQuantile: share(
        0.5,
        "A segment that takes longer than this share of those that the orchestrator, or the stream, had before, or than twice their median, is sent to a second one; 1 sends none.",
      ).default(0.95),
      hedgeShare: share(
        0,
        "Most segments that are sent a second time for that reason, as a share of all; beyond it one that nobody has delivered when half of its time is over, four at first and then one in twenty.",
      ).default(0.1),
      hedgeAfterMs: milliseconds("No segment is sent a second time before.").default(1_000),
      deadlineMs: milliseconds(
        "How long after it was sent first a segment is reported missing, whatever is still tried.",
      ).default(90_000),
    })
    .prefault({}),
  checks: z
    .strictObject({
      enabled: enabled(
        "Look at the pictures of a part of the answers, and of all that are suspect; what is not the source's is not published. The structure of every answer is judged in any case.",
      ),
      grayShare: share(
        0,
        "Share of the answers of which one rendition is compared with the source by small pictures, which costs about a third of transcoding it all; of orchestrators with little history four times as many, of which auditable ones are encoded again.",
      ).default(0.05),
      exactShare: share(
        0,
        "Share of the answers of which one rendition is encoded again and compared bit by bit, which costs about half of transcoding it all; of orchestrators with little history four times as many.",
      ).default(0.002),
      timeoutMs: milliseconds(
        "How long each process of a check may take; beyond it the answer counts as good.",
      ).default(15_000),
      atOnce: z
        .int()
        .min(1)
        .max(64)
        .default(1)
        .describe(
          "Checks that run at the same time; beyond it answers that were drawn are published unseen, and suspect ones wait.",
        ),
    })
    .prefault({}),
  debt: z
    .strictObject({
      policy: z
        .enum(["certain", "quantile"])
        .default("certain")
        .describe(
          "What tickets in use count for against the deposit. certain: as if all had won, so that none is ever unpaid. quantile: as many as can have won, but for a chance of epsilon.",
        ),
      epsilon: z
        .number()
        .min(1e-15)
        .max(0.5)
        .default(1e-6)
        .describe("Chance, at any one moment, that more has been won than counts; with the policy quantile."),
    })
    .prefault({}),
  disputes: z
    .strictObject({
      enabled: enabled(
        "Challenge faults that the contract can be shown, and play these disputes; the node stays until they are over.",
      ),
      ...disputeSettings,
    })
    .prefault({}),
  segmentMs: milliseconds(
    "How long one orchestrator has for one segment before it goes to another: for the way there, its limits.transcodeMs and judgeMs (30 s by default), and the way back.",
  ).default(40_000),
  attempts: z.int().min(1).max(100).default(6).describe("How often a segment is sent before it is reported missing."),
  judgeMs,
});
