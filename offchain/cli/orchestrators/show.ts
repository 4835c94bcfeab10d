import { id as keccakId } from "ethers";
import { z } from "zod";
import { loadConfig } from "../../config/load.ts";
import type { BroadcasterConfig } from "../../config/schema.ts";
import { countOf, type PaceCounts, type Pacing, quantileOf } from "../../discovery/history/pace.ts";
import { decayed, newStanding, reputationOf, type Standing } from "../../discovery/history/standing.ts";
import type { Offer } from "../../discovery/offer.ts";
import { candidateOf, type Unfit } from "../../discovery/selection/eligibility.ts";
import { type Candidate, type Scored, type Weights } from "../../discovery/selection/interface.ts";
import { StreamflowError } from "../../errors.ts";
import { distanceFrom, halfLifeOf, pacingOf, policyOf, requirementsOf } from "../../node/choosing.ts";
import { describeIssues } from "../../pm/schema.ts";
import { openStoreReader, storeFile } from "../../store/sqlite.ts";
import { print, printJson } from "../output.ts";
import { textOf } from "./text.ts";

const optionsSchema = z.object({
  config: z.string(),
  explain: z.boolean().default(false),
  limit: z.coerce.number().int().min(1).max(100_000),
  json: z.boolean().default(false),
});

/** One orchestrator; amounts in wei. */
export interface Known {
  readonly orchestrator: string;
  readonly uri: string;
  /** {wei of LPT} */
  readonly stake: bigint;
  /** {wei per million pixels} Null when it never quoted. */
  readonly price: { readonly numerator: bigint; readonly denominator: bigint } | null;
  readonly capacity: number | null;
  readonly responseMs: number | null;
  /** {ms} When it quoted last, and until when that stands. */
  readonly quotedAt: number | null;
  readonly validUntil: number | null;
  readonly history: {
    readonly good: number;
    readonly failures: Standing["failures"];
    /** {1} Time of a segment by its length, of live streams or of files, as the settings are for; null when there was none. */
    readonly pace: { readonly median: number; readonly p95: number } | null;
  };
  /** {ms} Null when it is not. */
  readonly suspendedUntil: number | null;
  readonly probation: number;
  /** Why it would not be chosen; null when it could be. */
  readonly unfit: Unfit | null;
  /** The code of its last refusal. */
  readonly refusal: string | null;
  /** What the policy thinks of it; null when it is not asked. */
  readonly score: { readonly total: number; readonly parts: Weights } | null;
}

export interface Shown {
  readonly service: string;
  readonly policy: string;
  /** {ms} */
  readonly now: number;
  /** Whom a stream would begin with, the best first. */
  readonly chosen: readonly string[];
  readonly exploration: number;
  /** The best first, then those that would not be chosen. */
  readonly orchestrators: readonly Known[];
  /** How many more there are. */
  readonly left: number;
}

/** `streamflow orchestrators`. Errors: `ConfigInvalid`, `ArgumentInvalid`, `StoreNotFound`, `StoreVersionUnknown`. */
export async function show(input: unknown): Promise<void> {
  const parsed = optionsSchema.safeParse(input);
  if (!parsed.success) throw new StreamflowError("ArgumentInvalid", describeIssues(parsed.error));
  const { config: file, explain, limit, json } = parsed.data;
  const config = await loadConfig("broadcaster", { file, environment: process.env });
  const shown = await read(config, Date.now(), limit);
  if (json) printJson(shown);
  else print(textOf(shown, explain));
}

/** What the store of these settings holds, as a stream that begins at `now` {ms} would see it. */
async function read(config: BroadcasterConfig, now: number, limit: number): Promise<Shown> {
  const { selection, service, dataDir } = config;
  const reader = openStoreReader(storeFile(dataDir));
  let offers: Offer[];
  let standings: Map<string, Standing>;
  try {
    offers = reader.offers.all(keccakId(service));
    standings = new Map(reader.standings.all().map((standing) => [standing.orchestrator, standing]));
  } finally {
    reader.close();
  }
  const requirements = requirementsOf(selection);
  const distanceOf = await distanceFrom(selection);
  const pacing = pacingOf(config);
  const all = offers.map((offer) => {
    const standing = decayed(
      standings.get(offer.orchestrator) ?? newStanding(offer.orchestrator, now),
      now,
      halfLifeOf(selection),
    );
    const fit = candidateOf(
      offer,
      reputationOf(standing, pacing, now, 1),
      { distanceKm: distanceOf(offer.regions), now },
      requirements,
    );
    return { offer, standing, fit };
  });
  const candidates = all.flatMap(({ fit }) => (typeof fit === "string" ? [] : [fit]));
  const scored = policyOf(selection)(candidates);
  const ranks = new Map(scored.map((one, rank) => [one.candidate.orchestrator, { ...one, rank }]));
  const rankOf = ({ offer }: (typeof all)[number]) => ranks.get(offer.orchestrator)?.rank ?? Infinity;
  all.sort((a, b) => rankOf(a) - rankOf(b) || (a.offer.orchestrator < b.offer.orchestrator ? -1 : 1));
  return {
    service,
    policy: selection.policy,
    now,
    chosen: scored.slice(0, selection.orchestrators).map(({ candidate }) => candidate.orchestrator),
    exploration: selection.exploration,
    orchestrators: all
      .slice(0, limit)
      .map(({ offer, standing, fit }) => knownOf(offer, standing, pacing, fit, ranks.get(offer.orchestrator), now)),
    left: Math.max(0, all.length - limit),
  };
}

function knownOf(
  { orchestrator, uri, stake, quoted, refusal }: Offer,
  { good, failures, paces, suspendedUntil, probation }: Standing,
  pacing: Pacing,
  fit: Candidate | Unfit,
  scored: Scored | undefined,
  now: number,
): Known {
  return {
    ...{ orchestrator, uri, stake, refusal, probation },
    price: quoted?.price ?? null,
    capacity: quoted?.capacity ?? null,
    responseMs: quoted?.responseMs ?? null,
    quotedAt: quoted?.at ?? null,
    validUntil: quoted?.validUntil ?? null,
    history: {
      good,
      failures,
      pace: paceOf(paces[pacing]),
    },
    suspendedUntil: suspendedUntil > now ? suspendedUntil : null,
    unfit: typeof fit === "string" ? fit : null,
    score: scored === undefined ? null : { total: scored.score, parts: scored.parts },
  };
}

const paceOf = (counts: PaceCounts): Known["history"]["pace"] =>
  countOf(counts) === 0 ? null : { median: quantileOf(counts, 0.5)!, p95: quantileOf(counts, 0.95)! };
