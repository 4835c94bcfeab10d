import type { AddressInfo } from "node:net";
import { id as keccakId } from "ethers";
import type { Logger } from "pino";
import type { OrchestratorConfig } from "../config/schema.ts";
import { isStreamflowError } from "../errors.ts";
import { untilActive, watchActivity } from "../eth/activity.ts";
import { BrokerAdapter } from "../eth/broker.ts";
import { type Chain, openChain } from "../eth/chain.ts";
import { ticketDomainOf, verificationDomainOf } from "../eth/domains.ts";
import { ReadCache } from "../eth/read-cache.ts";
import { RoundClock } from "../eth/rounds.ts";
import { Schedule } from "../eth/schedule.ts";
import { Verifications } from "../eth/verifications.ts";
import { InFlight } from "../net/in-flight.ts";
import { createServer } from "../net/server.ts";
import { POOL_PATH } from "../net/wire.ts";
import { openMonitor } from "../observability/monitor.ts";
import { watchQueue, watchSeller } from "../observability/watch.ts";
import { createSigner } from "../pm/crypto.ts";
import { faceValueFor } from "../pm/formulas.ts";
import type { GasPrice } from "../pm/gas-price.ts";
import { TicketRecipient } from "../pm/recipient.ts";
import { FloatPolicy } from "../pm/risk.ts";
import { Credentials } from "../pool/credentials.ts";
import { Pool } from "../pool/pool.ts";
import { Pools } from "../pool/pools.ts";
import { workRoutes } from "../pool/queue/work-routes.ts";
import { acceptTranscoders } from "../pool/remote.ts";
import type { NodeStore } from "../store/interface.ts";
import { ThreadedJudge } from "../verification/structure/threaded-judge.ts";
import { systemClock, systemRandomness } from "./clock.ts";
import { openDefender, openSegments } from "./disputes.ts";
import { openFfmpeg } from "./ffmpeg.ts";
import { orchestratorRoutes, type Shop } from "./orchestrator-routes.ts";
import { openLocalTranscoder } from "./local-transcoder.ts";
import { LostWork } from "./lost-work.ts";
import { MeteredJudge, MeteredPool, meteredShop } from "./metered.ts";
import { openQueuePool } from "./queue.ts";
import { chainAnswers, stakeIsActive } from "./ready.ts";
import { openRedemption } from "./redemption.ts";
import { freeBytes, Room } from "./room.ts";
import { SegmentSeller } from "./segment-seller.ts";
import { segmentRoutes } from "./segment-routes.ts";
import { openCertificate, vouchFor } from "./server-certificate.ts";
import type { Service } from "./service.ts";
import { Shutter } from "./shutter.ts";
import { openNodeStore } from "./store.ts";

/** Headers and the JSON parts that come with a segment [bytes]. */
const ENVELOPE_BYTES = 65_536;

/** How long a computed face value stands [ms]. */
const FACE_VALUE_MS = 1_000;

/** The face value that the operator fixed, or the one that the gas price of late asks for. */
async function faceValue(config: OrchestratorConfig, { heads }: Chain, gasPrice: GasPrice): Promise<bigint> {
  if (config.ticket.faceValue > 0n) return config.ticket.faceValue;
  await gasPrice.refresh(await heads.recent());
  return faceValueFor(gasPrice.quoting, BigInt(config.ticket.redeemGas), config.ticket.overhead);
}

/** Whether the node has anything to do that does not need active stake. */
function hasUnfinished({ evidence, disputes, winners }: NodeStore): boolean {
  return evidence.digests().length > 0 || disputes.open().length > 0 || winners.count("pending") > 0;
}

/** What is taken at whose risk, as the operator has decided. */
function riskPolicy({ risk, frontEnd }: OrchestratorConfig): FloatPolicy {
  const { maximumUnsecured, minimumEscrow, refuseDefaulters } = risk;
  return new FloatPolicy({
    ...(maximumUnsecured === undefined ? {} : { maxUnsecured: maximumUnsecured / BigInt(frontEnd.count) }),
    minEscrow: minimumEscrow,
    refuseDefaulters,
  });
}

/**
 * Starts an orchestrator: opens its account and its store, defends what it has signed, waits until its stake is active, finds ffmpeg when it transcodes itself, listens, and redeems what it wins.
 * One whose stake will not be active in the next round either (jailed, resigned, too little) is started all the same if it has older work to answer for
 * or winners to redeem: it defends and redeems, and sells from when its stake is active again.
 * @param front what stands between the seller and its customers, for tests and demonstrations
 * @throws StreamflowError ConfigInvalid, ChainUnreachable, NotRegistered, FfmpegUnfit and the others of its parts
 */
export async function startOrchestrator(
  config: OrchestratorConfig,
  log: Logger,
  signal: AbortSignal,
  front: (seller: Shop) => Shop = (seller) => seller,
): Promise<Service> {
  const closers: (() => void | Promise<void>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const { promise: done, resolve } = Promise.withResolvers<void>();
    closers.push(resolve);

    const monitor = await openMonitor(
      { role: "orchestrator", ...config.monitor, parts: ["chain", "store", "stake", "transcoder"] },
      log,
    );
    closers.push(() => monitor?.close());
    const metrics = monitor?.metrics;
    const chain = await openChain(config.chain, config.keyFile);
    closers.push(() => chain.close());
    const address = chain.wallet.address;
    monitor?.readiness.provide("chain", chainAnswers(chain));
    monitor?.readiness.provide("stake", stakeIsActive(chain, address));

    const domain = ticketDomainOf(chain.deployment);
    const store = await openNodeStore(config.dataDir, chain);
    closers.push(() => store.close());
    monitor?.readiness.provide("store", () => null);
    const disputing = { chain, store, log: log.child({ module: "disputes" }) };
    const segments = config.disputes.enabled ? await openSegments(config, disputing) : null;
    // One of the front ends plays for all: they share the account from which it does.
    if (segments !== null && config.frontEnd.index === 0) {
      // Before the stake is active: what it did in other rounds can be challenged all the same.
      const defender = openDefender(config, { orchestrators: [address], patience: 0 }, { ...disputing, segments });
      closers.push(() => defender.close());
    }

    const schedule = new Schedule(chain.rounds, config.chain.graceMs);
    const rounds = await RoundClock.start(config.chain.pollMs, {
      ...{ heads: chain.heads, schedule },
      log: log.child({ module: "rounds" }),
    });
    closers.push(() => rounds.close());
    const activity = { bonding: chain.bonding, rounds, clock: systemClock, log: log.child({ module: "activity" }) };
    const watching = { address, pollMs: config.chain.pollMs };
    const isSelling = await untilActive({ ...watching, signal }, activity).then(
      () => true,
      (error: unknown) => {
        if (!isStreamflowError(error, "NotRegistered") || segments === null || !hasUnfinished(store)) throw error;
        log.error({ code: error.code, address }, "nothing is sold: older work is defended, and winners are redeemed");
        return false;
      },
    );
    const broker = new BrokerAdapter({ chain, clock: rounds, graceMs: config.chain.graceMs });

    const redemptions = log.child({ module: "redeemer" });
    const recipient = new TicketRecipient(
      {
        ...{ address, domain, frontEnd: config.frontEnd },
        ...{ window: config.ticket.window, quoteLifetime: config.ticket.quoteMs },
      },
      {
        store: store.recipient,
        broker,
        clock: systemClock,
        randomness: systemRandomness,
        risk: riskPolicy(config),
      },
    );
    const { redeemer, gasPrice } = openRedemption(
      { ...config.redemption, pollMs: config.chain.pollMs },
      {
        chain,
        store: store.winners,
        onEvent: ({ kind, digest, detail }) => {
          if (kind === "included" || kind === "removed") broker.forget();
          const isTrouble = kind === "failed" || kind === "expired" || kind === "dropped";
          redemptions[isTrouble ? "error" : "info"]({ digest, detail }, `ticket ${kind}`);
        },
      },
    );
    redeemer.start();
    closers.push(() => redeemer.close());

    const own = new Pool({ clock: systemClock, log: log.child({ module: "pool" }) });
    const queued = await openQueuePool(config, { clock: systemClock, log: log.child({ module: "queue" }) });
    closers.push(() => queued?.close());
    const pool = queued === null ? own : new Pools(own, queued);
    if (config.transcode) {
      const runner = await openFfmpeg(config.ffmpeg, log);
      const options = {
        name: "local",
        capacity: config.transcodeCapacity,
        benchmark: config.transcodeBenchmark,
        hardware: config.transcodeHardware,
      };
      own.add((await openLocalTranscoder(options, { runner, log })).local);
    }

    monitor?.readiness.provide("transcoder", () => (pool.capacity() > 0 ? null : "no transcoder is connected"));

    const threaded = new ThreadedJudge({ timeoutMs: config.limits.judgeMs });
    closers.push(() => threaded.close());
    const judge = new MeteredJudge(threaded, "judge", metrics);
    const places = new MeteredPool(pool, metrics);
    const verifications = new Verifications(
      chain.registry,
      schedule,
      chain.deployment.contracts.DisputeGame.proxy,
      config.chain.graceMs,
    );
    const services = config.services.map(keccakId);
    await verifications.readAhead(services, Math.floor(systemClock.now() / 1000));

    const faceValues = new ReadCache<bigint>({ lifetimeMs: FACE_VALUE_MS, graceMs: config.chain.graceMs });
    const seller = new SegmentSeller(
      {
        address,
        limits: config.limits,
        price: { numerator: config.price.weiPerMillionPixels, denominator: 1n },
        services: new Set(services),
        domain: verificationDomainOf(chain.deployment),
      },
      {
        recipient,
        redeemer,
        pool: places,
        signer: createSigner(chain.wallet.privateKey),
        judge,
        lostWork: new LostWork(
          { most: config.limits.lostSegments, refuseMs: config.limits.refuseMs },
          { clock: systemClock },
        ),
        keeper: segments,
        room: new Room({ free: () => freeBytes(config.dataDir) }),
        programFor: (service, timestamp) => verifications.programFor(service, timestamp),
        clock: systemClock,
        faceValue: () => faceValues.get("", () => faceValue(config, chain, gasPrice)),
        log: log.child({ module: "seller" }),
      },
    );

    const certificate = await openCertificate(config, address, log.child({ module: "tls" }));
    closers.push(() => certificate?.close());
    const server = createServer(
      {
        bodyLimit: config.limits.segmentBytes + ENVELOPE_BYTES,
        requestTimeoutMs: config.limits.requestMs,
        traffic: config.traffic,
        ...(certificate?.pair && { tls: certificate.pair }),
      },
      log.child({ module: "http" }),
      metrics,
    );
    // Before what holds transcoders, so that it is closed after it: it waits for their connections.
    closers.push(() => server.close());
    const shop = new Shutter({ address, isOpen: isSelling }, { shop: front(seller) });
    const inFlight = new InFlight(server);
    orchestratorRoutes(server, metrics === undefined ? shop : meteredShop(shop, address, metrics), {
      quotesPerMinute: config.limits.quotesPerMinute,
      longestMs: config.limits.transcodeMs + config.limits.judgeMs,
    });
    if (metrics !== undefined) {
      watchSeller(metrics, {
        status: () => shop.status(),
        busy: () => places.busy,
        judging: () => judge.waiting,
        ...{ recipient, winners: store.winners, disputes: store.disputes },
      });
      if (queued !== null) watchQueue(metrics, queued);
    }
    if (certificate !== null) vouchFor(certificate, { server, chain });
    if (segments !== null) segmentRoutes(server, segments);
    if (config.pool.credentialsFile !== undefined) {
      const joining = log.child({ module: "pool" });
      const credentials = await Credentials.open(config.pool.credentialsFile, { log: joining });
      closers.push(() => credentials.close());
      const door = { path: POOL_PATH, silenceMs: config.pool.silenceMs };
      closers.push(acceptTranscoders(door, { server: server.server, pool: own, credentials, log: joining }));
      if (queued !== null) workRoutes(server, { work: queued.work, credentials });
    }
    // The first to be closed: everything else works on until what was begun is done.
    closers.push(async () => {
      log.info({ drainMs: config.drainMs }, "draining");
      shop.shutDown();
      await inFlight.ended(AbortSignal.timeout(config.drainMs));
    });
    await server.listen({ host: config.listen.host, port: config.listen.port });
    const { address: host, port } = server.server.address() as AddressInfo;
    log.info(
      {
        ...{ address, url: `${config.tls.enabled ? "https" : "http"}://${host}:${port}`, selling: isSelling },
        ...(certificate && { serverKey: certificate.spkiHash }),
        faceValue: (await faceValue(config, chain, gasPrice)).toString(),
      },
      "ready",
    );
    const stop = new AbortController();
    closers.push(() => stop.abort());
    const onChange = (isActive: boolean) => (isActive ? shop.open() : shop.close());
    void watchActivity(isSelling, onChange, { ...watching, signal: stop.signal }, activity);
    return { done, close };
  } catch (error) {
    await close();
    throw error;
  }
}
