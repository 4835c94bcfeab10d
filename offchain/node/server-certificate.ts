import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { OrchestratorConfig } from "../config/schema.ts";
import type { Chain } from "../eth/chain.ts";
import { verificationDomainOf } from "../eth/domains.ts";
import { renewCertificate } from "../net/server.ts";
import { Certificate, ownCertificate } from "../net/tls/certificate.ts";
import { serverKeyRoute, Voucher } from "../net/tls/voucher.ts";
import { createSigner } from "../pm/crypto.ts";
import { systemClock } from "./clock.ts";

/** What an orchestrator's clients are shown: the certificate that was made here, or is in a file; null without TLS. Errors: `ConfigInvalid`. */
export async function openCertificate(
  { tls, dataDir }: Pick<OrchestratorConfig, "tls" | "dataDir">,
  name: string,
  log: Logger,
): Promise<Certificate | null> {
  const { enabled, certificateFile, keyFile = null } = tls;
  if (certificateFile !== undefined) return Certificate.open({ certificateFile, keyFile }, { log });
  return enabled ? Certificate.open(await ownCertificate(dataDir, name), { log }) : null;
}

/** Has the orchestrator's account vouch for the server's key, and the server show a certificate that has changed. */
export function vouchFor(
  certificate: Certificate,
  { server, chain }: { readonly server: FastifyInstance; readonly chain: Pick<Chain, "wallet" | "deployment"> },
): void {
  const signer = createSigner(chain.wallet.privateKey);
  const domain = verificationDomainOf(chain.deployment);
  serverKeyRoute(server, new Voucher({ domain }, { signer, certificate, clock: systemClock }));
  certificate.watch(() => {
    if (certificate.pair !== null) renewCertificate(server, certificate.pair);
  });
}
