import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { id as keccakId } from "ethers";
import type { Logger } from "pino";
import type { BroadcasterConfig } from "../config/schema.ts";
import { StreamflowError } from "../errors.ts";
import { BrokerAdapter } from "../eth/broker.ts";
import { openChain } from "../eth/chain.ts";
import { ticketDomainOf, verificationDomainOf } from "../eth/domains.ts";
import { RoundClock } from "../eth/rounds.ts";
import { Verifications } from "../eth/verifications.ts";
import { createHlsWriter } from "../media/hls.ts";
import type { SourceSegment } from "../media/interface.ts";
import { PeerClient } from "../net/client.ts";
import { createSigner } from "../pm/crypto.ts";
import type { DebtPolicy } from "../pm/formulas.ts";
import { addressSchema, describeIssues } from "../pm/schema.ts";
import { TicketSender } from "../pm/sender.ts";
import type { OpenRun } from "../verification/agents/runs.ts";
import { type Judge, ThreadedJudge } from "../verification/structure/threaded-judge.ts";
import type { Case } from "../vm/start.ts";
import { openChoosing } from "./choosing.ts";
import { systemClock, systemRandomness } from "./clock.ts";
import type { Disagreement } from "./comparison.ts";
import { deliverAll } from "./delivery.ts";
import { openChallenger, openSegments } from "./disputes.ts";
import { Hedging } from "./hedging.ts";
import type { Ingest } from "./ingest.ts";
import { openNodeStore } from "./store.ts";
import { SegmentBuyer } from "./segment-buyer.ts";
import { makeReport, SentBefore, writeJson } from "./stream-report.ts";

export interface StreamOptions {
  readonly config: BroadcasterConfig;
  /** The input, which is being cut. */
  readonly ingest: Ingest;
  /** When the stream began, on the clock of `performance.now()` [ms]. */
  readonly begun: number;
}

/** What stands in for parts of the broadcaster, for tests and demonstrations. */
export interface Replaced {
  /** What finds faults. */
  readonly judge?: Judge;
  /** What it says of a run in a dispute. */
  readonly start?: (judged: Case) => OpenRun;
  /** What looks into answers that disagree. */
  readonly onDisagreement?: (found: Disagreement) => void;
}

/** Negotiates, buys every segment of an input, writes HLS and the report. */
export async function buyStream(
  { config, ingest, begun }: StreamOptions,
  log: Logger,
  signal: AbortSignal,
  { judge: otherJudge, onDisagreement, ...replaced }: Replaced = {},
): Promise<void> {
  const network = await openNetwork(config, log);
  const closers: (() => void | Promise<void>)[] = [network.close];
  try {
    const { chain, payer, clock, sender, client, store } = network;
    const disputing = { chain, store, log: log.child({ module: "disputes" }) };
    const challenger = config.disputes.enabled
      ? openChallenger(config, { ...disputing, segments: await openSegments(config, disputing), ...replaced })
      : null;
    closers.push(() => challenger?.close());
    const stream = `0x${randomBytes(32).toString("hex")}`;
    const service = keccakId(config.service);
    const domain = verificationDomainOf(chain.deployment);

    const before = new SentBefore(sender);
    const choosing = await openChoosing(
      config,
      { service, sender: payer, domain },
      {
        ...{ registry: chain.registry, store, sender, client, clock: systemClock, randomness: systemRandomness },
        onJoin: (orchestrator) => before.note(orchestrator),
        log: log.child({ module: "discovery" }),
      },
      signal,
    );
    closers.push(() => choosing.close());
    const { market, standings } = choosing;

    const threaded = new ThreadedJudge({ timeoutMs: config.judgeMs });
    closers.push(() => threaded.close());
    const judge = otherJudge ?? threaded;
    const verifications = new Verifications(chain.registry, chain.rounds, chain.deployment.contracts.DisputeGame.proxy);
    const buyer = new SegmentBuyer(
      {
        ...{ sender: payer, stream, service, renditions: ingest.renditions, domain },
        ...{ timeoutMs: config.segmentMs, judgedOnly: config.selection.judgedOnly },
      },
      {
        client,
        signer: createSigner(chain.wallet.privateKey),
        clock: systemClock,
        currentRound: () => clock.current(),
        judge,
        accuser: challenger,
        programFor: (service, timestamp) => verifications.programFor(service, timestamp),
        log: log.child({ module: "buyer" }),
      },
    );
    await buyer.requireJudge();
    const writer = createHlsWriter({ directory: config.out, renditions: ingest.renditions });
    log.info(
      {
        stream,
        ingest: ingest.plan.mode,
        renditions: ingest.renditions.map(({ name }) => name),
        durationMs: ingest.durationMs,
        orchestrators: [...before.by().keys()],
      },
      "ready",
    );

    const { copies, compare, deadlineMs } = config.delivery;
    const { hedgeQuantile: quantile, hedgeShare, hedgeAfterMs: afterMs } = config.delivery;
    const account = await deliverAll(
      refreshing(ingest.segments, () => choosing.refresh()),
      { attempts: config.attempts, copies, compare, deadlineMs },
      {
        ...{ market, buyer, writer, log, random: Math.random },
        hedging: new Hedging({ quantile, share: hedgeShare, afterMs }, standings),
        ...(onDisagreement === undefined ? {} : { onDisagreement }),
      },
      signal,
    );
    await writer.end();

    const report = makeReport({
      stream,
      broadcaster: payer,
      sender,
      plan: ingest.plan,
      renditions: ingest.renditions,
      account,
      before,
      seconds: (performance.now() - begun) / 1000,
    });
    if (config.report !== undefined) {
      await mkdir(dirname(config.report), { recursive: true });
      await writeJson(config.report, report);
    }
    log.info(report, "stream ended");
    await challenger?.idle(signal);
    if (report.missing.length > 0) {
      throw new StreamflowError(
        "SegmentsMissing",
        `${report.missing.length} of ${report.segments} segments were not delivered`,
        { missing: report.missing.length },
      );
    }
  } finally {
    for (const closer of closers.reverse()) await closer();
  }
}

/** Whose deposit pays: the account that is named, for which the key is a hot one, or the key's own. */
function payerOf({ account }: BroadcasterConfig, key: string): string {
  if (account === undefined) return key;
  const parsed = addressSchema.safeParse(account);
  if (!parsed.success) throw new StreamflowError("ConfigInvalid", `account: ${describeIssues(parsed.error)}`);
  return parsed.data;
}

function debtPolicy({ policy, epsilon }: BroadcasterConfig["debt"]): DebtPolicy {
  return policy === "certain" ? { kind: "certain" } : { kind: "quantile", epsilon };
}

async function openNetwork(config: BroadcasterConfig, log: Logger) {
  const chain = await openChain(config.chain, config.keyFile);
  const payer = payerOf(config, chain.wallet.address);
  const clock = await RoundClock.start(chain.rounds, config.chain.pollMs, log.child({ module: "rounds" }));
  const domain = ticketDomainOf(chain.deployment);
  const store = await openNodeStore(config.dataDir, chain, payer);
  const sender = new TicketSender(
    {
      address: payer,
      domain,
      maxPrice: { numerator: config.selection.maximumPrice, denominator: 1n },
      maxFaceValue: config.selection.maximumFaceValue,
      debt: debtPolicy(config.debt),
    },
    {
      ledger: store.ledger,
      broker: new BrokerAdapter({ chain, clock }),
      signer: createSigner(chain.wallet.privateKey),
      clock: systemClock,
      randomness: systemRandomness,
    },
  );
  const client = new PeerClient();
  const close = () => {
    client.close();
    store.close();
    clock.close();
    chain.close();
  };
  return { chain, payer, clock, sender, client, store, close };
}

/** The same segments; asking in the background begins when the first one is on its way. */
async function* refreshing(
  segments: AsyncIterable<SourceSegment>,
  refresh: () => void,
): AsyncGenerator<SourceSegment, void, undefined> {
  let isFirst = true;
  for await (const segment of segments) {
    yield segment;
    if (isFirst) refresh();
    isFirst = false;
  }
}
