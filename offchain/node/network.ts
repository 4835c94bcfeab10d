import type { Logger } from "pino";
import type { BroadcasterConfig } from "../config/schema.ts";
import { StreamflowError } from "../errors.ts";
import { BrokerAdapter } from "../eth/broker.ts";
import { openChain } from "../eth/chain.ts";
import { ticketDomainOf, verificationDomainOf } from "../eth/domains.ts";
import { RoundClock } from "../eth/rounds.ts";
import { Schedule } from "../eth/schedule.ts";
import { PeerClient } from "../net/client.ts";
import { KnownServers } from "../net/tls/known-servers.ts";
import { createSigner } from "../pm/crypto.ts";
import type { DebtPolicy } from "../pm/formulas.ts";
import { addressSchema, describeIssues } from "../pm/schema.ts";
import { TicketSender } from "../pm/sender.ts";
import { systemClock, systemRandomness } from "./clock.ts";
import { openNodeStore } from "./store.ts";

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

/** A broadcaster's chain, store, deposit and connections to peers. */
export async function openNetwork(config: BroadcasterConfig, log: Logger) {
  const chain = await openChain(config.chain, config.keyFile);
  const payer = payerOf(config, chain.wallet.address);
  const schedule = new Schedule(chain.rounds, config.chain.graceMs);
  const clock = await RoundClock.start(config.chain.pollMs, {
    ...{ heads: chain.heads, schedule },
    log: log.child({ module: "rounds" }),
  });
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
      broker: new BrokerAdapter({ chain, clock, graceMs: config.chain.graceMs }),
      signer: createSigner(chain.wallet.privateKey),
      clock: systemClock,
      randomness: systemRandomness,
    },
  );
  const servers = new KnownServers({ domain: verificationDomainOf(chain.deployment) }, { clock: systemClock });
  const client = new PeerClient({ servers });
  const close = () => {
    client.close();
    store.close();
    clock.close();
    chain.close();
  };
  return { chain, payer, clock, schedule, sender, client, store, close };
}
