import type { ServiceRegistry } from "../../types/index.ts";
import type { Listing } from "./interface.ts";
import { ALL_REGIONS } from "./regions.ts";

const PAGE = 100n;
/** More than this is not looked at for one stream. */
const MAX_LISTINGS = 10_000;

/** A service URI as an address to call; null when it is none, or carries what a bare address has not. */
export function parseServiceUri(uri: string): URL | null {
  const url = URL.parse(uri);
  if (url === null || !["http:", "https:"].includes(url.protocol)) return null;
  return url.username === "" && url.password === "" && url.search === "" && url.hash === "" ? url : null;
}

/**
 * The active orchestrators that offer a service in any of `regions` with at least `minimumStake` behind them, each once. An unusable URI is left out.
 */
export async function listOrchestrators(
  registry: ServiceRegistry,
  service: string,
  minimumStake: bigint,
  regions: readonly bigint[] = [ALL_REGIONS],
): Promise<Listing[]> {
  // By address: an offer can be in the lists of several regions, and be listed anew between two pages.
  const listings = new Map<string, Listing>();
  for (const region of regions) {
    let cursor = 0n;
    do {
      const { page, nextCursor } = await registry.list(service, region, minimumStake, cursor, PAGE);
      for (const { orchestrator, uri, stake } of page) {
        const url = parseServiceUri(uri);
        if (url !== null && listings.size < MAX_LISTINGS) listings.set(orchestrator, { orchestrator, url, stake });
      }
      cursor = nextCursor;
      // The contract answers 0 when the list has ended.
    } while (cursor !== 0n && listings.size < MAX_LISTINGS);
  }
  return [...listings.values()];
}
