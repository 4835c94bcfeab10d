import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { WebSocket } from "ws";
import type { TranscoderConfig } from "../config/schema.ts";
import { asStreamflowError, StreamflowError } from "../errors.ts";
import type { HardwareEncoder } from "../media/hardware.ts";
import { CheckedAgent } from "../net/tls/checked-agent.ts";
import { pinnedKey } from "../net/tls/pinned-key.ts";
import { openMonitor } from "../observability/monitor.ts";
import { CLIENT_OPTIONS, receive, send, watchLiveness } from "../pool/channel.ts";
import type { LocalTranscoder } from "../pool/local.ts";
import { fromOrchestratorSchema, type FromOrchestrator } from "../pool/protocol.ts";
import { openFfmpeg } from "./ffmpeg.ts";
import { openLocalTranscoder } from "./local-transcoder.ts";
import { meteredTranscoder } from "./metered.ts";
import { startQueueWorker } from "./queue.ts";
import { readSecret } from "./secret.ts";
import type { Service } from "./service.ts";

/** What a session needs besides its connection. */
interface Modules {
  readonly secret: string;
  readonly local: Pick<LocalTranscoder, "capacity" | "speed" | "transcode">;
  readonly encoders: readonly HardwareEncoder[];
  /** Null: the orchestrator is connected; else why not. */
  readonly onConnection: (reason: string | null) => void;
  readonly log: Logger;
}

/**
 * Works for one orchestrator, or for the front ends of a queue, until closed; a lost connection is opened again. When it is closed it finishes what it
 * has, as far as drainMs allows.
 */
export async function startTranscoder(config: TranscoderConfig, log: Logger): Promise<Service> {
  const secret = await readSecret(config.secretFile);
  const runner = await openFfmpeg(config.ffmpeg, log);
  const monitor = await openMonitor({ role: "transcoder", ...config.monitor, parts: ["orchestrator"] }, log);
  const { capacity, benchmark, hardware } = config;
  const { local, encoders } = await openLocalTranscoder(
    { name: "local", capacity, benchmark, hardware },
    { runner, log },
  );
  const modules = {
    ...{ secret, encoders, log },
    local: meteredTranscoder(local, monitor?.metrics),
    onConnection: (reason: string | null) => monitor?.readiness.provide("orchestrator", () => reason),
  };
  const { orchestrator } = config;
  if (orchestrator === undefined) return startQueueWorker(config, modules, monitor);
  const leaving = new AbortController();

  const serve = async (): Promise<void> => {
    while (!leaving.signal.aborted) {
      await session({ ...config, orchestrator }, leaving.signal, modules);
      await delay(config.reconnectMs, undefined, { signal: leaving.signal }).catch(() => undefined);
    }
  };
  const done = serve();
  return {
    done,
    close: async () => {
      leaving.abort();
      await done;
      await monitor?.close();
    },
  };
}

/** One connection, from opening to loss, or until the orchestrator has nothing more to expect from a transcoder that is leaving. */
async function session(
  config: TranscoderConfig & { readonly orchestrator: string },
  leaving: AbortSignal,
  { secret, local, encoders, onConnection, log }: Modules,
): Promise<void> {
  const { orchestrator, serverKey, silenceMs, drainMs } = config;
  const { capacity, speed } = local;
  const socket = new WebSocket(orchestrator, {
    headers: { authorization: `Bearer ${secret}` },
    ...CLIENT_OPTIONS,
    handshakeTimeout: 5_000,
    // Before the secret is sent.
    ...(serverKey !== undefined && { agent: new CheckedAgent({}, pinnedKey(serverKey)) }),
  });
  const running = new Map<number, AbortController>();
  let limit: NodeJS.Timeout | undefined;
  const onLeave = () => {
    if (socket.readyState !== WebSocket.OPEN) return socket.terminate();
    // The orchestrator closes when it has every answer: only it knows what is still on its way here.
    send(socket, { type: "draining", parts: 0 });
    log.info({ running: running.size, drainMs }, "draining");
    limit = setTimeout(() => {
      log.warn({ running: running.size, drainMs }, "left with work unfinished");
      socket.terminate();
    }, drainMs);
  };
  leaving.addEventListener("abort", onLeave);

  socket.on("error", (error) => log.warn({ err: error, orchestrator }, "connection failed"));
  socket.on("open", () => {
    onConnection(null);
    send(socket, { type: "hello", capacity, speed, encoders, parts: 0 });
    log.info({ orchestrator, capacity }, "ready");
  });
  socket.on("upgrade", ({ socket: line }) => watchLiveness(socket, line, silenceMs));
  receive(socket, fromOrchestratorSchema, (message: FromOrchestrator, parts) => {
    if (message.type === "cancel") return running.get(message.id)?.abort();
    const cancel = new AbortController();
    running.set(message.id, cancel);
    void work(message, parts[0] as Uint8Array, cancel.signal).finally(() => running.delete(message.id));
  });

  const work = async (message: Extract<FromOrchestrator, { type: "work" }>, media: Uint8Array, signal: AbortSignal) => {
    const { id, renditions, timeoutMs } = message;
    try {
      // What was cancelled is about to end, and the place that it leaves is already given to other work.
      if ([...running.values()].filter((cancel) => !cancel.signal.aborted).length > capacity)
        throw new StreamflowError("CapacityExceeded", `capacity is ${capacity}`, { capacity });
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
  clearTimeout(limit);
  leaving.removeEventListener("abort", onLeave);
  for (const cancel of running.values()) cancel.abort();
}
