import type { Logger } from "pino";
import type { ServiceRegistry } from "../../types/index.ts";
import type { BroadcasterConfig } from "../config/schema.ts";
import type { Pacing } from "../discovery/history/pace.ts";
import { Standings } from "../discovery/history/standings.ts";
import type { Listing } from "../discovery/interface.ts";
import { Market, type MarketModules } from "../discovery/market.ts";
import { Offers } from "../discovery/offers.ts";
import { ask } from "../discovery/quotes.ts";
import { Refresher } from "../discovery/refresher.ts";
import { regionsNear } from "../discovery/regions.ts";
import { listOrchestrators } from "../discovery/registry.ts";
import { Scout } from "../discovery/scout.ts";
import type { Requirements } from "../discovery/selection/eligibility.ts";
import type { Policy } from "../discovery/selection/interface.ts";
import { cheapest, fastest, weighted } from "../discovery/selection/policies.ts";
import { seededRandom } from "../discovery/selection/random.ts";
import { StreamflowError } from "../errors.ts";
import type { PeerClient } from "../net/client.ts";
import type { Clock, Randomness, Sender } from "../pm/interface.ts";
import type { NodeStore } from "../store/interface.ts";
import type { VerificationDomain } from "../verification/interface.ts";

type Selection = BroadcasterConfig["selection"];

const HOUR_MS = 3_600_000;
/** Orchestrators whose history is remembered. */
const MOST_STANDINGS = 5_000;
/** {ms} A quote that runs out sooner is not begun with. */
const QUOTE_MARGIN_MS = 5_000;

export function policyOf({ policy, weights }: Selection): Policy {
  switch (policy) {
    case "cheapest":
      return cheapest;
    case "fastest":
      return fastest;
    case "weighted":
      return weighted(weights);
  }
}

const lowerCase = (addresses: readonly string[]) => new Set(addresses.map((address) => address.toLowerCase()));

export function requirementsOf(selection: Selection): Requirements {
  return {
    minimumStake: selection.minimumStake,
    maximumPrice: { numerator: selection.maximumPrice, denominator: 1n },
    maximumDistanceKm: selection.maximumDistanceKm ?? null,
    httpsOnly: selection.httpsOnly,
    only: lowerCase(selection.only),
    own: lowerCase(selection.own),
  };
}

/** {ms} After which what happened counts half. */
export const halfLifeOf = ({ historyHours }: Selection): number => historyHours * HOUR_MS;

/** What comes at its own speed is paced as a live stream is. */
export const pacingOf = ({ input, realtime }: Pick<BroadcasterConfig, "input" | "realtime">): Pacing =>
  input === undefined || realtime ? "live" : "file";

/** How far an offer's regions are from the node's own. */
export async function distanceFrom({ region }: Selection): Promise<(regions: readonly bigint[]) => number | null> {
  if (region === undefined) return () => null;
  // The library takes longer to load than everything else here; most nodes name no region.
  const { distanceToNearest } = await import("../discovery/distance.ts");
  return (regions) => distanceToNearest(BigInt(`0x${region}`), regions);
}

/** What the node remembers of orchestrators. */
export function openMemory(
  config: Pick<BroadcasterConfig, "selection" | "input" | "realtime">,
  of: { readonly service: string; readonly sender: string; readonly domain: VerificationDomain },
  { store, clock }: { readonly store: Pick<NodeStore, "offers" | "standings">; readonly clock: Pick<Clock, "now"> },
): { offers: Offers; standings: Standings } {
  const { selection } = config;
  const offers = new Offers(
    { ...of, most: selection.maximumOffers, marginMs: QUOTE_MARGIN_MS },
    { rows: store.offers, clock },
  );
  const standings = new Standings(
    { pacing: pacingOf(config), halfLifeMs: halfLifeOf(selection), most: MOST_STANDINGS },
    { rows: store.standings, clock },
  );
  return { offers, standings };
}

export interface ChoosingModules {
  readonly registry: ServiceRegistry;
  readonly store: NodeStore;
  readonly sender: Sender;
  readonly client: PeerClient;
  readonly clock: Clock;
  readonly randomness: Randomness;
  /** As of the market. */
  readonly onSuspend?: MarketModules["onSuspend"];
  readonly log: Logger;
}

export interface Choosing {
  readonly market: Market;
  readonly standings: Standings;
  /** Keeps what is known fresh from now on. */
  refresh(): void;
  close(): Promise<void>;
}

/**
 * The paper's steps 1 to 5: finds orchestrators, from what is remembered if that is enough, and opens sessions with the best.
 * @param of.patient whether it is enough to have looked: who is not there now may come later
 * @throws StreamflowError the refusal, when all refuse for the same reason; else NoOrchestrator
 */
export async function openChoosing(
  config: BroadcasterConfig,
  {
    patient,
    ...of
  }: {
    readonly service: string;
    readonly sender: string;
    readonly domain: VerificationDomain;
    readonly patient: boolean;
  },
  modules: ChoosingModules,
  signal: AbortSignal,
): Promise<Choosing> {
  const { selection } = config;
  const { registry, store, sender, client, clock, randomness, onSuspend, log } = modules;
  const { offers, standings } = openMemory(config, of, { store, clock });
  const policy = policyOf(selection);
  const random = selection.seed === undefined ? Math.random : seededRandom(selection.seed);
  const stop = new AbortController();
  const scout = new Scout(
    { requirements: requirementsOf(selection), gatherMs: selection.gatherMs },
    {
      offers,
      standings,
      sender,
      read: () => readListings(selection, registry, of.service),
      ask: (listing) => ask(listing, { ...of, timeoutMs: selection.quoteMs }, { client, randomness }, stop.signal),
      distanceOf: await distanceFrom(selection),
      policy,
      clock,
      log,
    },
  );
  const market = new Market(
    {
      size: selection.orchestrators,
      patienceMs: config.segmentMs,
      exploration: { share: selection.exploration, random },
    },
    { scout, standings, policy, clock, onSuspend, log },
  );
  const refresher = new Refresher(
    { registryMs: selection.registryMs, quotesMs: selection.refreshMs, perSecond: selection.refreshPerSecond },
    { scout, offers, clock, random, onChange: () => market.poke(), log },
  );
  const close = async () => {
    market.close();
    stop.abort(new StreamflowError("Stopped", "the stream has ended"));
    await refresher.close();
    offers.save();
  };
  try {
    const source = await scout.find(selection.orchestrators);
    log.info({ source, offers: offers.size }, "orchestrators found");
    await market.open(signal).catch((thrown: unknown) => {
      signal.throwIfAborted();
      const error = whyNobody(config.service, scout, thrown);
      if (!patient) throw error;
      log.warn({ code: error.code, detail: error.message }, "nobody to buy from yet");
    });
    return { market, standings, refresh: () => refresher.start(source === "registry"), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Near the node's region, when nothing says how far is near; else everywhere. */
function readListings(selection: Selection, registry: ServiceRegistry, service: string): Promise<Listing[]> {
  const { region, maximumDistanceKm, minimumStake } = selection;
  const regions =
    region === undefined || maximumDistanceKm !== undefined ? undefined : regionsNear(BigInt(`0x${region}`));
  return listOrchestrators(registry, service, minimumStake, regions);
}

/** When it is the same with all, that is the message. */
function whyNobody(service: string, scout: Scout, cause: unknown): StreamflowError {
  const { refusals } = scout;
  const wanted = scout.wanted();
  const [first] = refusals;
  if (first !== undefined && refusals.length === wanted.length && refusals.every(({ code }) => code === first.code))
    return first;
  const reasons = wanted.map((offer) => scout.unfit(offer));
  if (reasons.length > 0 && reasons.every((reason) => reason === "too-dear"))
    return new StreamflowError("PriceTooHigh", `all ${wanted.length} orchestrators quote more than the maximum price`);
  const codes = [...new Set(refusals.map(({ code }) => code))].join(", ");
  const detail = `${wanted.length} orchestrators are listed for ${service}, none quoted acceptably${codes && `: ${codes}`}`;
  return new StreamflowError("NoOrchestrator", detail, { listed: wanted.length }, { cause });
}
