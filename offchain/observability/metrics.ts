import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Counts, DeliveryMetrics, HttpMetrics, SegmentMetrics, Times } from "./interface.ts";
import { BoundedLabel } from "./labels.ts";

/** {1} Orchestrators that a broadcaster's series name. */
const MOST_ORCHESTRATORS = 100;
/** {s} Of stages: from a cheap check to the longest time limit. */
const STAGE_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64];
/** {s} Of requests. */
const REQUEST_BUCKETS = [0.005, 0.025, 0.1, 0.5, 1, 2, 4, 8, 16, 32, 64];

/**
 * Everything that a process tells a Prometheus: one registry, with the standard process metrics. Names follow Prometheus' conventions:
 * base units, `_total` for what only grows. A metric that never happened is exported as 0 where it has no labels.
 */
export class NodeMetrics implements HttpMetrics, SegmentMetrics, DeliveryMetrics {
  readonly registry = new Registry();
  readonly requests: Counts<"route" | "status">;
  readonly requestSeconds: Times<"route">;
  readonly refusals: Counts<"code">;
  readonly segments: Counts<"result">;
  readonly bought: Counts<"orchestrator">;
  readonly failures: Counts<"orchestrator" | "code">;
  readonly segmentSeconds: Times<"stage">;
  readonly retried: Counts<never>;
  readonly hedged: Counts<never>;
  readonly shed: Counts<never>;
  readonly withheld: Counts<"kind">;
  readonly quotes: Counts<"result">;
  readonly suspensions: Counts<"orchestrator" | "code">;

  /** @param role label of every series */
  constructor(role: string) {
    this.registry.setDefaultLabels({ role });
    collectDefaultMetrics({ register: this.registry });
    this.requests = this.#counter("http_requests", "HTTP requests that were answered.", ["route", "status"]);
    this.requestSeconds = this.#histogram("http_request_seconds", "Time of a request.", ["route"], REQUEST_BUCKETS);
    this.refusals = this.#counter("refusals", "Requests and connections that were refused, by code.", ["code"]);
    this.segments = this.#counter("segments", "Segments, by what became of them.", ["result"]);
    const orchestrators = new BoundedLabel(MOST_ORCHESTRATORS);
    const bought = this.#counter("segments_bought", "Good answers to segments that were sent.", ["orchestrator"]);
    this.bought = withBounded(bought, orchestrators);
    const failures = this.#counter("segment_failures", "Segments that an orchestrator did not deliver, by code.", [
      "orchestrator",
      "code",
    ]);
    this.failures = withBounded(failures, orchestrators);
    this.segmentSeconds = this.#histogram("segment_seconds", "Time of a segment's stage.", ["stage"], STAGE_BUCKETS);
    this.retried = this.#counter("segments_retried", "Sendings of a segment after one that failed.", []);
    this.hedged = this.#counter("segments_hedged", "Second sendings of a segment that was late.", []);
    this.shed = this.#counter("segments_shed", "Segments published without renditions for want of a place.", []);
    this.withheld = this.#counter("sendings_withheld", "Second sendings that were not sent under overload.", ["kind"]);
    this.quotes = this.#counter("quotes", "Questions for a quote, by the code of the answer.", ["result"]);
    const suspensions = this.#counter("orchestrator_suspensions", "Orchestrators that were left alone for a while.", [
      "orchestrator",
      "code",
    ]);
    this.suspensions = withBounded(suspensions, orchestrators);
  }

  /** A figure that is read when somebody asks; NaN when it cannot be read. A second one of the name takes the place of the first. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void {
    this.registry.removeSingleMetric(`streamflow_${name}`);
    new Gauge({
      name: `streamflow_${name}`,
      help,
      registers: [this.registry],
      async collect() {
        try {
          this.set(await read());
        } catch {
          this.set(NaN);
        }
      },
    });
  }

  /** The same of one that only grows, and is counted elsewhere. */
  total(name: string, help: string, read: () => number): void {
    this.registry.removeSingleMetric(`streamflow_${name}_total`);
    new Counter({
      name: `streamflow_${name}_total`,
      help,
      registers: [this.registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  #counter<L extends string>(name: string, help: string, labelNames: L[]): Counts<L> {
    return new Counter({ name: `streamflow_${name}_total`, help, labelNames, registers: [this.registry] });
  }

  #histogram<L extends string>(name: string, help: string, labelNames: L[], buckets: number[]): Times<L> {
    return new Histogram({ name: `streamflow_${name}`, help, labelNames, buckets, registers: [this.registry] });
  }
}

function withBounded<L extends string>(
  counts: Counts<L | "orchestrator">,
  bounded: BoundedLabel,
): Counts<L | "orchestrator"> {
  return {
    inc: (labels, by = 1) => counts.inc({ ...labels, orchestrator: bounded.of(labels.orchestrator) }, by),
  };
}
