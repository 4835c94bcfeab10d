import type { AddressInfo } from "node:net";
import type { Logger } from "pino";
import type { WatcherConfig } from "../config/schema.ts";
import { openChain } from "../eth/chain.ts";
import { createServer } from "../net/server.ts";
import { openMonitor } from "../observability/monitor.ts";
import { watchDisputes } from "../observability/watch.ts";
import { openDefender, openSegments } from "./disputes.ts";
import { chainAnswers } from "./ready.ts";
import { segmentRoutes } from "./segment-routes.ts";
import type { Service } from "./service.ts";
import { openNodeStore } from "./store.ts";

/** {bytes} Nobody has anything to send to it. */
const BODY_BYTES = 1_024;
/** {ms} */
const REQUEST_MS = 10_000;

/**
 * Starts a watcher: defends orchestrators that let a part of their clock pass, and serves the bytes that it has got for that.
 * @throws StreamflowError ChainUnreachable and the others of its parts
 */
export async function startWatcher(config: WatcherConfig, log: Logger): Promise<Service> {
  const closers: (() => void | Promise<void>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const { promise: done, resolve } = Promise.withResolvers<void>();
    closers.push(resolve);
    const monitor = await openMonitor({ role: "watcher", ...config.monitor, parts: ["chain", "store"] }, log);
    closers.push(() => monitor?.close());
    const chain = await openChain(config.chain, config.keyFile);
    closers.push(() => chain.close());
    const { address } = chain.wallet;
    const store = await openNodeStore(config.dataDir, chain);
    closers.push(() => store.close());
    monitor?.readiness.provide("chain", chainAnswers(chain));
    monitor?.readiness.provide("store", () => null);
    if (monitor !== null) watchDisputes(monitor.metrics, store.disputes);

    const modules = { chain, store, log: log.child({ module: "disputes" }) };
    const segments = await openSegments(config, modules);
    const defender = openDefender(config, config, { ...modules, segments });
    closers.push(() => defender.close());

    const server = createServer(
      { bodyLimit: BODY_BYTES, requestTimeoutMs: REQUEST_MS, traffic: config.traffic },
      log.child({ module: "http" }),
      monitor?.metrics,
    );
    segmentRoutes(server, segments);
    await server.listen(config.listen);
    closers.push(() => server.close());
    const { address: host, port } = server.server.address() as AddressInfo;
    log.info({ address, url: `http://${host}:${port}`, orchestrators: config.orchestrators }, "ready");
    return { done, close };
  } catch (error) {
    await close();
    throw error;
  }
}
