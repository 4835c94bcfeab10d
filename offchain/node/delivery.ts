import { asStreamflowError } from "../errors.ts";
import type { Market } from "../discovery/market.ts";
import type { HlsWriter, SourceSegment, TranscodedRendition } from "../media/interface.ts";
import { Race, type RaceModules, type RaceOptions } from "./race.ts";
import type { PreparedSegment, SegmentBuyer } from "./segment-buyer.ts";
import type { StreamAccount } from "./stream-account.ts";

export interface DeliveryModules extends RaceModules {
  readonly market: Pick<Market, "acquire" | "acquireOther" | "waiting" | "capacity">;
  readonly buyer: Pick<SegmentBuyer, "prepare" | "buy">;
  readonly writer: Pick<HlsWriter, "append">;
  readonly account: Pick<StreamAccount, "settled">;
}

/** What became of one segment. */
export interface Delivered {
  readonly sequence: number;
  readonly frames: number;
  readonly durationMs: number;
  /** Whose answer was taken; null when nobody delivered it. */
  readonly orchestrator: string | null;
  readonly attempts: number;
  readonly renditions: readonly TranscodedRendition[];
}

/**
 * Sends segments to the market as they come, as many at once as it has places, and writes them in order. The number of segments held in
 * memory is bounded by twice the market's places and two. What became of each is told to the account when it has been written.
 */
export async function deliverAll(
  segments: AsyncIterable<SourceSegment>,
  options: RaceOptions,
  modules: DeliveryModules,
  signal: AbortSignal,
): Promise<void> {
  const { market, metrics, writer, account, log } = modules;
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  /** Races of which somebody is still under way, though they are won. */
  const trailing = new Set<Promise<void>>();
  let held = 0;
  let written: Promise<void> = Promise.resolve();
  let room = Promise.withResolvers<void>();

  const write = async (segment: SourceSegment, result: Promise<Delivered>): Promise<void> => {
    const { renditions, ...entry } = await result;
    await writer.append(segment, renditions);
    account.settled(entry);
    metrics?.segments.inc({ result: entry.orchestrator === null ? "missing" : "delivered" });
    if (entry.orchestrator === null)
      log.error({ sequence: entry.sequence, attempts: entry.attempts }, "segment missing");
    else log.info(entry, "segment delivered");
    held--;
    room.resolve();
    room = Promise.withResolvers<void>();
  };

  for await (const segment of segments) {
    either.throwIfAborted();
    held++;
    const result = deliver(segment, options, modules, either, trailing);
    written = Promise.all([written, result]).then(() => write(segment, result));
    // A failure of the output ends the stream; it is thrown below, by the last write.
    written.catch((error: unknown) => failure.abort(error));
    result.catch(() => undefined);
    while (held >= 2 * Math.max(1, market.capacity()) + 2) {
      await Promise.race([room.promise, written]);
      either.throwIfAborted();
    }
  }
  await written;
  await Promise.all(trailing);
}

/** Sends one segment until somebody delivers it. */
async function deliver(
  segment: SourceSegment,
  options: RaceOptions,
  modules: DeliveryModules,
  signal: AbortSignal,
  trailing: Set<Promise<void>>,
): Promise<Delivered> {
  const entry = { sequence: segment.sequence, frames: segment.info.frames, durationMs: segment.info.durationMs };
  let prepared: PreparedSegment;
  try {
    prepared = modules.buyer.prepare(segment);
  } catch (thrown) {
    const error = asStreamflowError(thrown);
    modules.log.error(
      { sequence: segment.sequence, code: error.code, detail: error.message },
      "segment cannot be sent",
    );
    return { ...entry, orchestrator: null, attempts: 0, renditions: [] };
  }
  const race = new Race(prepared, options, modules, signal);
  const { won, over } = race.start();
  trailing.add(over);
  void over.then(() => trailing.delete(over));
  const winner = await won;
  if (winner === null) {
    signal.throwIfAborted();
    return { ...entry, orchestrator: null, attempts: race.attempts, renditions: [] };
  }
  return { ...entry, ...winner, attempts: race.attempts };
}
