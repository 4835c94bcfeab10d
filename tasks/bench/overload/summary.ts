/** One segment that an encoder has sent. */
export interface Sent {
  readonly stream: string;
  /** {ms} When, from the beginning. */
  readonly atMs: number;
  /** {ms} Until it was answered. */
  readonly tookMs: number;
  /** With all its renditions, with none, or not at all. */
  readonly result: "delivered" | "source only" | "refused";
}

export interface Span {
  /** {s} When the load counts from, and when it ends. */
  readonly loadFrom: number;
  readonly loadUntil: number;
  /** {ms} */
  readonly deadlineMs: number;
  /** {1} Streams of which all could be delivered. */
  readonly capacity: number;
}

export interface Summary {
  /** {1} Sent under the load. */
  readonly segments: number;
  /** {1/s} Of these, delivered in time. */
  readonly goodputPerSecond: number;
  readonly sourceOnly: number;
  readonly refused: number;
  /** {1} Streams under the load of which at least 95 % was delivered in time, and less than 5 %. */
  readonly wholeStreams: number;
  readonly bareStreams: number;
  readonly streams: number;
  /** {1} Of all that was delivered in time, what so many streams have as there is capacity for, those with most: 1 when nobody else has any. */
  readonly concentration: number;
  /** {ms} Until a segment that is published without renditions is. */
  readonly fallbackMedianMs: number | null;
  readonly deliveredMedianMs: number | null;
  /** {s} From the load's end until everything that is sent is delivered again; null when it is not before the run ends. */
  readonly recoverySeconds: number | null;
}

export interface Outcome extends Summary {
  /** {1} Offered, as a share of the capacity. */
  readonly load: number;
  readonly offeredPerSecond: number;
  /** {1} In the whole run: what was paid, and what was answered for it. */
  readonly ticketsTaken: number;
  readonly segmentsSold: number;
}

/** {ms} Between the gateway's clock and the encoder's. */
const SLACK_MS = 250;
/** {1} */
const WHOLE = 0.95;

export function summarize(sent: readonly Sent[], { loadFrom, loadUntil, deadlineMs, capacity }: Span): Summary {
  const inTime = ({ result, tookMs }: Sent) => result === "delivered" && tookMs <= deadlineMs + SLACK_MS;
  const under = sent.filter(({ atMs }) => atMs >= 1_000 * loadFrom && atMs < 1_000 * loadUntil);
  const good = under.filter(inTime);
  const bare = under.filter(({ result }) => result === "source only");
  const streams = [...Map.groupBy(under, ({ stream }) => stream).values()].map((ofStream) => ({
    sent: ofStream.length,
    good: ofStream.filter(inTime).length,
  }));
  const shares = streams.map((each) => each.good / each.sent);
  const most = streams.map((each) => each.good).sort((a, b) => b - a);
  const ofMost = most.slice(0, capacity).reduce((sum, count) => sum + count, 0);
  const after = sent.filter(({ atMs }) => atMs >= 1_000 * loadUntil).sort((a, b) => a.atMs - b.atMs);
  const lastLost = after.findLast((each) => !inTime(each));
  return {
    segments: under.length,
    goodputPerSecond: rounded(good.length / (loadUntil - loadFrom), 2),
    sourceOnly: bare.length,
    refused: under.filter(({ result }) => result === "refused").length,
    streams: streams.length,
    concentration: rounded(ofMost / Math.max(1, good.length), 2),
    wholeStreams: shares.filter((share) => share >= WHOLE).length,
    bareStreams: shares.filter((share) => share <= 1 - WHOLE).length,
    fallbackMedianMs: medianOf(bare.map(({ tookMs }) => tookMs)),
    deliveredMedianMs: medianOf(good.map(({ tookMs }) => tookMs)),
    recoverySeconds: recovery(lastLost, after, loadUntil),
  };
}

/** The next segment after the last that was lost is the first sign of recovery. */
function recovery(lastLost: Sent | undefined, after: readonly Sent[], loadUntil: number): number | null {
  if (lastLost === undefined) return 0;
  const next = after.find(({ atMs }) => atMs > lastLost.atMs);
  return next === undefined ? null : rounded(next.atMs / 1_000 - loadUntil, 1);
}

function medianOf(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return Math.round([...values].sort((a, b) => a - b)[values.length >> 1]!);
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
