import { ONE } from "../pm/schema.ts";
import type { Float, Recipient, Sender, WinnerStore } from "../pm/interface.ts";
import type { DisputeRows } from "../verification/agents/interface.ts";
import type { Status } from "../net/wire.ts";
import type { QueuePool } from "../pool/queue/pool.ts";
import type { NodeMetrics } from "./metrics.ts";

/** {1} Winners of one status that are looked at for one reading of the exposure; a node that has more waiting has other troubles. */
const MOST_WINNERS = 10_000;

export interface SellerWatched {
  readonly status: () => Status;
  /** {1} Places of the pool that are taken. */
  readonly busy: () => number;
  /** {1} Segments that wait to be judged, or are. */
  readonly judging: () => number;
  readonly recipient: Pick<Recipient, "exposure">;
  readonly winners: Pick<WinnerStore, "list">;
  readonly disputes: Pick<DisputeRows, "open">;
}

/** What an orchestrator's state says. */
export function watchSeller(metrics: NodeMetrics, watched: SellerWatched): void {
  const { status, busy, judging, recipient, winners, disputes } = watched;
  metrics.gauge("selling", "1 while the orchestrator's stake is active and it sells.", () => Number(status().selling));
  metrics.gauge("pool_capacity_segments", "Segments that the pool can work on at once.", () => status().capacity);
  metrics.gauge("pool_busy_segments", "Places of the pool that are taken.", busy);
  metrics.gauge("judging_segments", "Segments that wait for the judge, or are with it.", judging);
  metrics.total("tickets_received", "Tickets that were taken.", () => status().tickets.received);
  metrics.total("tickets_won", "Tickets that won.", () => status().tickets.won);
  metrics.total(
    "winners_redeemed",
    "Winners redeemed for good, as the store has them.",
    () => status().tickets.redeemed,
  );
  metrics.total(
    "winners_expired",
    "Winners that expired unpaid, as the store has them.",
    () => status().tickets.expired,
  );
  metrics.gauge("winners_pending", "Winners that are not redeemed yet.", () => status().tickets.pending);
  const float = oneAtATime(() => floatOf(winners, recipient));
  metrics.gauge(
    "winners_unredeemed_wei",
    "Face value of the winners that are neither redeemed nor expired.",
    async () => Number((await float()).unredeemed),
  );
  metrics.gauge(
    "exposure_unsecured_wei",
    "The part of it that no allocation is certain to pay (P4); all of it while the chain does not answer.",
    async () => Number((await float()).unsecured),
  );
  watchDisputes(metrics, disputes);
}

export function watchDisputes(metrics: NodeMetrics, disputes: Pick<DisputeRows, "open">): void {
  metrics.gauge("disputes_open", "Disputes that the node plays.", () => disputes.open().length);
}

/** What is in the queue that a pool shares with other front ends; NaN while Redis does not answer. */
export function watchQueue(metrics: NodeMetrics, queue: Pick<QueuePool, "counts" | "transcoders">): void {
  const counts = oneAtATime(() => queue.counts());
  metrics.gauge(
    "queue_waiting_segments",
    "Segments of all front ends that no transcoder of the queue has begun.",
    async () => (await counts()).waiting,
  );
  metrics.gauge(
    "queue_active_segments",
    "Segments of all front ends that transcoders of the queue have in their hands.",
    async () => (await counts()).active,
  );
  metrics.gauge("queue_transcoders", "Transcoders of the queue that are heard of.", () => queue.transcoders());
}

export interface BuyerWatched {
  readonly sender: Pick<Sender, "sent" | "exposure">;
  /** {1} Segments that can be in flight at once. */
  readonly places: () => number;
  /** {1} Segments that wait for one. */
  readonly waiting: () => number;
  /** {1} Second sendings that can be afforded. */
  readonly budget: () => number;
}

/** What a broadcaster's state says. */
export function watchBuyer(metrics: NodeMetrics, { sender, places, waiting, budget }: BuyerWatched): void {
  metrics.gauge("market_places_segments", "Segments that can be in flight to orchestrators at once.", places);
  metrics.gauge("market_waiting_segments", "Segments that wait for such a place, and nobody has.", waiting);
  metrics.gauge("retry_budget_segments", "Second sendings that all streams together can afford.", budget);
  metrics.total("tickets_sent", "Tickets that were signed.", () => Number(sender.sent().count));
  metrics.total("tickets_sent_face_value_wei", "Face value of these.", () => Number(sender.sent().faceValue));
  metrics.total("tickets_sent_expected_value_wei", "What these were worth on average.", () =>
    Number(sender.sent().expectedValue / ONE),
  );
  metrics.gauge("exposure_debt_wei", "What the tickets in use may cost, as the debt policy counts.", () =>
    Number(sender.exposure()),
  );
}

/** Where the orchestrator stands with all senders together. What cannot be read counts as not secured. */
async function floatOf(
  winners: Pick<WinnerStore, "list">,
  recipient: Pick<Recipient, "exposure">,
): Promise<Pick<Float, "unredeemed" | "unsecured">> {
  const bySender = new Map<string, bigint>();
  for (const status of ["pending", "included", "claimed"] as const) {
    for (const { ticket } of winners.list(status, MOST_WINNERS))
      bySender.set(ticket.sender, (bySender.get(ticket.sender) ?? 0n) + ticket.faceValue);
  }
  const floats = await Promise.all(
    [...bySender].map(([sender, unredeemed]) =>
      recipient.exposure(sender).catch(() => ({ unredeemed, unsecured: unredeemed })),
    ),
  );
  const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n);
  return {
    unredeemed: sum(floats.map(({ unredeemed }) => unredeemed)),
    unsecured: sum(floats.map(({ unsecured }) => unsecured)),
  };
}

/** Whoever asks while an answer is being found gets that one. */
function oneAtATime<T>(find: () => Promise<T>): () => Promise<T> {
  let finding: Promise<T> | undefined;
  return () => (finding ??= find().finally(() => (finding = undefined)));
}
