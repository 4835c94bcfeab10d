// A process that receives tickets of many senders and says what that cost; `npx hardhat bench tickets` starts one for each secp256k1.
// Argument: the options as JSON. Output: the results as JSON.
import { verifyTypedData, type TypedDataField } from "ethers";
import { createSigner, curveName, recoverSigner } from "../../../offchain/pm/crypto.ts";
import type { BrokerReader, DigestSigner, Payment, TicketParams } from "../../../offchain/pm/interface.ts";
import { paymentToWire } from "../../../offchain/pm/quote.ts";
import { TicketRecipient } from "../../../offchain/pm/recipient.ts";
import { signTicket, TICKET_DOMAIN_NAME, TICKET_TYPE, ticketDigest } from "../../../offchain/pm/ticket.ts";
import { systemClock, systemRandomness } from "../../../offchain/node/clock.ts";
import { openStore } from "../../../offchain/store/sqlite.ts";
import { type Options, optionsSchema, type Rates, type WorkerResult } from "./result.ts";

const DOMAIN = { chainId: 31337n, broker: "0x5FbDB2315678afecb367f032d93F642f64180aa3" };
const RECIPIENT = createSigner(`0x${"22".repeat(32)}`).address;
const PRICE = { numerator: 1_000n, denominator: 1n };
const FACE = 10n ** 18n;
/** {wei} One ticket in a thousand wins. */
const FEE = FACE / 1_000n;
const WIN_PROB = 10n ** 15n;
/** Most tickets between two readings of the CPU's clock; at most one of each sender, whose commitment may be closed by it. */
const MOST_AT_ONCE = 2_000;
/** Payments that arrive at the same time. */
const TOGETHER = 64;
const ETHERS_PER_CHUNK = 40;
/** After so many tickets nothing is compared any more: what a long run shows is memory. */
const COMPARED = 200_000;
/** The round in which it begins. */
const FIRST_ROUND = 10;

interface Customer {
  readonly signer: DigestSigner;
  params: TicketParams;
}

const broker: BrokerReader & { round: number } = {
  round: FIRST_ROUND,
  currentRound: () => Promise.resolve(broker.round),
  ticketValidity: () => Promise.resolve(2),
  sender: () => Promise.resolve({ deposit: 2n ** 90n, escrow: 0n, withdrawRound: null }),
  allocation: () => Promise.resolve({ amount: 0n, leaving: 0n, releaseRound: null }),
  signer: () => Promise.resolve({ lastRound: 0, cap: 0n, spent: 0n }),
  isClosed: () => Promise.resolve(false),
};

/** What was done and how long the CPU took for it, chunk by chunk. */
class Meter {
  readonly #rates: number[] = [];

  async time(count: number, run: () => unknown): Promise<void> {
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    this.#rates.push((count * 1e6) / (user + system));
  }

  /** Per CPU second, rounded; the median, because the machine may be busy for a while. */
  rates(): Rates {
    const sorted = this.#rates.map(Math.round).sort((a, b) => a - b);
    return { median: sorted[sorted.length >> 1] ?? 0, min: sorted[0] ?? 0, max: sorted.at(-1) ?? 0 };
  }
}

async function bench({ path, tickets, senders, rounds }: Options): Promise<WorkerResult> {
  const store = openStore({ path, identity: { ...DOMAIN, address: RECIPIENT } });
  const modules = { store: store.recipient, broker, clock: systemClock, randomness: systemRandomness };
  const recipient = new TicketRecipient({ address: RECIPIENT, domain: DOMAIN, quoteLifetime: 86_400_000 }, modules);
  const quote = (sender: string) => recipient.quote(sender, { price: PRICE, faceValue: FACE });

  const chunk = Math.min(MOST_AT_ONCE, senders);
  const customers: Customer[] = [];
  for (let i = 1; i <= senders; i++) {
    const signer = createSigner(`0x${i.toString(16).padStart(64, "0")}`);
    customers.push({ signer, params: await quote(signer.address) });
  }

  const meters = { receive: new Meter(), sign: new Meter(), recover: new Meter(), ethers: new Meter() };
  const memory: number[] = [];
  let winners = 0;
  for (let done = 0; done < tickets; done += chunk) {
    if (Math.floor((done * rounds) / tickets) > broker.round - FIRST_ROUND) {
      broker.round++;
      for (const customer of customers) customer.params = await quote(customer.signer.address);
    }
    const paying = Array.from({ length: chunk }, (_, i) => customers[(done + i) % senders]!);
    const payments: Payment[] = [];
    await meters.sign.time(chunk, async () => {
      for (const customer of paying) payments.push(await pay(customer));
    });
    const wires = payments.map((payment) => JSON.parse(JSON.stringify(paymentToWire(payment))) as unknown);

    const orders = paying.map(({ signer }) => ({ sender: signer.address, fee: FEE }));
    const won: Customer[] = [];
    await meters.receive.time(chunk, async () => {
      for (let i = 0; i < chunk; i += TOGETHER) {
        const together = wires.slice(i, i + TOGETHER);
        const received = await Promise.all(together.map((wire, j) => recipient.receive(wire, orders[i + j]!)));
        received.forEach((each, j) => {
          recipient.charge(orders[i + j]!.sender, FEE);
          if (each.won) won.push(paying[i + j]!);
        });
      }
    });
    winners += won.length;
    for (const customer of won) customer.params = await quote(customer.signer.address);

    memory.push(usedMemory());
    if (done >= COMPARED) continue;
    const digests = payments.map(({ ticket }) => ticketDigest(ticket, DOMAIN));
    await meters.recover.time(chunk, () =>
      payments.forEach(({ signature }, i) => recoverSigner(digests[i]!, signature)),
    );
    await meters.ethers.time(ETHERS_PER_CHUNK, () => payments.slice(0, ETHERS_PER_CHUNK).forEach(verifyWithEthers));
  }
  store.close();
  return {
    curve: curveName,
    receive: meters.receive.rates(),
    sign: meters.sign.rates(),
    recover: meters.recover.rates(),
    ethers: meters.ethers.rates(),
    winners,
    memoryMb: Array.from({ length: 10 }, (_, i) => memory[Math.floor(((i + 1) * memory.length) / 10) - 1] ?? 0),
  };
}

/** On the first commitment of the quote, as a sender does that waits for each answer. */
function pay({ signer, params }: Customer): Promise<Payment> {
  const { index, commitment } = params.commitments[0]!;
  const ticket = {
    recipient: RECIPIENT,
    sender: signer.address,
    faceValue: FACE,
    winProb: WIN_PROB,
    salt: BigInt(`0x${Buffer.from(systemRandomness(16)).toString("hex")}`),
    commitment,
    commitmentIndex: index,
    creationRound: broker.round,
  };
  return signTicket(signer, ticket, DOMAIN).then((signed) => ({ ...signed, terms: params.terms }));
}

const ETHERS_DOMAIN = {
  name: TICKET_DOMAIN_NAME,
  version: "1",
  chainId: DOMAIN.chainId,
  verifyingContract: DOMAIN.broker,
};
const ETHERS_TYPES: Record<string, TypedDataField[]> = {
  Ticket: TICKET_TYPE.slice("Ticket(".length, -1)
    .split(",")
    .map((field) => ({ type: field.split(" ")[0]!, name: field.split(" ")[1]! })),
};

function verifyWithEthers({ ticket, signature }: Payment): void {
  const signer = verifyTypedData(ETHERS_DOMAIN, ETHERS_TYPES, ticket, signature);
  if (signer !== ticket.sender) throw new Error(`ethers finds ${signer}, the sender is ${ticket.sender}`);
}

/** {MB} Held by JavaScript objects and buffers, without garbage. */
function usedMemory(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return Math.round((heapUsed + external) / 1e5) / 10;
}

const options = optionsSchema.parse(JSON.parse(process.argv[2] ?? ""));
process.stdout.write(JSON.stringify(await bench(options)));
