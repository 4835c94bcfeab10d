import { Wallet } from "ethers";
import { createSigner, keccak } from "../../../offchain/pm/crypto.ts";
import type { Payment, Price, Randomness, TicketDomain } from "../../../offchain/pm/interface.ts";
import { paymentToWire, ticketParamsToWire } from "../../../offchain/pm/quote.ts";
import { TicketRecipient, type RecipientOptions } from "../../../offchain/pm/recipient.ts";
import type { RiskPolicy } from "../../../offchain/pm/risk.ts";
import { TicketSender, type SenderOptions } from "../../../offchain/pm/sender.ts";
import { signTicket } from "../../../offchain/pm/ticket.ts";
import type { NodeStore } from "../../../offchain/store/interface.ts";
import { openStore } from "../../../offchain/store/sqlite.ts";
import { BrokerPort__Fake } from "./BrokerPort__Fake.ts";
import { Clock__Fake } from "./Clock__Fake.ts";

export const DOMAIN: TicketDomain = { chainId: 31337n, broker: "0x5FbDB2315678afecb367f032d93F642f64180aa3" };
export const SENDER_KEY = `0x${"11".repeat(32)}`;
export const RECIPIENT_KEY = `0x${"22".repeat(32)}`;
export const HOT_KEY = `0x${"33".repeat(32)}`;
export const SENDER = new Wallet(SENDER_KEY).address;
export const RECIPIENT = new Wallet(RECIPIENT_KEY).address;
/** Address of `HOT_KEY`. */
export const HOT = new Wallet(HOT_KEY).address;
export const PRICE: Price = { numerator: 1_000n, denominator: 1n };
export const FACE = 10n ** 15n;
export const ETHER = 10n ** 18n;
/** Of a segment. */
export const FEE = FACE / 1000n;

/** A hash chain: the same bytes in every run. */
export function seededRandomness(seed: string): Randomness {
  let state: Uint8Array = keccak(Buffer.from(seed));
  return (length) => {
    const out = Buffer.alloc(length);
    for (let at = 0; at < length; at += 32) {
      state = keccak(state);
      Buffer.from(state).copy(out, at);
    }
    return out;
  };
}

export interface World {
  readonly broker: BrokerPort__Fake;
  readonly clock: Clock__Fake;
  readonly orchestratorStore: NodeStore;
  readonly broadcasterStore: NodeStore;
  readonly recipient: TicketRecipient;
  readonly sender: TicketSender;
  /** A quote as it arrives over the wire. */
  quote(face?: bigint): Promise<unknown>;
  /** A payment as it arrives over the wire. */
  wire(payment: Payment): unknown;
  /** The same payment with other ticket fields, signed again by the sender. */
  resign(payment: Payment, change: Partial<Payment["ticket"]>, key?: string): Promise<unknown>;
  close(): void;
}

/** A sender with 1 ETH deposit, a recipient, and a fake broker between them. */
export function createWorld(
  options: {
    recipient?: Partial<RecipientOptions>;
    sender?: Partial<SenderOptions>;
    seed?: string;
    path?: string;
    risk?: RiskPolicy;
    /** Signs the sender's tickets. Default: its own key. */
    signingKey?: string;
  } = {},
): World {
  const seed = options.seed ?? "seed";
  const broker = new BrokerPort__Fake();
  broker.deposits.set(SENDER, ETHER);
  const clock = new Clock__Fake();
  const identity = { chainId: DOMAIN.chainId, broker: DOMAIN.broker };
  const orchestratorStore = openStore({
    path: options.path ?? ":memory:",
    identity: { ...identity, address: RECIPIENT },
  });
  const broadcasterStore = openStore({ path: ":memory:", identity: { ...identity, address: SENDER } });
  const recipient = new TicketRecipient(
    { address: RECIPIENT, domain: DOMAIN, ...options.recipient },
    {
      store: orchestratorStore.recipient,
      broker,
      clock,
      randomness: seededRandomness(`${seed}/recipient`),
      ...(options.risk && { risk: options.risk }),
    },
  );
  const sender = new TicketSender(
    { address: SENDER, domain: DOMAIN, maxPrice: PRICE, maxFaceValue: ETHER, ...options.sender },
    {
      signer: createSigner(options.signingKey ?? SENDER_KEY),
      broker,
      ledger: broadcasterStore.ledger,
      clock,
      randomness: seededRandomness(`${seed}/sender`),
    },
  );
  return {
    broker,
    clock,
    orchestratorStore,
    broadcasterStore,
    recipient,
    sender,
    quote: async (face = FACE) =>
      throughWire(ticketParamsToWire(await recipient.quote(SENDER, { price: PRICE, faceValue: face }))),
    wire: (payment) => throughWire(paymentToWire(payment)),
    resign: async (payment, change, key = SENDER_KEY) => {
      const signed = await signTicket(createSigner(key), { ...payment.ticket, ...change }, DOMAIN);
      return throughWire(paymentToWire({ ...signed, terms: payment.terms }));
    },
    close: () => {
      orchestratorStore.close();
      broadcasterStore.close();
    },
  };
}

export interface Paying {
  readonly fee?: bigint;
  readonly face?: bigint;
}

/** A payment over `FEE` on the first commitment, unless told otherwise; it wins for certain when the fee is the face value. */
export async function payFrom(world: World, { fee = FEE, face }: Paying = {}): Promise<Payment> {
  const session = await world.sender.startSession(await world.quote(face), RECIPIENT);
  return session.createTicket(fee, world.broker.round);
}

export function throughWire(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}
