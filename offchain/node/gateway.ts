import { id as keccakId } from "ethers";
import type { Logger } from "pino";
import type { BroadcasterConfig } from "../config/schema.ts";
import { verificationDomainOf } from "../eth/domains.ts";
import { Verifications } from "../eth/verifications.ts";
import type { OutputRows } from "../live/outputs.ts";
import type { NodeMetrics } from "../observability/metrics.ts";
import type { Monitor } from "../observability/monitor.ts";
import { watchBuyer, watchDisputes } from "../observability/watch.ts";
import { createSigner } from "../pm/crypto.ts";
import type { OpenRun } from "../verification/agents/runs.ts";
import { type Judge, ThreadedJudge } from "../verification/structure/threaded-judge.ts";
import type { Case } from "../vm/start.ts";
import { type Choosing, openChoosing } from "./choosing.ts";
import { systemClock, systemRandomness } from "./clock.ts";
import type { Disagreement } from "./comparison.ts";
import { openChallenger, openSegments } from "./disputes.ts";
import { Load } from "./load.ts";
import { MeteredJudge } from "./metered.ts";
import { openNetwork } from "./network.ts";
import { chainAnswers } from "./ready.ts";
import { Seats } from "./seats.ts";
import { type BuyerModules, type BuyerOptions, SegmentBuyer } from "./segment-buyer.ts";

/** What stands in for parts of the broadcaster, for tests and demonstrations. */
export interface Replaced {
  /** What finds faults. */
  readonly judge?: Judge;
  /** What it says of a run in a dispute. */
  readonly start?: (judged: Case) => OpenRun;
  /** What looks into answers that disagree. */
  readonly onDisagreement?: (found: Disagreement) => void;
}

/** What all streams of a broadcaster share: whose deposit pays, the orchestrators and what is known of them, the judge, the disputes. */
export interface Gateway {
  readonly config: BroadcasterConfig;
  readonly payer: string;
  readonly choosing: Choosing;
  readonly load: Load;
  /** For looking at pictures. */
  readonly checkSeats: Seats;
  readonly onDisagreement: Replaced["onDisagreement"];
  readonly metrics: NodeMetrics | undefined;
  /** Live streams whose output is not closed yet. */
  readonly outputs: OutputRows;
  /** Buys for one stream. */
  buyer(of: Pick<BuyerOptions, "stream" | "renditions"> & Pick<BuyerModules, "onPaid" | "onGivenBack">): SegmentBuyer;
  /** Resolves when no dispute is open. @throws the signal's reason */
  idle(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** The server's library is loaded only where it is used: a first segment waits for every library. */
async function openMonitorIfAsked({ monitor }: BroadcasterConfig, log: Logger): Promise<Monitor | null> {
  if (monitor.port === undefined) return null;
  const { openMonitor } = await import("../observability/monitor.ts");
  return openMonitor({ role: "broadcaster", ...monitor, parts: ["chain", "store", "orchestrator"] }, log);
}

/**
 * @param patient whether to begin when no orchestrator can be had at present
 * @throws StreamflowError of the chain, the store and, when not patient, of the choice of orchestrators
 */
export async function openGateway(
  config: BroadcasterConfig,
  { patient, ...replaced }: Replaced & { readonly patient: boolean },
  log: Logger,
  signal: AbortSignal,
): Promise<Gateway> {
  const closers: (() => void | Promise<void>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const monitor = await openMonitorIfAsked(config, log);
    closers.push(() => monitor?.close());
    const metrics = monitor?.metrics;
    const network = await openNetwork(config, log);
    closers.push(network.close);
    const { chain, payer, clock, schedule, sender, client, store } = network;
    monitor?.readiness.provide("chain", chainAnswers(chain));
    monitor?.readiness.provide("store", () => null);
    const disputing = { chain, store, log: log.child({ module: "disputes" }) };
    const { judge: otherJudge, onDisagreement, ...others } = replaced;
    const challenger = config.disputes.enabled
      ? openChallenger(config, { ...disputing, segments: await openSegments(config, disputing), ...others })
      : null;
    closers.push(() => challenger?.close());
    const service = keccakId(config.service);
    const domain = verificationDomainOf(chain.deployment);
    const choosing = await openChoosing(
      config,
      { service, sender: payer, domain, patient },
      {
        ...{ registry: chain.registry, store, sender, client, clock: systemClock, randomness: systemRandomness },
        onSuspend: (orchestrator, code) => metrics?.suspensions.inc({ orchestrator, code: code ?? "late" }),
        log: log.child({ module: "discovery" }),
      },
      signal,
    );
    closers.push(() => choosing.close());
    const { market } = choosing;
    monitor?.readiness.provide("orchestrator", () =>
      market.capacity() > 0 ? null : "no session with an orchestrator",
    );
    const load = new Load();
    if (metrics !== undefined) {
      watchBuyer(metrics, {
        sender,
        places: () => market.capacity(),
        waiting: () => market.waiting,
        budget: () => load.budget.saved,
      });
      watchDisputes(metrics, store.disputes);
    }

    const threaded = new ThreadedJudge({ timeoutMs: config.judgeMs });
    closers.push(() => threaded.close());
    const judge = new MeteredJudge(otherJudge ?? threaded, "check", metrics);
    const verifications = new Verifications(
      chain.registry,
      schedule,
      chain.deployment.contracts.DisputeGame.proxy,
      config.chain.graceMs,
    );
    await verifications.readAhead([service], Math.floor(systemClock.now() / 1000));
    return {
      config,
      payer,
      choosing,
      load,
      checkSeats: new Seats(config.checks.atOnce),
      onDisagreement,
      metrics,
      outputs: store.outputs,
      buyer: ({ stream, renditions, ...told }) =>
        new SegmentBuyer(
          {
            ...{ sender: payer, stream, service, renditions, domain },
            ...{ timeoutMs: config.segmentMs, judgedOnly: config.selection.judgedOnly },
          },
          {
            client,
            signer: createSigner(chain.wallet.privateKey),
            clock: systemClock,
            currentRound: () => clock.current(),
            judge,
            accuser: challenger,
            programFor: (of, timestamp) => verifications.programFor(of, timestamp),
            ...told,
            log: log.child({ module: "buyer", stream }),
          },
        ),
      idle: async (until) => challenger?.idle(until),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
