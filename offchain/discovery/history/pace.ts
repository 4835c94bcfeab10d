/**
 * Times of segments as a histogram of bounded size: bucket i counts paces near 0.02 · 1.2^i. A pace is {1} the time from sending a segment to
 * having checked its answer, by the segment's length: 1 is as fast as the video. Counts are fractions once they have been halved.
 */
export type PaceCounts = Float32Array;

/**
 * What the times were taken of. Segments of a file go out as fast as they are taken, and wait for each other at the orchestrator; those of a live stream come one
 * by one. The one's times say nothing about when the other is late.
 */
export type Pacing = "live" | "file";

export const PACE_BUCKETS = 40;
const LOWEST = 0.02;
const FACTOR = 1.2;

export function noPaces(): PaceCounts {
  return new Float32Array(PACE_BUCKETS);
}

/** One more; what is outside of [0.02, 29] counts at the ends. */
export function withPace(counts: PaceCounts, pace: number): PaceCounts {
  const bucket = Math.round(Math.log(Math.max(pace, LOWEST) / LOWEST) / Math.log(FACTOR));
  const next = Float32Array.from(counts);
  next[Math.min(bucket, PACE_BUCKETS - 1)]! += 1;
  return next;
}

export function countOf(counts: PaceCounts): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}

/** The pace that a share `q` in (0, 1] of them does not exceed, to 10 %; null when there are none. */
export function quantileOf(counts: PaceCounts, q: number): number | null {
  const wanted = countOf(counts) * q;
  if (wanted === 0) return null;
  let seen = 0;
  for (let i = 0; i < PACE_BUCKETS; i++) {
    seen += counts[i]!;
    // Sums of fractions are off by a little.
    if (seen >= wanted * (1 - 1e-6)) return LOWEST * FACTOR ** i;
  }
  return LOWEST * FACTOR ** (PACE_BUCKETS - 1);
}
