import type { IncomingMessage } from "node:http";
import { StreamflowError } from "../errors.ts";

/** {bytes} Room that is made for a body before any of it has come: enough for a segment of two seconds, and nothing for who only says a length. */
const FIRST_BYTES = 2 ** 21;
/** {bytes} The same when no length is said. */
const UNSAID_BYTES = 2 ** 16;

/**
 * The body of a request or an answer in one buffer. Each piece is freed as soon as it is copied: together they are as large as the body, and left to
 * the garbage collector those of a few dozen segments start a collection of everything.
 * @param limit {bytes}
 * Errors: `BodyTooLarge`, and that of a connection that ends before.
 */
export function readBody(message: IncomingMessage, limit: number): Promise<Buffer> {
  const tooLarge = () =>
    new StreamflowError("BodyTooLarge", `the body is larger than ${limit} bytes`, { limitBytes: limit });
  const declared = Number(message.headers["content-length"] ?? UNSAID_BYTES);
  if (message.headers["content-length"] !== undefined && declared > limit) return Promise.reject(tooLarge());
  let body: Buffer = Buffer.allocUnsafeSlow(Math.min(declared, FIRST_BYTES, limit));
  let length = 0;
  return new Promise((resolve, reject) => {
    const settle = (next: () => void) => {
      message.off("data", onData).off("end", onEnd).off("error", onError).off("close", onClose);
      next();
    };
    const onData = (piece: Buffer) => {
      const end = length + piece.length;
      if (end > limit) return settle(() => reject(tooLarge()));
      if (end > body.length) body = extended(body, Math.min(limit, 2 * end));
      piece.copy(body, length);
      length = end;
      free(piece);
    };
    const onEnd = () => settle(() => resolve(body.subarray(0, length)));
    const onError = (error: Error) => settle(() => reject(error));
    const onClose = () => onError(new Error("the connection ended"));
    message.on("data", onData).on("end", onEnd).on("error", onError).on("close", onClose);
  });
}

function extended(bytes: Buffer, length: number): Buffer {
  const longer = Buffer.allocUnsafeSlow(length);
  bytes.copy(longer);
  return longer;
}

/** Gives back the memory of a piece that nobody else sees; a part of something larger is left alone. */
function free({ buffer, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
