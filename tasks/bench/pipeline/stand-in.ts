import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { WebSocket } from "ws";
import { CLIENT_OPTIONS, receive, send } from "../../../offchain/pool/channel.ts";
import { fromOrchestratorSchema } from "../../../offchain/pool/protocol.ts";
import { POOL_PATH } from "../../../offchain/net/wire.ts";
import type { DevnetOrchestrator } from "../../devnet/network.ts";
import { markOf, withMark } from "./marks.ts";
import type { BenchNetwork } from "./network.ts";

/** {1} More than any measurement has under way. */
const CAPACITY = 256;

export interface StandInOptions {
  /** Of a source segment, by its length {bytes} without the mark: what its renditions are, in the order in which they are ordered. */
  readonly prepared: ReadonlyMap<number, readonly Buffer[]>;
  /** {ms} How long the segment of this number takes. */
  readonly delayOf: (mark: number) => number;
}

/**
 * Connects to an orchestrator in the place of its transcoder, with its secret, and answers with renditions made beforehand, each with the mark of its source.
 * @returns how to disconnect it
 */
export async function standIn(
  orchestrator: DevnetOrchestrator,
  { prepared, delayOf }: StandInOptions,
  { dir }: BenchNetwork,
): Promise<() => Promise<void>> {
  await orchestrator.transcoder.close();
  const secret = await readFile(join(dir, `${orchestrator.name}-transcoder`, "transcoder.secret"), "utf8");
  const joined = orchestrator.process.line("transcoder joined");
  const socket = new WebSocket(`${orchestrator.url.replace("http", "ws")}${POOL_PATH}`, {
    ...{ ...CLIENT_OPTIONS, headers: { authorization: `Bearer ${secret.trim()}` } },
  });
  const failed = once(socket, "error").then(([error]) => {
    throw error;
  });
  failed.catch(() => undefined);
  socket.on("open", () => send(socket, { type: "hello", capacity: CAPACITY, speed: null, encoders: [], parts: 0 }));
  receive(socket, fromOrchestratorSchema, (message, parts) => {
    if (message.type !== "work") return;
    const { mark, length } = markOf(parts[0]!);
    const renditions = prepared.get(length);
    if (renditions === undefined) throw new Error(`no renditions of ${length} bytes were prepared`);
    const answers = renditions.map((bytes) => withMark(bytes, mark));
    setTimeout(() => {
      if (socket.readyState === WebSocket.OPEN)
        send(socket, { type: "result", id: message.id, parts: answers.length }, answers);
    }, delayOf(mark));
  });
  await Promise.race([joined, failed]);
  return async () => {
    const left = orchestrator.process.line("transcoder left");
    socket.terminate();
    await left;
  };
}
