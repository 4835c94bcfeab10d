import type { Socket } from "node:net";
import { WebSocket } from "ws";
import type { z } from "zod";
import { MAX_FRAME_BYTES } from "./protocol.ts";

type Header = { readonly parts: number };

/**
 * How a transcoder opens its connection. WebSocket's masks keep what a web page sends from being taken for HTTP by what is on the way; there is no web
 * page here, and the mask of zeros, which changes nothing, spares both sides a pass over every byte.
 */
export const CLIENT_OPTIONS = {
  maxPayload: MAX_FRAME_BYTES,
  perMessageDeflate: false,
  generateMask: (mask: Buffer) => void mask.fill(0),
} as const;

/** Sends a header and its parts, back to back. */
export function send<H extends Header>(socket: WebSocket, header: H, parts: readonly Uint8Array[] = []): void {
  socket.send(JSON.stringify(header));
  for (const part of parts) socket.send(part);
}

/**
 * Calls `onMessage` for each complete message. A peer that breaks the protocol (unknown header, a part that was not announced, a header where
 * a part was due) is cut off with close code 1002.
 */
export function receive<H extends Header>(
  socket: WebSocket,
  schema: z.ZodType<H>,
  onMessage: (header: H, parts: Uint8Array[]) => void,
): void {
  let pending: { header: H; parts: Uint8Array[] } | undefined;

  const take = (header: H, parts: Uint8Array[]) => {
    pending = undefined;
    onMessage(header, parts);
  };
  const breach = (reason: string) => socket.close(1002, reason);

  socket.on("message", (data: Buffer, isBinary: boolean) => {
    if (isBinary) {
      if (pending === undefined) return breach("unexpected part");
      pending.parts.push(data);
      if (pending.parts.length === pending.header.parts) take(pending.header, pending.parts);
      return;
    }
    if (pending !== undefined) return breach("part expected");
    let json: unknown;
    try {
      json = JSON.parse(data.toString("utf8"));
    } catch {
      return breach("header is not JSON");
    }
    const parsed = schema.safeParse(json);
    if (!parsed.success) return breach("unknown header");
    if (parsed.data.parts === 0) take(parsed.data, []);
    else pending = { header: parsed.data, parts: [] };
  });
}

/** Looks at a connection in each part of the time that it may be silent. */
const LOOKS = 3;

/**
 * Ends a connection whose peer went silent: a cut cable sends no close, and a frozen process neither. Bytes that come count, whatever they are, and so do
 * bytes that leave: a pong waits behind a large message.
 * @param line what is under the socket
 * @param silenceMs {ms} that nothing may move
 */
export function watchLiveness(socket: WebSocket, line: Socket, silenceMs: number): void {
  let read = line.bytesRead;
  let unsent = 0;
  let stillFor = 0;
  const look = () => {
    const moved = line.bytesRead > read || socket.bufferedAmount < unsent;
    read = line.bytesRead;
    unsent = socket.bufferedAmount;
    stillFor = moved ? 0 : stillFor + 1;
    if (stillFor >= LOOKS) return socket.terminate();
    if (socket.readyState === WebSocket.OPEN) socket.ping();
  };
  const timer = setInterval(look, silenceMs / LOOKS);
  timer.unref();
  socket.on("close", () => clearInterval(timer));
}
