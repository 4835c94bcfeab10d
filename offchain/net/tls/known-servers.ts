import { once } from "node:events";
import http, { type IncomingMessage } from "node:http";
import { isIPv6 } from "node:net";
import type { TLSSocket } from "node:tls";
import { asStreamflowError, StreamflowError } from "../../errors.ts";
import type { Clock } from "../../pm/interface.ts";
import type { VerificationDomain } from "../../verification/interface.ts";
import { readAnswer } from "../answer.ts";
import { SERVER_KEY_PATH } from "../wire.ts";
import type { ConnectionCheck, Destination } from "./checked-agent.ts";
import { parseServerKey, type SignedServerKey, spkiHashOf, verifyServerKey } from "./server-key.ts";

const MAX_STATEMENT_BYTES = 4_096;
/** {1} Statements that are remembered; beyond it the one that was heard of first is forgotten. */
const MOST_STATEMENTS = 20_000;

/** The key that a server has shown. Errors: `PeerUnverified` when it has shown none that can be read. */
export function shownKey(socket: TLSSocket): string {
  try {
    return spkiHashOf(socket.getPeerX509Certificate()!);
  } catch (cause) {
    throw new StreamflowError(
      "PeerUnverified",
      "the server's certificate cannot be read",
      { field: "spkiHash" },
      { cause },
    );
  }
}

/** Which servers are those of orchestrators, by what these have signed (LIP-11). */
export class KnownServers implements ConnectionCheck {
  readonly #domain: VerificationDomain;
  readonly #clock: Pick<Clock, "now">;
  /** {ms} The end of a statement by orchestrator and hash. */
  readonly #statements = new Map<string, number>();
  /** {ms} The end of the one by which a connection was admitted. */
  readonly #admitted = new WeakMap<TLSSocket, number>();

  constructor(options: { readonly domain: VerificationDomain }, modules: { readonly clock: Pick<Clock, "now"> }) {
    this.#domain = options.domain;
    this.#clock = modules.clock;
  }

  /** Errors: `PeerUnverified`; `PeerFailed` when there is no answer; the peer's own code when it is too busy for one. */
  async admit(socket: TLSSocket, to: Destination): Promise<void> {
    const { orchestrator } = to;
    if (orchestrator === undefined) throw new Error("nobody is named whose server it should be");
    const spkiHash = shownKey(socket);
    const name = `${orchestrator} ${spkiHash}`;
    let validUntil = this.#statements.get(name) ?? 0;
    if (validUntil < this.#clock.now()) {
      const signed = await askForServerKey(socket, to);
      verifyServerKey(signed, { orchestrator, spkiHash, now: this.#clock.now() }, this.#domain);
      ({ validUntil } = signed.serverKey);
      this.#remember(name, validUntil);
    }
    this.#admitted.set(socket, validUntil);
  }

  holds(socket: TLSSocket): boolean {
    return (this.#admitted.get(socket) ?? 0) >= this.#clock.now();
  }

  #remember(name: string, validUntil: number): void {
    this.#statements.delete(name);
    this.#statements.set(name, validUntil);
    if (this.#statements.size > MOST_STATEMENTS) this.#statements.delete(this.#statements.keys().next().value!);
  }
}

/** On this connection, which can be used for other requests afterwards. */
async function askForServerKey(socket: TLSSocket, { host, port }: Destination): Promise<SignedServerKey> {
  const authority = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const peer = `https://${authority}`;
  const request = http.request({
    path: SERVER_KEY_PATH,
    headers: { host: authority, connection: "keep-alive" },
    createConnection: () => socket,
  });
  request.end();
  let body: Buffer;
  try {
    const [response] = (await once(request, "response")) as [IncomingMessage];
    // What fails from here on, fails at its reader.
    request.on("error", () => undefined);
    const released = once(request, "close");
    released.catch(() => undefined);
    ({ body } = await readAnswer(response, { maxBytes: MAX_STATEMENT_BYTES, peer }));
    await released;
  } catch (thrown) {
    const { code, message } = asStreamflowError(thrown);
    if (code === "NotFound")
      throw new StreamflowError("PeerUnverified", `${peer} has no statement of its key`, { field: "form" });
    if (code !== "InternalError") throw thrown;
    throw new StreamflowError(
      "PeerFailed",
      `${peer} did not say whose server it is: ${message}`,
      {},
      { cause: thrown },
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(body.toString("utf8"));
  } catch {
    // `undefined` has not the form of a statement.
  }
  return parseServerKey(json);
}
