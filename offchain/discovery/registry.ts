import type { ServiceRegistry } from "../../types/index.ts";
import type { Listing } from "./interface.ts";

const PAGE = 100n;
/** More than this is not looked at for one stream. */
const MAX_LISTINGS = 10_000;

/** A service URI as an address to call; null when it is none, or carries what a bare address has not. */
export function parseServiceUri(uri: string): URL | null {
  const url = URL.parse(uri);
  if (url === null || !["http:", "https:"].includes(url.protocol)) return null;
  return url.username === "" && url.password === "" && url.search === "" && url.hash === "" ? url : null;
}

/** The active orchestrators that offer a service with at least `minimumStake` behind them. An unusable URI is left out. */
export async function listOrchestrators(
  registry: ServiceRegistry,
  service: string,
  minimumStake: bigint,
): Promise<Listing[]> {
  const listings: Listing[] = [];
  for (let cursor = 0n; listings.length < MAX_LISTINGS;) {
    const [page, next] = await registry.list(service, minimumStake, cursor, PAGE);
    for (const { orchestrator, uri, stake } of page) {
      const url = parseServiceUri(uri);
      if (url !== null) listings.push({ orchestrator, url, stake });
    }
    // The contract answers 0 when the list has ended.
    if (next === 0n) break;
    cursor = next;
  }
  return listings;
}
