import type { ServiceRegistry } from "../../types/index.ts";
import type { Listing } from "./interface.ts";
import { ALL_REGIONS } from "./regions.ts";

const PAGE = 100n;
/** More than this is not looked at for one stream. */
const MAX_LISTINGS = 10_000;

/** An offer as the registry lists it: nothing in it has been judged. */
export interface RegistryOffer {
  readonly orchestrator: string;
  readonly uri: string;
  /** {wei of LPT} */
  readonly stake: bigint;
  /** H3 cells; none: anywhere. */
  readonly regions: readonly bigint[];
}

/** A service URI as an address to call; null when it is none, or carries what a bare address has not. */
export function parseServiceUri(uri: string): URL | null {
  const url = URL.parse(uri);
  if (url === null || !["http:", "https:"].includes(url.protocol)) return null;
  return url.username === "" && url.password === "" && url.search === "" && url.hash === "" ? url : null;
}

/** The offers of a service by active orchestrators with at least `minimumStake` behind them, in any of `regions`, each once. */
export async function readOffers(
  registry: ServiceRegistry,
  service: string,
  minimumStake: bigint,
  regions: readonly bigint[] = [ALL_REGIONS],
): Promise<RegistryOffer[]> {
  // By address: an offer can be in the lists of several regions, and be listed anew between two pages.
  const offers = new Map<string, RegistryOffer>();
  for (const region of regions) {
    let cursor = 0n;
    do {
      const { page, nextCursor } = await registry.list(service, region, minimumStake, cursor, PAGE);
      for (const { orchestrator, uri, stake, regions: named } of page) {
        offers.set(orchestrator, { orchestrator, uri, stake, regions: [...named] });
      }
      cursor = nextCursor;
      // The contract answers 0 when the list has ended.
    } while (cursor !== 0n && offers.size < MAX_LISTINGS);
  }
  return [...offers.values()].slice(0, MAX_LISTINGS);
}

/** Whom a stream may ask: {@link readOffers} without those whose URI is unusable. */
export async function listOrchestrators(
  registry: ServiceRegistry,
  service: string,
  minimumStake: bigint,
  regions?: readonly bigint[],
): Promise<Listing[]> {
  const offers = await readOffers(registry, service, minimumStake, regions);
  return offers.flatMap(({ orchestrator, uri, stake, regions: named }) => {
    const url = parseServiceUri(uri);
    return url === null ? [] : [{ orchestrator, url, stake, regions: named }];
  });
}
