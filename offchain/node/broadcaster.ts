import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { id as keccakId } from "ethers";
import type { Logger } from "pino";
import type { BroadcasterConfig } from "../config/schema.ts";
import type { Quote } from "../discovery/interface.ts";
import { Market } from "../discovery/market.ts";
import { askQuote, collectQuotes } from "../discovery/quotes.ts";
import { listOrchestrators } from "../discovery/registry.ts";
import { StreamflowError } from "../errors.ts";
import { BrokerAdapter } from "../eth/broker.ts";
import { openChain, type Chain } from "../eth/chain.ts";
import { RoundClock } from "../eth/rounds.ts";
import { cutSegments, planIngest } from "../media/cut.ts";
import { createHlsWriter } from "../media/hls.ts";
import type { IngestPlan, MediaInput, Rendition } from "../media/interface.ts";
import { fitLadder } from "../media/ladder.ts";
import { probeInput } from "../media/probe.ts";
import { PeerClient } from "../net/client.ts";
import { createSigner } from "../pm/crypto.ts";
import type { Sender, SentTotals } from "../pm/interface.ts";
import { ONE } from "../pm/schema.ts";
import { TicketSender } from "../pm/sender.ts";
import { openStore } from "../store/sqlite.ts";
import { systemClock, systemRandomness } from "./clock.ts";
import { deliverAll, type Delivered } from "./delivery.ts";
import { openFfmpeg } from "./ffmpeg.ts";
import { SegmentBuyer } from "./segment-buyer.ts";
import type { Service } from "./service.ts";
import { writeJson, type StreamReport } from "./stream-report.ts";

export function mediaInput(config: Pick<BroadcasterConfig, "input" | "inputFormat">): MediaInput {
  return config.inputFormat === undefined
    ? { path: config.input }
    : { source: config.input, inputOptions: ["-f", config.inputFormat] };
}

/** Streams one input to its end. `done` rejects with SegmentsMissing when a segment could not be bought. */
export async function startBroadcaster(config: BroadcasterConfig, log: Logger): Promise<Service> {
  const stop = new AbortController();
  const done = run(config, log, stop.signal);
  // Whoever awaits `done` sees the error; nobody has to.
  done.catch(() => undefined);
  return {
    done,
    close: async () => {
      stop.abort(new StreamflowError("Stopped", "the stream was stopped before its end"));
      await done.catch(() => undefined);
    },
  };
}

async function run(config: BroadcasterConfig, log: Logger, signal: AbortSignal): Promise<void> {
  const begun = performance.now();
  const closers: (() => void | Promise<void>)[] = [];
  try {
    // The input and the chain are looked at at the same time: neither needs the other.
    const [media, network] = await Promise.all([
      openMedia(config, log, signal),
      openNetwork(config, log).then((opened) => {
        closers.push(() => opened.close());
        return opened;
      }),
    ]);
    const { chain, clock, sender, client } = network;
    const stream = `0x${randomBytes(32).toString("hex")}`;
    const service = keccakId(config.service);
    const domain = { chainId: chain.chainId, verifyingContract: chain.deployment.contracts.BondingManager.proxy };

    const quoting = { sender: chain.wallet.address, service, timeoutMs: config.selection.quoteMs };
    const modules = { client, sender, log: log.child({ module: "discovery" }) };
    const quotes = await chooseOrchestrators(config, chain, quoting, modules);
    const market = new Market(
      quotes,
      { patienceMs: config.segmentMs },
      { requote: (listing) => askQuote(listing, quoting, modules), log },
    );
    closers.push(() => market.close());

    const buyer = new SegmentBuyer(
      { stream, service, renditions: media.renditions, domain, timeoutMs: config.segmentMs },
      {
        client,
        signer: createSigner(chain.wallet.privateKey),
        clock: systemClock,
        currentRound: () => clock.current(),
      },
    );
    const writer = createHlsWriter({ directory: config.out, renditions: media.renditions });
    log.info(
      {
        stream,
        ingest: media.plan.mode,
        renditions: media.renditions.map(({ name }) => name),
        durationMs: media.durationMs,
        orchestrators: quotes.map(({ listing }) => listing.orchestrator),
      },
      "ready",
    );

    const before = sentTotals(sender, quotes);
    const segments = cutSegments(media.runner.ffmpeg, media.input, media.plan, { realtime: config.realtime, signal });
    const account = await deliverAll(segments, { attempts: config.attempts }, { market, buyer, writer, log }, signal);
    await writer.end();

    const report = makeReport({
      stream,
      chain,
      sender,
      plan: media.plan,
      renditions: media.renditions,
      account,
      before,
      quotes,
      seconds: (performance.now() - begun) / 1000,
    });
    if (config.report !== undefined) {
      await mkdir(dirname(config.report), { recursive: true });
      await writeJson(config.report, report);
    }
    log.info(report, "stream ended");
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

async function openMedia(config: BroadcasterConfig, log: Logger, signal: AbortSignal) {
  const runner = await openFfmpeg(config.ffmpeg.path, log);
  const input = mediaInput(config);
  const probe = await probeInput(runner.ffmpeg, input, { signal });
  const plan = planIngest(probe);
  if (!probe.copyable) log.info({ reasons: probe.reencodeReasons }, "the input is re-encoded on ingest");
  return { runner, input, plan, durationMs: probe.durationMs, renditions: fitLadder(config.ladder, plan) };
}

async function openNetwork(config: BroadcasterConfig, log: Logger) {
  const chain = await openChain(config.chain, config.keyFile);
  const clock = await RoundClock.start(chain.rounds, config.chain.pollMs, log.child({ module: "rounds" }));
  const domain = { chainId: chain.chainId, broker: chain.deployment.contracts.TicketBroker.proxy };
  await mkdir(config.dataDir, { recursive: true });
  const store = openStore({
    path: join(config.dataDir, "node.sqlite"),
    identity: { address: chain.wallet.address, ...domain },
  });
  const sender = new TicketSender(
    {
      address: chain.wallet.address,
      domain,
      maxPrice: { numerator: config.selection.maximumPrice, denominator: 1n },
      maxFaceValue: config.selection.maximumFaceValue,
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
  const close = async () => {
    await client.close();
    store.close();
    clock.close();
    chain.close();
  };
  return { chain, clock, sender, client, close };
}

/** Registry, quotes, choice: the paper's steps 1 to 5. */
async function chooseOrchestrators(
  config: BroadcasterConfig,
  chain: Chain,
  quoting: Parameters<typeof collectQuotes>[1],
  modules: Parameters<typeof collectQuotes>[2],
): Promise<Quote[]> {
  const { minimumStake, only, orchestrators } = config.selection;
  const allowed = new Set(only.map((address) => address.toLowerCase()));
  const listings = (await listOrchestrators(chain.registry, quoting.service, minimumStake)).filter(
    ({ orchestrator }) => allowed.size === 0 || allowed.has(orchestrator.toLowerCase()),
  );
  const { quotes, refusals } = await collectQuotes(listings, quoting, modules);
  if (quotes.length > 0) return quotes.slice(0, orchestrators);

  // When all refuse for the same reason, the reason is the message.
  const [first] = refusals;
  if (first !== undefined && refusals.every(({ code }) => code === first.code)) throw first;
  const reasons = refusals.map(({ code }) => code).join(", ");
  throw new StreamflowError(
    "NoOrchestrator",
    `${listings.length} orchestrators are listed for ${config.service}, none quoted${reasons && `: ${reasons}`}`,
    {
      listed: listings.length,
    },
  );
}

/** The ledger outlives streams: what one stream sent is a difference. */
interface SentBefore {
  readonly all: SentTotals;
  readonly by: ReadonlyMap<string, SentTotals>;
}

function sentTotals(sender: Sender, quotes: readonly Quote[]): SentBefore {
  return {
    all: sender.sent(),
    by: new Map(quotes.map(({ listing }) => [listing.orchestrator, sender.sent(listing.orchestrator)])),
  };
}

function makeReport(of: {
  stream: string;
  chain: Chain;
  sender: Sender;
  plan: IngestPlan;
  renditions: readonly Rendition[];
  account: readonly Omit<Delivered, "renditions">[];
  quotes: readonly Quote[];
  before: SentBefore;
  seconds: number;
}): StreamReport {
  const { account, sender, quotes, before } = of;
  const after = sentTotals(sender, quotes);
  const missing = account.filter(({ orchestrator }) => orchestrator === null).map(({ sequence }) => sequence);
  return {
    stream: of.stream,
    broadcaster: of.chain.wallet.address,
    ingest: of.plan.mode,
    segments: account.length,
    missing,
    deliveredPercent: account.length === 0 ? 0 : (100 * (account.length - missing.length)) / account.length,
    renditions: of.renditions.map(({ name, width, height }) => ({ name, width, height })),
    mediaSeconds: account.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000,
    wallSeconds: of.seconds,
    ticketsSent: Number(after.all.count - before.all.count),
    faceValueWei: (after.all.faceValue - before.all.faceValue).toString(),
    expectedValueWei: ((after.all.expectedValue - before.all.expectedValue) / ONE).toString(),
    orchestrators: quotes.map(({ listing: { orchestrator: address } }) => ({
      address,
      segments: account.filter(({ orchestrator }) => orchestrator === address).length,
      ticketsSent: Number((after.by.get(address)?.count ?? 0n) - (before.by.get(address)?.count ?? 0n)),
    })),
  };
}
