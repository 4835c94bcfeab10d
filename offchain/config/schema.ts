import { z } from "zod";
import { DEFAULT_LADDER, profileSchema } from "../media/ladder.ts";
import { DEFAULT_TRAFFIC, isAddressRange } from "../net/traffic.ts";
import { DEFAULT_POLICY, DEFAULT_TIMING } from "../pm/redemption-defaults.ts";

/**
 * The settings of each role. A setting is written once, here: its description becomes the help text of its flag and the comment in the
 * annotated example, its default the value shown there. Amounts are decimal strings so that a file, an environment and a flag can all carry
 * them exactly; they are bigints after parsing.
 */
const wei = (text: string) =>
  z
    .string()
    .regex(/^\d{1,30}$/, "a whole number of wei in decimal digits")
    .transform((digits) => BigInt(digits))
    .describe(text);

const url = (protocols: string[], text: string) =>
  z
    .url({
      protocol: new RegExp(`^(${protocols.join("|")})$`),
      error: `a URL starting with ${protocols.join(":// or ")}://`,
    })
    .describe(text);

const address = (text: string) =>
  z
    .string()
    .regex(/^0x[0-9a-fA-F]{40}$/, "an address: 0x and 40 hexadecimal digits")
    .describe(text);

const share = (least: number, text: string) => z.number().min(least).max(1).describe(text);

/** A share that becomes a ratio {1e18 = 1}, to nine digits. */
const ratio = (least: number, text: string) =>
  share(least, text).transform((number) => BigInt(Math.round(number * 1e9)) * 10n ** 9n);

/** What a part counts for; only the ratios between weights matter. */
const weight = (text: string) => z.number().min(0).max(1_000).describe(`Weight ${text}`);

const port = (text: string) => z.int().min(0).max(65535).describe(text);
const milliseconds = (text: string) => z.int().min(1).max(86_400_000).describe(`${text} [ms]`);
const judgeMs = milliseconds(
  "How long the program that judges the service may take for one segment. An orchestrator's answer takes limits.transcodeMs and this at the most, beside the way there and back: together they should be below a broadcaster's segmentMs.",
).default(10_000);
const silenceMs = milliseconds(
  "How long nothing may come from the other side of a transcoder's connection before it counts as lost; longer where lines are slow.",
).default(3_000);
const drainMs = milliseconds(
  "How long the node may take to finish what it has begun when it is told to stop (SIGTERM, SIGINT); a second signal ends it at once. A supervisor that kills should wait longer.",
).default(25_000);
const capacity = (text: string) =>
  z
    .int()
    .min(1)
    .max(256)
    .describe(
      `${text}; without it as many streams as the benchmark keeps up with, or one for each core without a benchmark.`,
    )
    .optional();
const benchmark = z
  .boolean()
  .default(true)
  .describe(
    "Measure at start how quick the machine is, and which encoders it has in hardware: a second or two. Without it the pool learns its speed from its work.",
  );
const path = (text: string) => z.string().min(1).max(4096).describe(text);

const logLevel = z
  .enum(["trace", "debug", "info", "warn", "error", "silent"])
  .default("info")
  .describe("Least severe level that is logged; logs are JSON lines on standard output.");

const ffmpeg = z
  .strictObject({
    path: path(
      "The ffmpeg to use; without it the system's is taken if it is fit, else the one that came with the packages.",
    )
      .meta({ variable: "FFMPEG_PATH" })
      .optional(),
    memoryBytes: z
      .int()
      .min(268_435_456)
      .max(2 ** 50)
      .default(6 * 2 ** 30)
      .describe(
        "Most address space that one ffmpeg may take; a segment that asks for more fails. 3 renditions of 720p from 4K take 0.6 GB, 4 of 4K 2.9 GB. macOS enforces no such limit: there it bounds each single allocation [bytes].",
      ),
  })
  .prefault({});

const chain = z.strictObject({
  rpcUrl: url(["http", "https"], "JSON-RPC end point of the chain."),
  deployment: path("The deployment file that names the contracts: deploy/networks/<name>/deployment.json."),
  timeoutMs: milliseconds("How long one request to the chain may take.").default(5_000),
  pollMs: milliseconds("How often the chain's head and round are read.").default(1_000),
});

const keyFile = path("File with the account's private key (0x and 64 hexadecimal digits), readable by its owner only.");

const monitor = z
  .strictObject({
    host: z
      .string()
      .min(1)
      .max(255)
      .default("127.0.0.1")
      .describe("Address of the monitor. It asks for no password: let only those reach it who run the node."),
    port: port(
      "Port of the monitor, which serves /metrics, /healthz and /readyz; 0 takes a free one. Without it nothing is served or counted.",
    ).optional(),
  })
  .prefault({});

const count = (most: number, usual: number, text: string) => z.int().min(1).max(most).default(usual).describe(text);

/** What a server takes from everybody. */
const traffic = z
  .strictObject({
    connections: count(100_000, DEFAULT_TRAFFIC.connections, "Connections at the same time."),
    connectionsPerPeer: count(
      100_000,
      DEFAULT_TRAFFIC.connectionsPerPeer,
      "Of these, from one address (of IPv6: from one /64). Those of trusted proxies are not counted.",
    ),
    requests: count(100_000, DEFAULT_TRAFFIC.requests, "Requests that are not answered yet."),
    requestsPerPeer: count(
      100_000,
      DEFAULT_TRAFFIC.requestsPerPeer,
      "Of these, from one address. A broadcaster has at most 64 connections to one orchestrator, and one request on each.",
    ),
    bytes: count(
      2 ** 40,
      DEFAULT_TRAFFIC.bytes,
      "Most that the bodies of these may take in memory: 64 segments of 8 MiB [bytes].",
    ),
    requestsPerSecond: count(1_000_000, DEFAULT_TRAFFIC.requestsPerSecond, "Requests of one address."),
    headersMs: milliseconds("How long the head of a request may take to arrive.").default(DEFAULT_TRAFFIC.headersMs),
    answerMs: milliseconds("How long an answer may take to be read, before the connection is closed.").default(
      DEFAULT_TRAFFIC.answerMs,
    ),
    trustedProxies: z
      .array(z.string().max(64).refine(isAddressRange, "an address, or a range: address/bits"))
      .max(64)
      .default([])
      .describe(
        "Proxies in front of this server, as addresses or ranges (10.0.0.0/8): of their requests the address in x-forwarded-for counts. From others that header means nothing.",
      ),
  })
  .prefault({});

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
  drainMs,
  silenceMs,
  reconnectMs: milliseconds("Pause before connecting again after the orchestrator was lost.").default(500),
});

/** How winners are redeemed, by the node itself or by hand. */
export const redemptionSchema = z.strictObject({
  margin: share(
    0.01,
    "Share of a winner's life, or of the time until its broadcaster may withdraw, at the end of which it is redeemed whatever gas costs, below its face value.",
  ).default(DEFAULT_POLICY.margin),
  patience: share(
    0,
    "A new winner waits until gas is as cheap as in this share of the last blocks; the older it is, the less it asks for. 1 waits for no price.",
  ).default(DEFAULT_POLICY.patience),
  negligible: ratio(
    0,
    "A winner whose redemption costs no more than this share of its face value does not wait for cheaper gas.",
  ).prefault(Number(DEFAULT_POLICY.negligible) / 1e18),
  gatherMs: z
    .int()
    .min(0)
    .max(86_400_000)
    .describe(
      `How long a winner waits for others to share a transaction with; without it ${DEFAULT_POLICY.gather}, on a local chain 0 [ms].`,
    )
    .optional(),
  batchSize: z
    .int()
    .min(1)
    .max(1_000)
    .default(DEFAULT_POLICY.batchSize)
    .describe("Most winners in one transaction; so many wait for no others."),
  maximumInFlight: z
    .int()
    .min(1)
    .max(64)
    .default(DEFAULT_TIMING.maxInFlight)
    .describe("Transactions that are sent and in no block yet, at most."),
  confirmations: z
    .int()
    .min(0)
    .max(10_000)
    .describe(
      `Blocks on top of a redemption after which it counts as final; without it ${DEFAULT_TIMING.confirmations}, on a local chain 0.`,
    )
    .optional(),
  replaceAfter: z
    .int()
    .min(1)
    .max(1_000)
    .default(DEFAULT_TIMING.replaceAfter)
    .describe("Blocks after which a transaction that is in none is replaced by one that pays more."),
  claimDefaults: z
    .boolean()
    .default(DEFAULT_POLICY.claimDefaults)
    .describe(
      "Present winners that their broadcaster cannot pay as defaults, in time, so that it loses its penalty escrow if it does not pay after all.",
    ),
});

/** What any node needs that plays disputes. */
const disputeSettings = {
  maximumBond: wei(
    "Most that is left as a bond in one dispute; it comes back when the dispute is won. A challenge costs twice as much with each other one that is open against the orchestrator [wei].",
  ).prefault("500000000000000000"),
  storeBytes: z
    .int()
    .min(1_000_000)
    .max(2 ** 50)
    .default(10 * 2 ** 30)
    .describe(
      "Most that segments and renditions take on disk, which are kept for as long as they could be disputed; beyond it the oldest go, and with them the means to defend them [bytes].",
    ),
  runMs: milliseconds("How long one run of a judging program may take.").default(600_000),
};

const dataDir = path("Directory of the node's store; it belongs to one account on one chain.");

const enabled = (text: string) => z.boolean().default(true).describe(text);

/** Where a defender gets bytes that it does not keep. */
const segmentPeers = {
  peers: z
    .array(url(["http", "https"], "A node that serves bytes by their root."))
    .max(64)
    .default([])
    .describe(
      "Nodes that are asked for segments that are not kept here, e.g. the orchestrator itself or another watcher; what they send is checked.",
    ),
  fetchMs: milliseconds("How long one of them has to send one.").default(60_000),
};

export const orchestratorSchema = z.strictObject({
  logLevel,
  monitor,
  ffmpeg,
  chain,
  keyFile,
  dataDir,
  listen: z
    .strictObject({
      host: z.string().min(1).max(255).default("127.0.0.1").describe("Address to listen on."),
      port: port("Port to listen on; 0 takes a free one.").default(8935),
    })
    .prefault({}),
  traffic,
  transcode: z.boolean().default(false).describe("Transcode inside this process too, without a separate transcoder."),
  transcodeCapacity: capacity("Segments that the inner transcoder works on at the same time"),
  transcodeBenchmark: benchmark,
  drainMs,
  pool: z
    .strictObject({
      credentialsFile: path(
        "File that says which transcoders may connect, made by `streamflow pool add`; it is read again when it changes, and who is in it no more is disconnected. Without it no transcoder can connect.",
      ).optional(),
      silenceMs,
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
      redemptionKeyFile: path(
        "File with the key of an account that pays for this front end's redemptions; every front end but 0, which plays disputes from the orchestrator's own, needs one of its own.",
      ).optional(),
    })
    .refine(({ index, count }) => index < count, { path: ["index"], error: "must be below frontEnd.count" })
    .refine(({ index, redemptionKeyFile }) => index === 0 || redemptionKeyFile !== undefined, {
      path: ["redemptionKeyFile"],
      error: "required, two processes cannot send transactions from one account",
    })
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

/** How encoders and players are served by a broadcaster without an input. */
const live = z
  .strictObject({
    listen: z
      .strictObject({
        host: z
          .string()
          .min(1)
          .max(255)
          .default("127.0.0.1")
          .describe("Address to listen on; one that others can reach needs live.keysFile or live.webhookUrl."),
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
    webhookMs: milliseconds("How long the webhook has to answer.").default(5_000),
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
  ladder: z
    .array(profileSchema)
    .min(1)
    .max(16)
    .default([...DEFAULT_LADDER])
    .describe("The renditions wanted; those larger than the source are left out."),
  service: z
    .enum(["CPUTranscoding", "GPUTranscoding"])
    .default("CPUTranscoding")
    .describe("The service to look for in the registry."),
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
        "A segment that takes longer than this share of those that the orchestrator, or the stream, had before is sent to a second one; 1 sends none.",
      ).default(0.95),
      hedgeShare: share(0, "Most segments that are sent a second time for that reason, as a share of all.").default(
        0.1,
      ),
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
        "Share of the answers of which one rendition is compared with the source by small pictures, which costs about a third of transcoding it all; of orchestrators with little history four times as many.",
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

export const watcherSchema = z.strictObject({
  logLevel,
  monitor,
  chain,
  keyFile,
  dataDir,
  orchestrators: z
    .array(address("An orchestrator."))
    .min(1)
    .max(1_000)
    .describe("Orchestrators that are defended when they are silent, e.g. those with one's own stake."),
  patience: share(0, "Share of its clock that an orchestrator has for itself before this node defends it.").default(
    0.25,
  ),
  disputes: z.strictObject({ ...disputeSettings, ...segmentPeers }).prefault({}),
  listen: z
    .strictObject({
      host: z.string().min(1).max(255).default("127.0.0.1").describe("Address to serve bytes by their root on."),
      port: port("Port to serve them on; 0 takes a free one.").default(8936),
    })
    .prefault({}),
  traffic,
});

export const SCHEMAS = {
  orchestrator: orchestratorSchema,
  broadcaster: broadcasterSchema,
  transcoder: transcoderSchema,
  watcher: watcherSchema,
} as const;

export type Role = keyof typeof SCHEMAS;
export type OrchestratorConfig = z.infer<typeof orchestratorSchema>;
export type BroadcasterConfig = z.infer<typeof broadcasterSchema>;
export type RedemptionConfig = z.infer<typeof redemptionSchema>;
export type WatcherConfig = z.infer<typeof watcherSchema>;
export type TranscoderConfig = z.infer<typeof transcoderSchema>;
