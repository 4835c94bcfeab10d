import type { Logger } from "pino";
import { asStreamflowError } from "../errors.ts";
import type { Market } from "../discovery/market.ts";
import type { HlsWriter, SourceSegment, TranscodedRendition } from "../media/interface.ts";
import type { PreparedSegment, SegmentBuyer } from "./segment-buyer.ts";

export interface DeliveryOptions {
  /** How often a segment is sent before it is reported missing. */
  readonly attempts: number;
}

export interface DeliveryModules {
  readonly market: Market;
  readonly buyer: SegmentBuyer;
  readonly writer: HlsWriter;
  readonly log: Logger;
}

/** What became of one segment. */
export interface Delivered {
  readonly sequence: number;
  readonly frames: number;
  readonly durationMs: number;
  /** Null when nobody delivered it. */
  readonly orchestrator: string | null;
  readonly attempts: number;
  readonly renditions: readonly TranscodedRendition[];
}

/**
 * Sends segments to the market as they come, as many at once as it has places, and writes them in order. The number of segments held in
 * memory is bounded by twice the market's places and two.
 */
export async function deliverAll(
  segments: AsyncIterable<SourceSegment>,
  options: DeliveryOptions,
  modules: DeliveryModules,
  signal: AbortSignal,
): Promise<Omit<Delivered, "renditions">[]> {
  const { market, writer, log } = modules;
  const account: Omit<Delivered, "renditions">[] = [];
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  let held = 0;
  let written: Promise<void> = Promise.resolve();
  let room = Promise.withResolvers<void>();

  const write = async (segment: SourceSegment, result: Promise<Delivered>): Promise<void> => {
    const { renditions, ...entry } = await result;
    await writer.append(segment, renditions);
    account.push(entry);
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
    const result = deliver(segment, options, modules, either);
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
  return account;
}

/** Sends one segment until somebody delivers it. */
async function deliver(
  segment: SourceSegment,
  options: DeliveryOptions,
  { market, buyer, log }: DeliveryModules,
  signal: AbortSignal,
): Promise<Delivered> {
  const avoid = new Set<string>();
  const entry = { sequence: segment.sequence, frames: segment.info.frames, durationMs: segment.info.durationMs };
  let prepared: PreparedSegment | undefined;
  let attempts = 0;
  while (attempts < options.attempts) {
    let slot;
    try {
      prepared ??= buyer.prepare(segment);
      slot = await market.acquire(avoid, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      const error = asStreamflowError(thrown);
      log.error({ sequence: segment.sequence, code: error.code, detail: error.message }, "segment cannot be sent");
      break;
    }
    const { orchestrator } = slot.quote.listing;
    attempts++;
    try {
      const { renditions } = await buyer.buy(prepared, slot.quote, signal);
      slot.succeeded();
      return { ...entry, orchestrator, attempts, renditions };
    } catch (thrown) {
      slot.failed(thrown);
      signal.throwIfAborted();
      const error = asStreamflowError(thrown);
      log.warn(
        { sequence: segment.sequence, orchestrator, code: error.code, detail: error.message },
        "segment not delivered, trying again",
      );
      avoid.add(orchestrator);
    }
  }
  return { ...entry, orchestrator: null, attempts, renditions: [] };
}
