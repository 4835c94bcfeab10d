import { createSigner, recoverSigner, signDigest } from "../offchain/pm/crypto.ts";
import type { Ticket, TicketDomain } from "../offchain/pm/interface.ts";
import {
  commitmentOf,
  compactSignature,
  draw,
  isWinner,
  packPayer,
  packTerms,
  TICKET_DOMAIN_NAME,
  TICKET_TYPE,
  ticketDigest,
  ticketToWire,
} from "../offchain/pm/ticket.ts";

// Test vectors with which another implementation of tickets can check itself: LIPS/vectors/tickets.json.

const DOMAIN: TicketDomain = { chainId: 31_337n, broker: "0x5FbDB2315678afecb367f032d93F642f64180aa3" };
const MAIN_NET: TicketDomain = { chainId: 42_161n, broker: "0xFFfFfFffFFfffFFfFFfFFFFFffFFFffffFfFFFfF" };
const SENDER_KEY = `0x${"11".repeat(32)}`;
const RECIPIENT = "0x1563915e194D8CfBA1943570603F7606A3115508";
const ZERO = `0x${"00".repeat(20)}`;
const ONES = "0xFFfFfFffFFfffFFfFFfFFFFFffFFFffffFfFFFfF";
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

const max = (bits: number): bigint => (1n << BigInt(bits)) - 1n;
const bytes32 = (value: bigint): string => `0x${value.toString(16).padStart(64, "0")}`;
const RAND = bytes32(0xabcdefn);

const BASE: Ticket = {
  recipient: RECIPIENT,
  sender: createSigner(SENDER_KEY).address,
  faceValue: 10n ** 15n,
  winProb: 10n ** 16n,
  salt: 0x0123456789abcdef0123456789abcdefn,
  commitment: commitmentOf(RAND),
  commitmentIndex: 3n,
  creationRound: 12,
};

interface Case {
  readonly name: string;
  readonly change?: Partial<Ticket>;
  readonly rand?: string;
  readonly domain?: TicketDomain;
}

/** Every field at its ends; one bit in each place where packed words could go wrong. */
const CASES: readonly Case[] = [
  { name: "an ordinary ticket" },
  { name: "another chain and broker", domain: MAIN_NET },
  { name: "recipient zero", change: { recipient: ZERO } },
  { name: "recipient all ones", change: { recipient: ONES } },
  { name: "sender zero, signed by another key", change: { sender: ZERO } },
  { name: "sender all ones, signed by another key", change: { sender: ONES } },
  ...range("faceValue", 96),
  { name: "winProb 0 never wins", change: { winProb: 0n } },
  { name: "winProb 1", change: { winProb: 1n } },
  { name: "winProb one below 1e18", change: { winProb: 10n ** 18n - 1n } },
  { name: "winProb 1e18 always wins", change: { winProb: 10n ** 18n } },
  { name: "winProb of 64 ones always wins; recipients refuse it", change: { winProb: max(64) } },
  ...range("salt", 128),
  { name: "salt of 64 bits", change: { salt: 1n << 64n } },
  ...range("commitmentIndex", 32),
  { name: "creationRound 0", change: { creationRound: 0 } },
  { name: "creationRound of 32 ones", change: { creationRound: 0xffffffff } },
  { name: "recipientRand zero", rand: bytes32(0n) },
  { name: "recipientRand of 256 ones", rand: bytes32(max(256)) },
  {
    name: "every field at its largest",
    rand: bytes32(max(256)),
    change: {
      recipient: ONES,
      sender: ONES,
      faceValue: max(96),
      winProb: max(64),
      salt: max(128),
      commitmentIndex: max(32),
      creationRound: 0xffffffff,
    },
  },
  // Some of these win, some do not, and both parities of a signature occur.
  ...Array.from({ length: 16 }, (_, i) => ({
    name: `one in two wins, ${i + 1}`,
    change: { winProb: 5n * 10n ** 17n, salt: BigInt(i) },
  })),
];

function range(field: "faceValue" | "salt" | "commitmentIndex", bits: number): Case[] {
  return [
    { name: `${field} 0`, change: { [field]: 0n } },
    { name: `${field} 1`, change: { [field]: 1n } },
    { name: `${field} of its highest bit`, change: { [field]: 1n << BigInt(bits - 1) } },
    { name: `${field} of ${bits} ones`, change: { [field]: max(bits) } },
  ];
}

function vectorOf({ name, change, rand = RAND, domain = DOMAIN }: Case) {
  const ticket: Ticket = { ...BASE, commitment: commitmentOf(rand), ...change };
  const digest = ticketDigest(ticket, domain);
  const signature = signDigest(SENDER_KEY, digest);
  return {
    name,
    domain: {
      name: TICKET_DOMAIN_NAME,
      version: "1",
      chainId: domain.chainId.toString(),
      verifyingContract: domain.broker,
    },
    ticket: ticketToWire(ticket),
    recipientRand: rand,
    digest,
    payer: packPayer(ticket),
    terms: packTerms(ticket),
    signature,
    compact: compactSignature(signature),
    draw: draw(digest, rand).toString(),
    wins: isWinner(ticket, digest, rand),
  };
}

/** Encodings of a signature of one digest, and whom each recovers; null: it is refused whatever it recovers. */
function signatureVectors() {
  const digest = ticketDigest(BASE, DOMAIN);
  const good = signDigest(SENDER_KEY, digest);
  const r = good.slice(2, 66);
  const s = good.slice(66, 130);
  const v = good.slice(130);
  const otherV = v === "1b" ? "1c" : "1b";
  const mirrored = bytes32(ORDER - BigInt(`0x${s}`)).slice(2);
  const encodings: [name: string, signature: string][] = [
    ["good", good],
    ["upper case", `0x${good.slice(2).toUpperCase()}`],
    ["the other v: another signer", `0x${r}${s}${otherV}`],
    ["the mirrored s, which is high, with the other v", `0x${r}${mirrored}${otherV}`],
    ["v 0", `0x${r}${s}00`],
    ["v 1", `0x${r}${s}01`],
    ["v 29", `0x${r}${s}1d`],
    ["r zero", `0x${"00".repeat(32)}${s}${v}`],
    ["r at the order", `0x${ORDER.toString(16)}${s}${v}`],
    ["s zero", `0x${r}${"00".repeat(32)}${v}`],
    ["64 bytes", `0x${r}${s}`],
    ["66 bytes", `${good}00`],
    ["no prefix", good.slice(2)],
  ];
  return encodings.map(([name, signature]) => ({ name, digest, signature, signer: recoverSigner(digest, signature) }));
}

/** The text of the file. */
export function ticketVectors(): string {
  const vectors = {
    type: TICKET_TYPE,
    privateKey: SENDER_KEY,
    tickets: CASES.map(vectorOf),
    signatures: signatureVectors(),
  };
  return `${JSON.stringify(vectors, null, 2)}\n`;
}
