/**
 * Every failure that a person or a peer can see has a code from this catalogue. A code is stable; its HTTP status, its title and its
 * remedy are data, so the wire format (RFC 9457 problem details), the log line and `docs/errors.md` all come from here.
 */
interface ErrorInfo {
  /** HTTP status when the error answers a request. */
  readonly status: number;
  /** What happened, one constant sentence. */
  readonly title: string;
  /** What the reader can do about it. */
  readonly remedy: string;
}

export const CATALOGUE = {
  ConfigInvalid: {
    status: 500,
    title: "The configuration is not valid.",
    remedy: "Correct the named setting; the annotated example beside the role's schema lists them all.",
  },
  InternalError: {
    status: 500,
    title: "The node failed in a way it did not expect.",
    remedy: "Retry elsewhere; the node's operator finds the cause in its log under the same request id.",
  },
} as const satisfies Record<string, ErrorInfo>;

export type ErrorCode = keyof typeof CATALOGUE;

/** Figures that belong to one occurrence: amounts in wei as decimal strings, lengths in bytes, times in milliseconds. */
export type ErrorData = Readonly<Record<string, string | number | boolean | null>>;

export class StreamflowError extends Error {
  override readonly name = "StreamflowError";
  readonly code: ErrorCode;
  readonly data: ErrorData;

  /**
   * @param code   a key of the catalogue
   * @param detail what happened this time, with the compared values
   * @param data   the same values for programs
   */
  constructor(code: ErrorCode, detail: string, data: ErrorData = {}, options?: { cause?: unknown }) {
    super(detail, options);
    this.code = code;
    this.data = data;
  }

  get status(): number {
    return CATALOGUE[this.code].status;
  }
}

export function isStreamflowError(error: unknown, code?: ErrorCode): error is StreamflowError {
  return error instanceof StreamflowError && (code === undefined || error.code === code);
}

/** Any thrown value as a coded error; what has no code becomes `InternalError` and keeps its cause. */
export function asStreamflowError(error: unknown): StreamflowError {
  if (error instanceof StreamflowError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new StreamflowError("InternalError", message, {}, { cause: error });
}
