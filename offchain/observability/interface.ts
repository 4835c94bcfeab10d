/**
 * What parts of the node are handed to be watched by. Every one of them works without: `metrics?.segments.inc({ result: "sold" })`. Values of
 * labels are few: codes of the catalogue, routes, stages, and names through a `BoundedLabel`.
 */
export interface Counts<L extends string> {
  /** @param by {1} at least 0; default 1 */
  inc(labels: Record<L, string>, by?: number): void;
}

export interface Times<L extends string> {
  /** @param seconds {s} */
  observe(labels: Record<L, string>, seconds: number): void;
}

/** Of an HTTP server. `route` is the pattern, or `none`. */
export interface HttpMetrics {
  readonly requests: Counts<"route" | "status">;
  readonly requestSeconds: Times<"route">;
  /** Requests that were answered with a problem, and connections that were closed for one. */
  readonly refusals: Counts<"code">;
}

/** A step of a segment's way that is worth its own time. `sale` and `purchase` are the whole of it at an orchestrator and a broadcaster. */
export type Stage = "transcode" | "judge" | "check" | "sale" | "purchase";

export interface SegmentMetrics {
  /** What became of segments: `delivered`, `missing` (broadcaster), `sold`, `failed`, `refused` (orchestrator: before the payment, for want of a place or of time), `transcoded`, `failed` (transcoder). */
  readonly segments: Counts<"result">;
  readonly bought: Counts<"orchestrator">;
  readonly failures: Counts<"orchestrator" | "code">;
  readonly segmentSeconds: Times<"stage">;
}

/** Of the way of segments to a broadcaster's market. */
export interface DeliveryMetrics extends Pick<SegmentMetrics, "segments"> {
  /** Second sendings because of a failure. */
  readonly retried: Counts<never>;
  /** Second sendings because a segment is late. */
  readonly hedged: Counts<never>;
  /** Segments that found no place while it was of use. */
  readonly shed: Counts<never>;
  /** Second sendings, `hedge` or `retry`, that were not sent because there is too much to do. A hedge counts at each look. */
  readonly withheld: Counts<"kind">;
}

/** A function that says why something is not ready; null when it is. */
export type ReadyCheck = () => string | null | Promise<string | null>;
