import { z } from "zod";
import { CATALOGUE, StreamflowError, type ErrorCode, type ErrorData } from "../errors.ts";

export const PROBLEM_TYPE = "application/problem+json";

/** RFC 9457 problem details; `code` is the stable name, `remedy` what the receiver can do. */
const problemSchema = z.object({
  code: z.string().max(64),
  detail: z.string().max(2_000),
  data: z.record(z.string().max(64), z.union([z.string().max(1_000), z.number(), z.boolean(), z.null()])).default({}),
});

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly remedy: string;
  readonly data: ErrorData;
}

export function toProblem(error: StreamflowError): Problem {
  const { status, title, remedy } = CATALOGUE[error.code];
  // What went wrong inside is the operator's business, not the peer's.
  const detail = error.code === "InternalError" ? title : error.message;
  return {
    type: `urn:streamflow:error:${error.code}`,
    title,
    status,
    detail,
    code: error.code,
    remedy,
    data: error.data,
  };
}

/** A peer's answer as an error; a body that is no problem document of ours becomes `PeerFailed`. */
export function fromProblem(status: number, body: unknown, peer: string): StreamflowError {
  const parsed = problemSchema.safeParse(body);
  if (parsed.success && Object.hasOwn(CATALOGUE, parsed.data.code)) {
    return new StreamflowError(parsed.data.code as ErrorCode, parsed.data.detail, parsed.data.data);
  }
  return new StreamflowError("PeerFailed", `${peer} answered with status ${status}`, { status });
}
