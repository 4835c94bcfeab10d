import { randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import type { Logger } from "pino";
import type { BroadcasterConfig } from "../config/schema.ts";
import { StreamflowError } from "../errors.ts";
import { createHlsWriter } from "../media/hls/writer.ts";
import { fitLadder, SOURCE_NAME } from "../media/ladder.ts";
import type { FfmpegRunner, Profile, SegmentInfo } from "../media/interface.ts";
import { openStorage } from "../media/storage/storage.ts";
import { createServer } from "../net/server.ts";
import { DEFAULT_TRAFFIC } from "../net/traffic.ts";
import { buyStream } from "../node/buy-stream.ts";
import { systemClock } from "../node/clock.ts";
import { openFfmpeg } from "../node/ffmpeg.ts";
import { type Gateway, openGateway, type Replaced } from "../node/gateway.ts";
import type { Service } from "../node/service.ts";
import { makeReport } from "../node/stream-report.ts";
import { Admission } from "./admission.ts";
import { allowHalfOpen } from "./half-open.ts";
import { Notifier, readWebhookKey, type StreamEvent } from "./notifier.ts";
import { closeLeft, remembered } from "./outputs.ts";
import { playRoutes } from "./play-routes.ts";
import { pushRoutes } from "./push-routes.ts";
import { listenRtmp } from "./rtmp.ts";
import { LiveStream } from "./stream.ts";
import { Streams } from "./streams.ts";
import { watchRoutes } from "./watch-routes.ts";

/** {ms} A connection over which nothing comes for so long is dead. */
const STALL_MS = 15_000;
/** Orchestrators that a node has sessions with, at most. */
const MOST_ORCHESTRATORS = 64;
/** Connections beyond the streams that may exist: those that are not admitted yet. */
const MOST_STRANGERS = 16;
/** Many players come from one address, and nobody's streams are bodies in memory. */
const TRAFFIC = { ...DEFAULT_TRAFFIC, connectionsPerPeer: 2_048, requestsPerPeer: 1_024, requestsPerSecond: 2_000 };
/** {bytes} What a body of unknown length takes at a time. */
const CHUNKED_BYTES = 1_048_576;
const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);

/**
 * Starts a gateway: encoders send to it, players fetch from it.
 * @throws StreamflowError ConfigInvalid, and those of the gateway and of ffmpeg
 */
export async function startLive(config: BroadcasterConfig, log: Logger, replaced: Replaced): Promise<Service> {
  const { live } = config;
  if (!LOOPBACK.has(live.listen.host) && live.keysFile === undefined && live.webhookUrl === undefined) {
    const detail = `live.listen.host ${live.listen.host} can be reached by others: set live.keysFile or live.webhookUrl`;
    throw new StreamflowError("ConfigInvalid", detail);
  }
  const closers: (() => void | Promise<void>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  const stop = new AbortController();
  try {
    const { promise: done, resolve } = Promise.withResolvers<void>();
    closers.push(resolve);
    const storage = await openStorage(config);
    const runner = await openFfmpeg(config.ffmpeg, log);
    const { ffmpeg } = runner;
    const gateway = await openGateway(config, { ...replaced, patient: true }, log, stop.signal);
    closers.push(() => gateway.close());
    gateway.choosing.refresh();

    const server = createServer(
      { bodyLimit: live.segmentBytes, requestTimeoutMs: 0, chunkedBytes: CHUNKED_BYTES, traffic: TRAFFIC },
      log.child({ module: "http" }),
      gateway.metrics,
    );
    allowHalfOpen(server.server);
    closers.push(() => server.close());
    const notifier = await openNotifier(config, log.child({ module: "events" }));
    closers.push(() => notifier?.close());
    const onEvent = (event: StreamEvent) => notifier?.notify(event);
    await closeLeft(gateway.outputs, { storage, onEvent, log });
    const { orchestrators } = config.selection;
    const streams = new Streams(
      { most: live.streams, reconnectMs: live.reconnectMs, graceMs: Math.max(1_000, live.reorderMs) },
      {
        admission: new Admission({
          keysFile: live.keysFile ?? null,
          webhookUrl: live.webhookUrl ?? null,
          webhookMs: live.webhookMs,
        }),
        start: (name, first, ladder) =>
          startStream(
            { name, first, ladder: ladder ?? config.ladder },
            { config, gateway, runner, storage, onEvent, log },
          ),
        onEvent,
        onCount: (count) => {
          gateway.choosing.market.resize(Math.min(MOST_ORCHESTRATORS, orchestrators * Math.max(1, count)));
        },
        log,
      },
    );
    closers.push(() => streams.close());
    const limits = { segmentMs: live.segmentMs, stallMs: STALL_MS };
    pushRoutes(server, { ...limits, segmentBytes: live.segmentBytes }, { streams, ffmpeg, log });
    if (!config.out.startsWith("s3:")) {
      await playRoutes(server, config.out);
      await watchRoutes(server);
    }
    await server.listen({ host: live.listen.host, port: live.listen.port });
    const { address: host, port } = server.server.address() as AddressInfo;

    let rtmpPort: number | null = null;
    if (live.listen.rtmpPort !== undefined) {
      const rtmp = await listenRtmp(
        { host: live.listen.host, port: live.listen.rtmpPort, ...limits, most: live.streams + MOST_STRANGERS },
        { streams, ffmpeg, log: log.child({ module: "rtmp" }) },
      );
      closers.push(() => rtmp.close());
      rtmpPort = rtmp.port;
    }
    log.info({ url: `http://${host}:${port}`, rtmpPort }, "ready");
    return { done, close };
  } catch (error) {
    stop.abort(error);
    await close();
    throw error;
  }
}

/** Null when nobody is to be told. Errors: `ConfigInvalid`. */
async function openNotifier({ live }: BroadcasterConfig, log: Logger): Promise<Notifier | null> {
  const { eventsUrl: url, eventsSecretFile, webhookMs: timeoutMs } = live;
  if (url === undefined) return null;
  const key = eventsSecretFile === undefined ? null : await readWebhookKey(eventsSecretFile);
  return new Notifier({ url, key, timeoutMs }, { clock: systemClock, log });
}

function startStream(
  { name, first, ladder }: { readonly name: string; readonly first: SegmentInfo; readonly ladder: readonly Profile[] },
  {
    config,
    gateway,
    runner,
    storage,
    onEvent,
    log,
  }: {
    readonly config: BroadcasterConfig;
    readonly gateway: Gateway;
    readonly runner: FfmpegRunner;
    readonly storage: Awaited<ReturnType<typeof openStorage>>;
    readonly onEvent: (event: StreamEvent) => void;
    readonly log: Logger;
  },
): LiveStream {
  const { live } = config;
  const id = `0x${randomBytes(32).toString("hex")}`;
  const renditions = fitLadder(ladder, first.video);
  const begun = performance.now();
  const segmentSeconds = Math.max(0.5, first.durationMs / 1_000);
  // Each stream of a name has its own place: players may still be reading the last one.
  const base = `${name}/${new Date().toISOString().replace(/[-:.]/g, "")}`;
  const master = `${name}.m3u8`;
  const { window } = live;
  const record = live.record ? { segments: Math.ceil((live.recordHours * 3_600) / segmentSeconds) } : null;
  const writer = createHlsWriter({ storage, renditions, base, master, live: { window, record } });
  const variants = [...renditions.map((rendition) => rendition.name), SOURCE_NAME];
  const open = { base, name, stream: id, master, variants, window, isRecorded: live.record };
  const output = remembered(writer, open, gateway.outputs);
  const stream = new LiveStream(
    { name, id, renditions, reorderMs: live.reorderMs },
    {
      output,
      buy: (segments, publishing, signal) => {
        const deadline = { ms: live.deadlineMs, from: "arrival" } as const;
        const order = { stream: id, renditions, runner, segments, output: publishing, deadline };
        return buyStream(order, gateway, log.child({ name, stream: id }), signal);
      },
      onClosed: () => {
        if (!live.record) return;
        onEvent({ type: "recording.complete", name, stream: id, playlist: `${base}/recording.m3u8` });
      },
      clock: systemClock,
      log: log.child({ name }),
    },
  );
  stream.done.then(
    (account) => {
      const seconds = (performance.now() - begun) / 1_000;
      const of = {
        stream: id,
        broadcaster: gateway.payer,
        ingest: "copy",
        renditions,
        account,
        seconds,
      } as const;
      log.info({ name, ...makeReport(of) }, "stream ended");
    },
    // Whoever keeps the streams says so.
    () => undefined,
  );
  return stream;
}
