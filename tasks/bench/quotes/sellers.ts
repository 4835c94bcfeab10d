// A process that is many orchestrators, each with a key, a store and a port of its own; `npx hardhat bench quotes` starts a few of them.
// Argument: the options as JSON. Output: addresses and ports as JSON, one line; it serves until it is killed.
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { pino } from "pino";
import { createServer } from "../../../offchain/net/server.ts";
import { DEFAULT_TRAFFIC } from "../../../offchain/net/traffic.ts";
import { QUOTE_PATH } from "../../../offchain/net/wire.ts";
import { systemClock, systemRandomness } from "../../../offchain/node/clock.ts";
import { SegmentSeller, type SellerModules } from "../../../offchain/node/segment-seller.ts";
import { createSigner } from "../../../offchain/pm/crypto.ts";
import { TicketRecipient } from "../../../offchain/pm/recipient.ts";
import { openStore } from "../../../offchain/store/sqlite.ts";
import { broker, QUOTE_DOMAIN, sellerOptionsSchema, type Sellers, SERVICE, TICKET_DOMAIN } from "./options.ts";

const { first, count } = sellerOptionsSchema.parse(JSON.parse(process.argv[2] ?? ""));
const log = pino({ level: "silent" });
const LIMITS = { segmentBytes: 1, segmentFrames: 1, renditions: 1, renditionPixels: 1, transcodeMs: 1 };
const FACE = 10n ** 15n;

function sellerOf(number: number): { address: string; seller: SegmentSeller } {
  const signer = createSigner(`0x${number.toString(16).padStart(64, "0")}`);
  const { address } = signer;
  const store = openStore({ path: ":memory:", identity: { ...TICKET_DOMAIN, address } });
  const modules = { store: store.recipient, broker, clock: systemClock, randomness: systemRandomness };
  const recipient = new TicketRecipient({ address, domain: TICKET_DOMAIN, quoteLifetime: 3_600_000 }, modules);
  const price = { numerator: 1_000n + BigInt(number), denominator: 1n };
  const seller = new SegmentSeller(
    { address, price, services: new Set([SERVICE]), domain: QUOTE_DOMAIN, limits: LIMITS },
    // What quotes need; nobody sends segments here.
    {
      ...{ recipient, signer, log, clock: systemClock },
      pool: { capacity: () => 4 },
      lostWork: { check: () => undefined },
      faceValue: () => Promise.resolve(FACE),
    } as unknown as SellerModules,
  );
  return { address, seller };
}

const byPort = new Map<number, SegmentSeller>();
// One gate stands for those of all: each of them alone is asked once.
const ALL = 100_000;
const traffic = { ...DEFAULT_TRAFFIC, requests: ALL, requestsPerPeer: ALL, requestsPerSecond: ALL };
const server = createServer({ bodyLimit: 65_536, requestTimeoutMs: 10_000, traffic }, log);
server.post(QUOTE_PATH, { bodyLimit: 4_096 }, (request) => {
  const seller = byPort.get(request.raw.socket.localPort ?? 0);
  if (seller === undefined) throw new Error("nobody is at this port");
  return seller.quote(request.body);
});
await server.ready();

const sellers: Sellers = [];
for (let number = first; number < first + count; number++) {
  const { address, seller } = sellerOf(number);
  const listener = createHttpServer((request, response) => server.routing(request, response));
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as AddressInfo;
  byPort.set(port, seller);
  sellers.push({ address, port });
}
process.stdout.write(`${JSON.stringify(sellers)}\n`);
// It ends with the process that has started it.
process.on("disconnect", () => process.exit());
