import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { StreamflowError } from "../errors.ts";
import { createServer } from "../net/server.ts";
import type { NodeMetrics } from "./metrics.ts";
import { Readiness } from "./readiness.ts";

export interface MonitorOptions {
  readonly role: string;
  readonly host: string;
  /** Without one nothing is served, and nothing is counted. */
  readonly port?: number | undefined;
  /** What the role needs to be ready. */
  readonly parts: readonly string[];
}

/** Metrics and health of a process, on a server of its own. */
export interface Monitor {
  readonly metrics: NodeMetrics;
  readonly readiness: Readiness;
  readonly url: URL;
  close(): Promise<void>;
}

/** {bytes} Nobody has anything to send to it. */
const BODY_BYTES = 1_024;
/** {ms} */
const REQUEST_MS = 5_000;

/** `/metrics` for Prometheus, `/healthz` while the process answers, `/readyz` while it can work. Errors: `NotReady`, with the reasons. */
export function monitorRoutes(
  server: FastifyInstance,
  { metrics, readiness }: Pick<Monitor, "metrics" | "readiness">,
): void {
  server.get("/metrics", async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  server.get("/healthz", () => ({ alive: true }));
  server.get("/readyz", async () => {
    const reasons = await readiness.reasons();
    const parts = Object.keys(reasons);
    if (parts.length > 0) throw new StreamflowError("NotReady", `not ready: ${parts.join(", ")}`, reasons);
    return { ready: true };
  });
}

/** Serves a process's monitor; null when the settings ask for none. */
export async function openMonitor(options: MonitorOptions, log: Logger): Promise<Monitor | null> {
  const { role, host, port, parts } = options;
  if (port === undefined) return null;
  // Loaded only where it is used: a broadcaster's first segment waits for every library.
  const { NodeMetrics } = await import("./metrics.ts");
  const metrics = new NodeMetrics(role);
  const readiness = new Readiness(parts);
  const server = createServer(
    { bodyLimit: BODY_BYTES, requestTimeoutMs: REQUEST_MS },
    log.child({ module: "monitor" }),
  );
  monitorRoutes(server, { metrics, readiness });
  await server.listen({ host, port });
  const { address, port: taken } = server.server.address() as AddressInfo;
  const url = new URL(`http://${address.includes(":") ? `[${address}]` : address}:${taken}`);
  log.info({ url: url.origin }, "monitoring");
  return { metrics, readiness, url, close: () => server.close() };
}
