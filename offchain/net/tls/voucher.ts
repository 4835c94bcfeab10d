import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { FastifyInstance } from "fastify";
import type { Clock, DigestSigner } from "../../pm/interface.ts";
import type { VerificationDomain } from "../../verification/interface.ts";
import { SERVER_KEY_PATH } from "../wire.ts";
import type { Certificate } from "./certificate.ts";
import { type SignedServerKey, signServerKey, spkiHashOf } from "./server-key.ts";

/** {ms} A statement's life; what is handed out has at least half of it before it. */
const LIFE_MS = 86_400_000;
/** {1} Kept at a time: a node has one key, and another one for as long as connections from before its renewal last. */
const MOST_KEPT = 8;

export interface VoucherOptions {
  readonly domain: VerificationDomain;
  /** {ms} */
  readonly lifeMs?: number;
}

export interface VoucherModules {
  /** The orchestrator's account. */
  readonly signer: DigestSigner;
  readonly certificate: Pick<Certificate, "spkiHash">;
  readonly clock: Pick<Clock, "now">;
}

/** Says for an orchestrator which keys its server has (LIP-11). */
export class Voucher {
  readonly #options: VoucherOptions;
  readonly #modules: VoucherModules;
  readonly #kept = new Map<string, SignedServerKey>();

  constructor(options: VoucherOptions, modules: VoucherModules) {
    this.#options = options;
    this.#modules = modules;
  }

  /** For the key that was shown on this connection; where TLS does not end here, for that of the certificate. */
  async statement(socket: Socket): Promise<SignedServerKey> {
    const { lifeMs = LIFE_MS, domain } = this.#options;
    const { signer, certificate, clock } = this.#modules;
    const shown = (socket as Partial<TLSSocket>).getX509Certificate?.();
    const spkiHash = shown === undefined ? certificate.spkiHash : spkiHashOf(shown);
    const now = clock.now();
    const kept = this.#kept.get(spkiHash);
    if (kept !== undefined && kept.serverKey.validUntil - now >= lifeMs / 2) return kept;
    const serverKey = { orchestrator: signer.address, spkiHash, validUntil: now + lifeMs };
    const signed = await signServerKey(signer, serverKey, domain);
    this.#kept.set(spkiHash, signed);
    if (this.#kept.size > MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    return signed;
  }
}

export function serverKeyRoute(server: FastifyInstance, voucher: Pick<Voucher, "statement">): void {
  server.get(SERVER_KEY_PATH, (request) => voucher.statement(request.raw.socket));
}
