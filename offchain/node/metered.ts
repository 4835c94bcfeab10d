import { asStreamflowError } from "../errors.ts";
import type { SegmentMetrics, Stage } from "../observability/interface.ts";
import type { NodeMetrics } from "../observability/metrics.ts";
import type { Place, TranscoderPool } from "../pool/interface.ts";
import type { LocalTranscoder } from "../pool/local.ts";
import type { Judge } from "../verification/structure/threaded-judge.ts";
import type { Shop } from "./orchestrator-routes.ts";
import type { SegmentBuyer } from "./segment-buyer.ts";

// Parts of the node with their metrics around them: what is measured knows nothing of it.

async function timed<T>(metrics: SegmentMetrics, stage: Stage, act: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  try {
    return await act();
  } finally {
    metrics.segmentSeconds.observe({ stage }, (performance.now() - begun) / 1_000);
  }
}

/** @param orchestrator its own address */
export function meteredShop(shop: Shop, orchestrator: string, metrics: NodeMetrics): Shop {
  return {
    quote: async (body) => {
      try {
        const quote = await shop.quote(body);
        metrics.quotes.inc({ result: "given" });
        return quote;
      } catch (error) {
        metrics.quotes.inc({ result: asStreamflowError(error).code });
        throw error;
      }
    },
    segment: async (form, deadline) => {
      try {
        const answer = await timed(metrics, "sale", () => shop.segment(form, deadline));
        metrics.segments.inc({ result: "sold" });
        return answer;
      } catch (error) {
        const { code } = asStreamflowError(error);
        metrics.segments.inc({ result: code === "Overloaded" || code === "CapacityExceeded" ? "refused" : "failed" });
        metrics.failures.inc({ orchestrator, code });
        throw error;
      }
    },
    status: () => shop.status(),
  };
}

/** @param stage `judge` at the orchestrator, `check` at the broadcaster */
export class MeteredJudge implements Judge {
  readonly #judge: Judge;
  readonly #stage: Stage;
  readonly #metrics: SegmentMetrics | undefined;
  #waiting = 0;

  constructor(judge: Judge, stage: "judge" | "check", metrics: SegmentMetrics | undefined) {
    this.#judge = judge;
    this.#stage = stage;
    this.#metrics = metrics;
  }

  /** {1} Segments that are with it, or wait. */
  get waiting(): number {
    return this.#waiting;
  }

  async judge(work: Parameters<Judge["judge"]>[0]): ReturnType<Judge["judge"]> {
    if (this.#metrics === undefined) return this.#judge.judge(work);
    this.#waiting++;
    try {
      return await timed(this.#metrics, this.#stage, () => this.#judge.judge(work));
    } finally {
      this.#waiting--;
    }
  }
}

export class MeteredPool implements TranscoderPool {
  readonly #pool: TranscoderPool;
  readonly #metrics: SegmentMetrics | undefined;
  #busy = 0;

  constructor(pool: TranscoderPool, metrics: SegmentMetrics | undefined) {
    this.#pool = pool;
    this.#metrics = metrics;
  }

  /** {1} Places that are taken. */
  get busy(): number {
    return this.#busy;
  }

  capacity(): number {
    return this.#pool.capacity();
  }

  reserve(): Place {
    const place = this.#pool.reserve();
    const metrics = this.#metrics;
    this.#busy++;
    let isHeld = true;
    return {
      expected: (work) => place.expected(work),
      transcode: (work, signal) =>
        metrics === undefined
          ? place.transcode(work, signal)
          : timed(metrics, "transcode", () => place.transcode(work, signal)),
      release: () => {
        if (isHeld) this.#busy--;
        isHeld = false;
        place.release();
      },
    };
  }
}

type Measured = Pick<LocalTranscoder, "capacity" | "speed" | "transcode">;

/** A transcoder on its own, which knows no orchestrator but the one that it works for. */
export function meteredTranscoder(transcoder: Measured, metrics: SegmentMetrics | undefined): Measured {
  if (metrics === undefined) return transcoder;
  const { capacity, speed } = transcoder;
  return {
    ...{ capacity, speed },
    transcode: async (work, signal) => {
      try {
        const made = await timed(metrics, "transcode", () => transcoder.transcode(work, signal));
        metrics.segments.inc({ result: "transcoded" });
        return made;
      } catch (error) {
        metrics.segments.inc({ result: "failed" });
        throw error;
      }
    },
  };
}

type Buying = Pick<SegmentBuyer, "prepare" | "buy">;

/** A purchase that was given up because somebody else was faster is neither bought nor a failure. */
export function meteredBuyer(buyer: Buying, metrics: SegmentMetrics | undefined): Buying {
  if (metrics === undefined) return buyer;
  return {
    prepare: (segment) => buyer.prepare(segment),
    buy: async (prepared, quote, remainingMs, signal) => {
      const { orchestrator } = quote.listing;
      try {
        const bought = await timed(metrics, "purchase", () => buyer.buy(prepared, quote, remainingMs, signal));
        metrics.bought.inc({ orchestrator });
        return bought;
      } catch (error) {
        if (!signal.aborted) metrics.failures.inc({ orchestrator, code: asStreamflowError(error).code });
        throw error;
      }
    },
  };
}
