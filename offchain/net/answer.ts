import type { IncomingMessage } from "node:http";
import { asStreamflowError, isStreamflowError, StreamflowError } from "../errors.ts";
import { readBody } from "./body.ts";
import { fromProblem, PROBLEM_TYPE } from "./problem.ts";

export interface Answer {
  readonly body: Buffer;
  readonly contentType: string;
}

/**
 * A peer's answer.
 * @param limits.maxBytes {bytes} largest one that is read
 * @throws StreamflowError the peer's own code when it refused; PeerFailed when it broke off, sent too much, or something unreadable
 */
export async function readAnswer(
  response: IncomingMessage,
  { maxBytes, peer }: { readonly maxBytes: number; readonly peer: string },
): Promise<Answer> {
  const contentType = response.headers["content-type"] ?? "";
  const status = response.statusCode ?? 0;
  const body = await readBounded(response, maxBytes, peer);
  if (status === 200) return { body, contentType };
  let problem: unknown;
  try {
    problem = contentType.startsWith(PROBLEM_TYPE) ? JSON.parse(body.toString("utf8")) : undefined;
  } catch {
    // What cannot be read is reported by its status alone.
  }
  throw fromProblem(status, problem, peer);
}

async function readBounded(response: IncomingMessage, maxBytes: number, peer: string): Promise<Buffer> {
  try {
    return await readBody(response, maxBytes);
  } catch (cause) {
    response.destroy();
    if (isStreamflowError(cause, "BodyTooLarge"))
      throw new StreamflowError("PeerFailed", `${peer} sent more than ${maxBytes} bytes`, { maxBytes }, { cause });
    const { message } = asStreamflowError(cause);
    throw new StreamflowError("PeerFailed", `${peer} broke off: ${message}`, {}, { cause });
  }
}
