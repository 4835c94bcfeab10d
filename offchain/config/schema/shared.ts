import { z } from "zod";
import { DEFAULT_TRAFFIC, isAddressRange } from "../../net/traffic.ts";
import { bytes, count, host, milliseconds, path, port, url, wei } from "./kinds.ts";

// Settings that several roles have.

export const logLevel = z
  .enum(["trace", "debug", "info", "warn", "error", "silent"])
  .default("info")
  .describe("Least severe level that is logged; logs are JSON lines on standard output.");

export const ffmpeg = z
  .strictObject({
    path: path(
      "The ffmpeg to use; without it the system's is taken if it is fit, else the one that came with the packages.",
    )
      .meta({ variable: "FFMPEG_PATH" })
      .optional(),
    memoryBytes: bytes(
      268_435_456,
      6 * 2 ** 30,
      "Most address space that one ffmpeg may take; a segment that asks for more fails. 3 renditions of 720p from 4K take 0.6 GB, 4 of 4K 2.9 GB. macOS enforces no such limit: there it bounds each single allocation",
    ),
  })
  .prefault({});

export const chain = z.strictObject({
  rpcUrl: url(["http", "https"], "JSON-RPC end point of the chain."),
  deployment: path("The deployment file that names the contracts: deploy/networks/<name>/deployment.json."),
  timeoutMs: milliseconds("How long one request to the chain may take.").default(5_000),
  pollMs: milliseconds("How often the chain's head and round are read.").default(1_000),
  graceMs: milliseconds(
    "How long what was read last (deposits, allocations, keys, what judges a service) stands while the chain does not answer; beyond it no payment is made or taken. An unlock takes rounds, but a deposit may be paid out to others meanwhile.",
  ).default(600_000),
});

export const keyFile = path(
  "File with the account's private key (0x and 64 hexadecimal digits), readable by its owner only.",
);

export const dataDir = path("Directory of the node's store; it belongs to one account on one chain.");

export const monitor = z
  .strictObject({
    host: host("Address of the monitor. It asks for no password: let only those reach it who run the node."),
    port: port(
      "Port of the monitor, which serves /metrics, /healthz and /readyz; 0 takes a free one. Without it nothing is served or counted.",
    ).optional(),
  })
  .prefault({});

/** What a server takes from everybody. */
export const traffic = z
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

export const judgeMs = milliseconds(
  "How long the program that judges the service may take for one segment. An orchestrator's answer takes limits.transcodeMs and this at the most, beside the way there and back: together they should be below a broadcaster's segmentMs.",
).default(10_000);

export const silenceMs = milliseconds(
  "How long nothing may come from the other side of a transcoder's connection before it counts as lost; longer where lines are slow.",
).default(3_000);

export const drainMs = milliseconds(
  "How long the node may take to finish what it has begun when it is told to stop (SIGTERM, SIGINT); a second signal ends it at once. A supervisor that kills should wait longer.",
).default(25_000);

export const capacity = (text: string) =>
  z
    .int()
    .min(1)
    .max(256)
    .describe(
      `${text}; without it as many streams as the benchmark keeps up with, or one for each core without a benchmark.`,
    )
    .optional();

export const benchmark = z
  .boolean()
  .default(true)
  .describe(
    "Measure at start how quick the machine is: a second or two. Without it the pool learns its speed from its work.",
  );

/** Canonical services of the registry that are transcoding. */
export const service = z.enum(["CPUTranscoding", "GPUTranscoding"]);

export const hardware = z
  .boolean()
  .default(true)
  .describe("Encode what is ordered `fast` in hardware, where an encoder works (NVENC, QSV, VAAPI, VideoToolbox).");

/** What any node needs that plays disputes. */
export const disputeSettings = {
  maximumBond: wei(
    "Most that is left as a bond in one dispute; it comes back when the dispute is won. A challenge costs twice as much with each other one that is open against the orchestrator [wei].",
  ).prefault("500000000000000000"),
  storeBytes: bytes(
    1_000_000,
    10 * 2 ** 30,
    "Most that segments and renditions take on disk, which are kept for as long as they could be disputed; beyond it the oldest go, and with them the means to defend them",
  ),
  runMs: milliseconds("How long one run of a judging program may take.").default(600_000),
};

/** Where a defender gets bytes that it does not keep. */
export const segmentPeers = {
  peers: z
    .array(url(["http", "https"], "A node that serves bytes by their root."))
    .max(64)
    .default([])
    .describe(
      "Nodes that are asked for segments that are not kept here, e.g. the orchestrator itself or another watcher; what they send is checked.",
    ),
  fetchMs: milliseconds("How long one of them has to send one.").default(60_000),
};

/** A queue in Redis that front ends and transcoders share. */
export const queue = {
  urlFile: path(
    "File with the URL of the Redis that holds the queue, readable by its owner only: redis://user:password@host:6379, or rediss:// with TLS. Without it there is no queue.",
  ).optional(),
  name: z
    .string()
    .regex(/^[a-z0-9_-]{1,64}$/, "1 to 64 characters of a-z, 0-9, _ and -")
    .default("transcoding")
    .describe("Name of the queue, the same at the front ends and the transcoders that belong together."),
};
