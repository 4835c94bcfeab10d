import type { Price } from "../../pm/interface.ts";
import { comparePrices } from "../../pm/price.ts";
import type { Reputation } from "../history/standing.ts";
import type { Offer } from "../offer.ts";
import type { Candidate } from "./interface.ts";

/** What an orchestrator must be to be considered. */
export interface Requirements {
  /** {wei of LPT} Behind it. */
  readonly minimumStake: bigint;
  readonly maximumPrice: Price;
  /** {km} From the broadcaster's region; null: any. Who works anywhere is near. */
  readonly maximumDistanceKm: number | null;
  /** Whether only those are considered with which nobody can read along. */
  readonly httpsOnly: boolean;
  /** Addresses in lower case; empty: anybody. */
  readonly only: ReadonlySet<string>;
  /** Addresses in lower case that come before all others. */
  readonly own: ReadonlySet<string>;
}

/** Why an offer is not considered. */
export type Unfit =
  "not-wanted" | "too-little-stake" | "unencrypted" | "too-far" | "never-quoted" | "refused" | "too-dear" | "suspended";

/** Why nobody would even ask: what the registry says is not enough. {km} Null where a distance has no meaning. */
export function unwanted(offer: Offer, distanceKm: number | null, requirements: Requirements): Unfit | null {
  const { minimumStake, only, maximumDistanceKm, httpsOnly } = requirements;
  if (only.size > 0 && !only.has(offer.orchestrator.toLowerCase())) return "not-wanted";
  if (offer.stake < minimumStake) return "too-little-stake";
  if (httpsOnly && !offer.uri.startsWith("https:")) return "unencrypted";
  return maximumDistanceKm !== null && (distanceKm ?? 0) > maximumDistanceKm ? "too-far" : null;
}

/** What a policy is told of an offer at `now` {ms}, or why it is not told. */
export function candidateOf(
  offer: Offer,
  { suspendedUntil, pace, goodShare, experience }: Reputation,
  { distanceKm, now }: { readonly distanceKm: number | null; readonly now: number },
  requirements: Requirements,
): Candidate | Unfit {
  const reason = unwanted(offer, distanceKm, requirements);
  if (reason !== null) return reason;
  const { orchestrator, quoted, refusal, stake } = offer;
  const { own, maximumPrice } = requirements;
  if (refusal !== null) return "refused";
  if (quoted === null) return "never-quoted";
  if (comparePrices(quoted.price, maximumPrice) > 0) return "too-dear";
  if (suspendedUntil > now) return "suspended";
  return {
    orchestrator,
    price: Number(quoted.price.numerator) / Number(quoted.price.denominator),
    responseMs: quoted.responseMs,
    pace,
    stake: Number(stake) / 1e18,
    distanceKm,
    goodShare,
    experience,
    own: own.size > 0 && own.has(orchestrator.toLowerCase()),
  };
}
