import { once } from "node:events";
import https, { type AgentOptions, type RequestOptions } from "node:https";
import type { Duplex } from "node:stream";
import { connect, type TLSSocket } from "node:tls";

/** {ms} For connecting, handshake and check. */
const OPEN_MS = 10_000;

/** Where a connection leads, as it is given to a request. */
export interface Destination {
  readonly host: string;
  readonly port: number;
  /** Whose server it should be; without meaning where the check asks for nobody. */
  readonly orchestrator?: string;
}

/** What decides whether a connection may be used. */
export interface ConnectionCheck {
  /** @throws StreamflowError PeerUnverified when it may not */
  admit(socket: TLSSocket, to: Destination): Promise<void>;
  /** Whether one that was admitted may be used again. */
  holds(socket: TLSSocket): boolean;
}

/** Options of a request that goes over a checked connection. */
export type CheckedRequest = RequestOptions & {
  readonly orchestrator?: string;
  /** Gives up opening a connection; Node's own signal of a request is not heard before there is one. */
  readonly giveUp?: AbortSignal;
};

/**
 * TLS connections that are checked before anything is written to them by a request. What a CA says of the certificate does not matter. No session is
 * resumed: each connection shows its certificate.
 */
export class CheckedAgent extends https.Agent {
  readonly #check: ConnectionCheck;
  readonly #openMs: number;

  /** @param openMs {ms} for connecting, handshake and check */
  constructor(options: AgentOptions, check: ConnectionCheck, openMs = OPEN_MS) {
    super({ ...options, maxCachedSessions: 0 });
    this.#check = check;
    this.#openMs = openMs;
  }

  /** A connection that is good for one orchestrator is so for no other. */
  override getName(options: CheckedRequest = {}): string {
    return `${super.getName(options)}:${options.orchestrator ?? ""}`;
  }

  override createConnection(
    options: CheckedRequest,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    this.#open(options).then(
      (socket) => callback?.(null, socket),
      (error: Error) => callback?.(error, undefined as unknown as Duplex),
    );
  }

  override keepSocketAlive(socket: TLSSocket): boolean {
    // Node's own says whether its answer asks for it; its type says nothing.
    const isKept = super.keepSocketAlive(socket) as unknown;
    return isKept === true && this.#check.holds(socket);
  }

  /** Closes the connections that are kept and may not be used any more. */
  prune(): void {
    for (const sockets of Object.values(this.freeSockets))
      for (const socket of sockets ?? []) if (!this.#check.holds(socket as TLSSocket)) socket.destroy();
  }

  async #open({ host, port, servername, orchestrator, giveUp }: CheckedRequest): Promise<TLSSocket> {
    const to = {
      host: host ?? "localhost",
      port: Number(port ?? 443),
      ...(orchestrator !== undefined && { orchestrator }),
    };
    const limit = AbortSignal.any([AbortSignal.timeout(this.#openMs), ...(giveUp === undefined ? [] : [giveUp])]);
    limit.throwIfAborted();
    const socket = connect({ ...to, ...(servername && { servername }), rejectUnauthorized: false });
    // Between two users of the socket nobody else listens; the next one sees that it is closed.
    socket.on("error", () => undefined);
    const onLimit = () => socket.destroy(limit.reason as Error);
    limit.addEventListener("abort", onLimit);
    try {
      await once(socket, "secureConnect");
      await this.#check.admit(socket, to);
      if (socket.destroyed) throw new Error("the connection was closed");
      return socket;
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      limit.removeEventListener("abort", onLimit);
    }
  }
}
