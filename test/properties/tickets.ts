import { commitmentTo } from "../../sim/model/ticket.ts";
import type { Redemption, Ticket } from "../../sim/model/ticket.ts";
import { TICKET_TYPES } from "../fixtures/protocol.ts";
import { encode } from "./signatures.ts";
import type { Stage } from "./stage.ts";
import type { Flaw } from "./steps.ts";

/** A signed ticket that somebody holds, and the signature as it is submitted. */
export interface Held extends Redemption {
  readonly signature: string;
}

export interface Order extends Omit<Ticket, "commitment"> {
  /** The recipient's random number. */
  readonly rand: bigint;
  readonly flaw?: Flaw;
}

/** Has a ticket made by its sender, flawed as ordered. */
export async function sign({ protocol, chain, chainId }: Stage, order: Order): Promise<Held> {
  const { rand, flaw = "none", ...fields } = order;
  const ticket: Ticket = { ...fields, commitment: commitmentTo(rand) };
  const signed = flaw === "field" ? { ...ticket, faceValue: ticket.faceValue ^ 1n } : ticket;
  const key = flaw === "stranger" ? ticket.recipient : ticket.sender;
  const signer = await protocol.ethers.getSigner(key);
  const domain = {
    name: "Streamflow TicketBroker",
    version: "1",
    chainId: flaw === "chain" ? chainId + 1n : chainId,
    verifyingContract: flaw === "broker" ? chain.addresses.bonding : chain.addresses.broker,
  };
  const signature = encode(await signer.signTypedData(domain, TICKET_TYPES, signed), flaw);
  const honest = flaw === "none" || flaw === "rand";
  return {
    ticket,
    signature,
    signer: honest ? ticket.sender : flaw === "stranger" ? key : null,
    recipientRand: flaw === "rand" ? rand + 1n : rand,
  };
}
