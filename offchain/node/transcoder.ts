import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { WebSocket } from "ws";
import type { TranscoderConfig } from "../config/schema.ts";
import { asStreamflowError, StreamflowError } from "../errors.ts";
import { openMonitor } from "../observability/monitor.ts";
import type { Transcoder } from "../pool/interface.ts";
import { LocalTranscoder } from "../pool/local.ts";
import { receive, send, watchLiveness } from "../pool/channel.ts";
import { fromOrchestratorSchema, MAX_FRAME_BYTES, type FromOrchestrator } from "../pool/protocol.ts";
import { openFfmpeg } from "./ffmpeg.ts";
import { meteredTranscoder } from "./metered.ts";
import { readSecret } from "./secret.ts";
import type { Service } from "./service.ts";

const LIVENESS_MS = 5_000;

/** Works for one orchestrator until closed; a lost connection is opened again. */
export async function startTranscoder(config: TranscoderConfig, log: Logger): Promise<Service> {
  const secret = await readSecret(config.secretFile);
  const runner = await openFfmpeg(config.ffmpeg.path, log, config.ffmpeg.memoryBytes);
  const monitor = await openMonitor({ role: "transcoder", ...config.monitor, parts: ["orchestrator"] }, log);
  const local = meteredTranscoder(
    new LocalTranscoder({ name: "local", capacity: config.capacity }, { runner }),
    monitor?.metrics,
  );
  const onConnection = (reason: string | null) => monitor?.readiness.provide("orchestrator", () => reason);
  const ended = new AbortController();

  const serve = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      await session(config, secret, local, ended.signal, log, onConnection);
      await delay(config.reconnectMs, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  };
  const done = serve();
  return {
    done,
    close: async () => {
      ended.abort();
      await done;
      await monitor?.close();
    },
  };
}

/** One connection, from opening to loss. */
async function session(
  config: TranscoderConfig,
  secret: string,
  local: Transcoder,
  ended: AbortSignal,
  log: Logger,
  onConnection: (reason: string | null) => void,
): Promise<void> {
  const socket = new WebSocket(config.orchestrator, {
    headers: { authorization: `Bearer ${secret}` },
    maxPayload: MAX_FRAME_BYTES,
    handshakeTimeout: 5_000,
  });
  const running = new Map<number, AbortController>();
  const onEnd = () => socket.terminate();
  ended.addEventListener("abort", onEnd);

  socket.on("error", (error) => log.warn({ err: error, orchestrator: config.orchestrator }, "connection failed"));
  socket.on("open", () => {
    onConnection(null);
    send(socket, { type: "hello", capacity: config.capacity, parts: 0 });
    log.info({ orchestrator: config.orchestrator, capacity: config.capacity }, "ready");
  });
  watchLiveness(socket, LIVENESS_MS);
  receive(socket, fromOrchestratorSchema, (message: FromOrchestrator, parts) => {
    if (message.type === "cancel") return running.get(message.id)?.abort();
    const cancel = new AbortController();
    running.set(message.id, cancel);
    void work(message, parts[0] as Uint8Array, cancel.signal).finally(() => running.delete(message.id));
  });

  const work = async (message: Extract<FromOrchestrator, { type: "work" }>, media: Uint8Array, signal: AbortSignal) => {
    const { id, renditions, timeoutMs } = message;
    try {
      if (running.size > config.capacity)
        throw new StreamflowError("CapacityExceeded", `capacity is ${config.capacity}`, { capacity: config.capacity });
      const results = await local.transcode({ media, renditions, timeoutMs }, signal);
      const bytes = results.map((result) => result.bytes);
      if (socket.readyState === WebSocket.OPEN) send(socket, { type: "result", id, parts: bytes.length }, bytes);
      log.debug({ id, renditions: bytes.length }, "segment transcoded");
    } catch (thrown) {
      const error = asStreamflowError(thrown);
      log.warn({ id, code: error.code, detail: error.message }, "segment failed");
      if (socket.readyState === WebSocket.OPEN)
        send(socket, { type: "failure", id, code: error.code, detail: error.message.slice(0, 2_000), parts: 0 });
    }
  };

  // An aborted opening reports an error first; the close that follows is what ends the session.
  await once(socket, "close").catch(() => undefined);
  onConnection("the orchestrator is not connected");
  ended.removeEventListener("abort", onEnd);
  for (const cancel of running.values()) cancel.abort();
}
