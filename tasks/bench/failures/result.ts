import os from "node:os";
import { type RanOn, ranOn } from "../ran-on.ts";
import { type audit, type Counts, noCounts } from "./audit.ts";
import type { Sent } from "./encoder.ts";
import type { Material } from "./source.ts";

/** What one run came to. */
export interface Part {
  readonly material: string;
  readonly segments: number;
  readonly streams: number;
  readonly orchestrators: number;
  readonly seed: number;
  /** {1} Of the faults' own durations. */
  readonly pace: number;
  readonly seconds: number;
  readonly total: Counts;
  readonly kinds: Readonly<Record<string, Counts & { readonly strikes: number }>>;
  /** Kinds that this machine does not allow. */
  readonly skipped: readonly string[];
  /** Requests of the encoder beyond one for each segment. */
  readonly repeats: number;
  readonly soldTwice: number;
  /** {ms} From sending a segment to having its renditions. */
  readonly tookMs: { readonly median: number; readonly p95: number; readonly p99: number; readonly longest: number };
  readonly deadlineMs: number;
  /** Segments that took longer than a live stream's default deadline. */
  readonly overDefaultDeadline: number;
  readonly winners: {
    readonly acknowledged: number;
    readonly redeemed: number;
    /** Acknowledged and not paid, though none of them waits any more. */
    readonly lost: number;
    readonly waiting: number;
    readonly expired: number;
    readonly contradictions: readonly string[];
  };
  readonly findings: readonly string[];
  readonly ranOn: RanOn & { readonly load: number };
}

export interface Run {
  readonly material: Pick<Material, "description">;
  readonly options: Pick<Part, "segments" | "streams" | "orchestrators" | "seed" | "pace">;
  readonly seconds: number;
  readonly sent: readonly Sent[];
  readonly audits: readonly ReturnType<typeof audit>[];
  readonly strikes: ReadonlyMap<string, number>;
  readonly skipped: readonly string[];
  readonly repeats: number;
  readonly soldTwice: number;
  readonly deadlineMs: number;
  readonly winners: Omit<Part["winners"], "lost"> & { readonly paid: number };
}

/** {ms} */
const DEFAULT_DEADLINE_MS = 8_000;
/** Findings that are kept in words. */
const MOST_FINDINGS = 100;
/** {1} */
const GOAL = 0.9999;

export function summarize({ material, options, seconds, sent, audits, strikes, ...run }: Run): Part {
  const kinds: Record<string, Counts & { strikes: number }> = {};
  for (const [kind, times] of strikes) kinds[kind] = { strikes: times, ...noCounts() };
  for (const { counts } of audits) {
    for (const [kind, more] of counts) {
      const sum = (kinds[kind] ??= { strikes: 0, ...noCounts() });
      add(sum, more);
    }
  }
  const total = noCounts();
  for (const { strikes: _, ...counts } of Object.values(kinds)) add(total, counts);
  const times = sent.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  const at = (share: number) => Math.round(times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0);
  const { paid, ...winners } = run.winners;
  return {
    material: material.description,
    ...{ ...options, segments: sent.length, seconds: Math.round(seconds), total, kinds },
    ...{ skipped: run.skipped, repeats: run.repeats, soldTwice: run.soldTwice },
    tookMs: { median: at(0.5), p95: at(0.95), p99: at(0.99), longest: at(1) },
    deadlineMs: run.deadlineMs,
    overDefaultDeadline: times.filter((time) => time > DEFAULT_DEADLINE_MS).length,
    winners: { ...winners, lost: winners.acknowledged - paid - winners.waiting },
    findings: audits.flatMap(({ findings }) => findings).slice(0, MOST_FINDINGS),
    ranOn: { ...ranOn(), load: Number(os.loadavg()[0]!.toFixed(1)) },
  };
}

function add(sum: Counts, more: Counts): void {
  for (const key of Object.keys(noCounts()) as (keyof Counts)[]) sum[key] += more[key];
}

/** Sums over several runs. */
export function totalOf(parts: readonly Part[]) {
  const total = noCounts();
  for (const part of parts) add(total, part.total);
  const sum = (of: (part: Part) => number) => parts.reduce((all, part) => all + of(part), 0);
  return {
    ...total,
    deliveredShare: total.sent === 0 ? 0 : total.delivered / total.sent,
    soldTwice: sum(({ soldTwice }) => soldTwice),
    winnersAcknowledged: sum(({ winners }) => winners.acknowledged),
    winnersLost: sum(({ winners }) => winners.lost),
  };
}

/** What is not as promised; empty when all is. */
export function shortcomings(part: Part): string[] {
  const { total, winners, soldTwice } = part;
  const zero = {
    "published in the wrong place": total.outOfOrder,
    "published twice": total.duplicated,
    "published though bad": total.bad,
    "not published at all": total.gap,
    "tickets that bought two answers": soldTwice,
    "winners lost": winners.lost,
    contradictions: winners.contradictions.length,
  };
  const failures = Object.entries(zero).flatMap(([what, count]) => (count === 0 ? [] : [`${count} ${what}`]));
  if (total.delivered < GOAL * total.sent)
    failures.push(`${total.delivered} of ${total.sent} segments were delivered, less than ${100 * GOAL} %`);
  return failures;
}

export const TABLE_HEAD = [
  ...["fault", "times", "sent", "delivered", "source only", "gap"],
  ...["out of order", "twice", "bad"],
];

export function tableRows({ kinds, total }: Pick<Part, "kinds" | "total">): string[][] {
  const row = (name: string, times: number, counts: Counts) => [
    ...[name, String(times)],
    ...[counts.sent, counts.delivered, counts.sourceOnly, counts.gap].map(String),
    ...[counts.outOfOrder, counts.duplicated, counts.bad].map(String),
  ];
  const rows = Object.entries(kinds).map(([kind, { strikes, ...counts }]) => row(kind, strikes, counts));
  return [
    ...rows,
    row(
      "all",
      Object.values(kinds).reduce((sum, { strikes }) => sum + strikes, 0),
      total,
    ),
  ];
}
