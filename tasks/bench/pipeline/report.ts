import type { RanOn } from "../ran-on.ts";
import type { Measured, Part } from "./measure.ts";

/** A part with what it was measured on: parts can be measured again one by one. */
export type Stamped = { readonly [P in Part]: Measured[P] & { readonly ranOn: RanOn & { readonly load: number } } };

/** The file that is kept: what has a goal or is compared with others first, then how each came about. */
export function summarize(parts: Stamped) {
  const { throughput, live, hedging, overhead, quotes } = parts;
  return {
    wallRatio: throughput.wallRatio.median,
    cpuRatio: throughput.cpuRatio.median,
    liveLatencySeconds: live.latencySeconds.median,
    switchSeconds: Math.max(live.switchSeconds.killed.max, live.switchSeconds.stopped.max),
    hedgedP99Ratio: hedging.p99Ratio,
    quote1000ColdSeconds: quotes.quote1000ColdSeconds,
    quote1000WarmMs: quotes.quote1000WarmMs,
    overheadCpuMsP50: overhead.p50Ms,
    ...{ throughput, live, hedging, overhead, quotes },
  };
}
export type Summary = ReturnType<typeof summarize>;

export const PIPELINE_HEAD = ["", "measured", "goal", ""];

type Row = readonly [name: string, value: number, unit: string, goal: number | null];

export function pipelineRows(summary: Summary): string[][] {
  const { throughput, live, hedging, overhead, quotes } = summary;
  const rows: Row[] = [
    ["wall time, by bare ffmpeg's", summary.wallRatio, "", 1.05],
    ["CPU time, by bare ffmpeg's", summary.cpuRatio, "", 1.15],
    ["live segment: from its last byte to its renditions in HLS", summary.liveLatencySeconds, " s", null],
    ["more than that when its orchestrator is lost, at most", summary.switchSeconds, " s", live.segmentSeconds],
    ["99th percentile of deliveries with hedging, by that without", summary.hedgedP99Ratio, "", null],
    [
      `${quotes.orchestrators} orchestrators, none known: until there are sessions`,
      summary.quote1000ColdSeconds,
      " s",
      2,
    ],
    ["the same, all known", summary.quote1000WarmMs, " ms", 10],
    [`orchestrator's own CPU time a segment, ${overhead.sessions} sessions`, summary.overheadCpuMsP50, " ms", 5],
  ];
  const { cpuSeconds: cpu, bareWallSeconds, wallSeconds } = throughput;
  return [
    ...rows.map(([name, value, unit, goal]) => [
      name,
      `${value}${unit}`,
      goal === null ? "" : `${goal}${unit}`,
      goal === null ? "" : value <= goal ? "reached" : "missed",
    ]),
    [`  wall: ${wallSeconds} s, bare ffmpeg ${bareWallSeconds} s`, "", "", ""],
    [
      `  CPU: broadcaster ${cpu.broadcaster} s, orchestrators ${cpu.orchestrators} s, transcoders ${cpu.transcoders} s; bare ffmpeg ${cpu.bare} s`,
      "",
      "",
      "",
    ],
    [
      `  lost: killed ${live.switchSeconds.killed.median} s, stopped ${live.switchSeconds.stopped.median} s (medians)`,
      "",
      "",
      "",
    ],
    [`  99th percentile: ${hedging.hedged.p99Seconds} s hedged, ${hedging.unhedged.p99Seconds} s not`, "", "", ""],
    [
      `  CPU a segment: ${overhead.withHashing.p50Ms} ms with hashing, which takes ${overhead.hashingP50Ms} ms`,
      "",
      "",
      "",
    ],
  ];
}
