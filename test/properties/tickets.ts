import type { Batch, Redemption, Ticket, Winner } from "../../sim/model/ticket.ts";
import { commitmentTo, digestOf, draw, payerWord, termsWord, TICKET_FIELDS } from "../../sim/model/ticket.ts";
import { encode } from "./signatures.ts";
import type { Stage } from "./stage.ts";
import type { Flaw } from "./steps.ts";

/** A signed ticket that somebody holds, as it is handed in. */
export interface Held extends Redemption {
  /** The one whose commitment it is made on. */
  readonly recipient: string;
  /** The sender or a key of it, flawed or not. */
  readonly key: string;
  readonly flaw: Flaw;
  /** Whether the draw is won and nothing is wrong with it. */
  readonly wins: boolean;
}

export interface Order extends Omit<Ticket, "commitment"> {
  /** The recipient's random number. */
  readonly rand: bigint;
  /** Who signs; the sender unless told. */
  readonly key?: string;
  readonly flaw?: Flaw;
}

/** Has a ticket made by its sender, flawed as ordered. */
export async function sign({ protocol, chain, chainId }: Stage, order: Order): Promise<Held> {
  const { rand, flaw = "none", key: wanted = order.sender, ...fields } = order;
  const ticket: Ticket = { ...fields, commitment: commitmentTo(rand) };
  const signed = flaw === "field" ? { ...ticket, faceValue: ticket.faceValue ^ 1n } : ticket;
  const key = flaw === "stranger" ? ticket.recipient : wanted;
  const signer = await protocol.ethers.getSigner(key);
  const domain = {
    name: "Streamflow TicketBroker",
    version: "1",
    chainId: flaw === "chain" ? chainId + 1n : chainId,
    verifyingContract: flaw === "broker" ? chain.addresses.bonding : chain.addresses.broker,
  };
  const signature = await signer.signTypedData(domain, TICKET_FIELDS, signed);
  const digest = digestOf(ticket, { chainId, broker: chain.addresses.broker });
  const wins = flaw === "none" && draw(digest, rand) < ticket.winProb;
  return { ...fields, ...encode(signature, flaw), recipientRand: flaw === "rand" ? rand + 1n : rand, key, flaw, wins };
}

/** Tickets of one sender with one face value together, as a recipient saves calldata. */
export function batchesOf(items: readonly Held[]): Batch[] {
  const batches = new Map<string, { sender: string; faceValue: bigint; winners: Held[] }>();
  for (const item of items) {
    const { sender, faceValue } = item;
    const batch = batches.get(payerWord(item)) ?? { sender, faceValue, winners: [] };
    batches.set(payerWord(item), { ...batch, winners: [...batch.winners, item] });
  }
  return [...batches.values()];
}

// --- Calldata ---

export const redemptionArgs = (held: Redemption): readonly unknown[] => [payerWord(held), ...winnerArgs(held)];

export const batchArgs = (batches: readonly Batch[]): readonly unknown[] => [
  batches.map((batch) => [payerWord(batch), batch.winners.map(winnerArgs)]),
];

const winnerArgs = (winner: Winner): readonly unknown[] => [
  termsWord(winner),
  winner.recipientRand,
  winner.r,
  winner.vs,
];
