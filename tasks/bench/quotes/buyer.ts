// A process that chooses orchestrators as a broadcaster does when a stream begins. Argument: the options as JSON. Output: the result as JSON.
import { pino } from "pino";
import { broadcasterSchema } from "../../../offchain/config/schema.ts";
import { Market } from "../../../offchain/discovery/market.ts";
import { ask } from "../../../offchain/discovery/quotes.ts";
import { Scout } from "../../../offchain/discovery/scout.ts";
import { PeerClient } from "../../../offchain/net/client.ts";
import { openMemory, policyOf, requirementsOf } from "../../../offchain/node/choosing.ts";
import { systemClock, systemRandomness } from "../../../offchain/node/clock.ts";
import { createSigner } from "../../../offchain/pm/crypto.ts";
import { TicketSender } from "../../../offchain/pm/sender.ts";
import { openStore } from "../../../offchain/store/sqlite.ts";
import { broker, buyerOptionsSchema, type BuyerResult, QUOTE_DOMAIN, SERVICE, TICKET_DOMAIN } from "./options.ts";

const { path, mode, sellers } = buyerOptionsSchema.parse(JSON.parse(process.argv[2] ?? ""));
/** Of the warm start, which changes nothing. */
const TIMES = 21;
const log = pino({ level: "silent" });
const signer = createSigner(`0x${"11".repeat(32)}`);
const { selection } = broadcasterSchema
  .pick({ selection: true })
  .parse({ selection: { gatherMs: 60_000, quoteMs: 60_000 } });
const store = openStore({ path, identity: { ...TICKET_DOMAIN, address: signer.address } });
const client = new PeerClient();
const sender = new TicketSender(
  {
    ...{ address: signer.address, domain: TICKET_DOMAIN, maxFaceValue: selection.maximumFaceValue },
    maxPrice: requirementsOf(selection).maximumPrice,
  },
  { ledger: store.ledger, broker, signer, clock: systemClock, randomness: systemRandomness },
);
const listings = sellers.map(({ address, port }, i) => {
  return {
    orchestrator: address,
    url: new URL(`http://127.0.0.1:${port}`),
    stake: BigInt(i + 1) * 10n ** 18n,
    regions: [],
  };
});
const of = { service: SERVICE, sender: signer.address, domain: QUOTE_DOMAIN };

/** From what the store holds to the first sessions. */
async function begin(): Promise<
  Omit<BuyerResult, "firstMs" | "medianMs" | "medianCpuMs"> & { readonly ms: number; readonly cpuMs: number }
> {
  const [begun, cpu] = [performance.now(), process.cpuUsage()];
  const { offers, standings } = openMemory({ selection, realtime: false }, of, { store, clock: systemClock });
  const policy = policyOf(selection);
  const scout = new Scout(
    { requirements: requirementsOf(selection), gatherMs: selection.gatherMs },
    {
      ...{ offers, standings, sender, policy, clock: systemClock, log },
      read: () => Promise.resolve(listings),
      ask: (listing) => ask(listing, { ...of, timeoutMs: selection.quoteMs }, { client, randomness: systemRandomness }),
      distanceOf: () => null,
    },
  );

  const market = new Market(
    { size: selection.orchestrators, patienceMs: 1, exploration: { share: 0, random: Math.random } },
    { scout, standings, policy, clock: systemClock, log },
  );
  const source = await scout.find(selection.orchestrators);
  await market.open(new AbortController().signal);
  const ms = performance.now() - begun;
  const { user, system } = process.cpuUsage(cpu);
  const cpuMs = (user + system) / 1_000;
  market.close();
  if (mode === "cold") {
    // A warm start has histories to weigh, too.
    for (const { orchestrator } of listings) standings.succeeded(orchestrator, 0.5);
  }
  return { source, candidates: scout.candidates().length, sessions: market.orchestrators().length, ms, cpuMs };
}

const { ms: firstMs, cpuMs, ...first } = await begin();
const times = [{ ms: firstMs, cpuMs }];
if (mode === "warm") while (times.length < TIMES) times.push(await begin());
const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;
const result: BuyerResult = {
  ...first,
  firstMs,
  medianMs: median(times.map(({ ms }) => ms)),
  medianCpuMs: median(times.map((time) => time.cpuMs)),
};
process.stdout.write(JSON.stringify(result));
store.close();
client.close();
