import { z } from "zod";
import { StreamflowError } from "../errors.ts";
import { keccak, keccakHex, recoverSigner } from "./crypto.ts";
import { domainSeparator, typedDigest, WORD, Words } from "./encoding.ts";
import type { DigestSigner, SignedTicket, Ticket, TicketDomain } from "./interface.ts";
import { addressSchema, decimalSchema, hexSchema, ONE, uint32Schema } from "./schema.ts";

export const TICKET_DOMAIN_NAME = "Streamflow TicketBroker";

export const TICKET_TYPE =
  "Ticket(address recipient,address sender,uint96 faceValue,uint64 winProb,uint128 salt,bytes32 commitment,uint32 commitmentIndex,uint32 creationRound)";

export const ticketSchema = z.strictObject({
  recipient: addressSchema,
  sender: addressSchema,
  faceValue: decimalSchema(96),
  winProb: decimalSchema(64).refine((value) => value <= ONE, "expected at most 1e18"),
  salt: decimalSchema(128),
  commitment: hexSchema(32),
  commitmentIndex: decimalSchema(32),
  creationRound: uint32Schema,
});

const signatureSchema = hexSchema(65);

/** The wire form of a signed ticket: amounts as decimal strings, unknown keys refused. */
export const signedTicketSchema = z.strictObject({ ticket: ticketSchema, signature: signatureSchema });

/** JSON-ready form; `signedTicketSchema` reads it back. */
export function ticketToWire(ticket: Ticket): z.input<typeof ticketSchema> {
  return {
    ...ticket,
    faceValue: ticket.faceValue.toString(),
    winProb: ticket.winProb.toString(),
    salt: ticket.salt.toString(),
    commitmentIndex: ticket.commitmentIndex.toString(),
  };
}

const TYPE_HASH = keccak(Buffer.from(TICKET_TYPE));
const struct = new Words(9);
struct.bytes.set(TYPE_HASH, 0);

const separators = new WeakMap<TicketDomain, Uint8Array>();

/** EIP-712 digest of a ticket as hex. Fields must be in range, as `ticketSchema` leaves them. */
export function ticketDigest(ticket: Ticket, domain: TicketDomain): string {
  let separator = separators.get(domain);
  if (separator === undefined) {
    separator = domainSeparator(TICKET_DOMAIN_NAME, domain.chainId, domain.broker);
    separators.set(domain, separator);
  }
  struct.address(1, ticket.recipient);
  struct.address(2, ticket.sender);
  struct.uint(3, ticket.faceValue);
  struct.uint(4, ticket.winProb);
  struct.uint(5, ticket.salt);
  struct.bytes32(6, ticket.commitment);
  struct.uint(7, ticket.commitmentIndex);
  struct.number(8, ticket.creationRound);
  return typedDigest(separator, keccak(struct.bytes));
}

const single = new Words(1);

/** `keccak256(abi.encode(recipientRand))` */
export function commitmentOf(recipientRand: string): string {
  single.bytes32(0, recipientRand);
  return keccakHex(single.bytes);
}

/** Names a commitment among those of one recipient. */
export function commitmentKey(ticket: Pick<Ticket, "creationRound" | "commitmentIndex">): string {
  return `${ticket.creationRound}/${ticket.commitmentIndex}`;
}

/** A commitment as `TicketsRedeemed` names it: `creationRound << 32 | commitmentIndex`. */
export function unpackCommitment(packed: bigint): Pick<Ticket, "creationRound" | "commitmentIndex"> {
  return { creationRound: Number(packed >> 32n), commitmentIndex: packed & 0xffffffffn };
}

const pair = new Words(2);

/** The lottery's number, in [0, 1e18): `floor(keccak256(abi.encode(digest, recipientRand)) · 1e18 / 2^256)`. */
export function draw(digest: string, recipientRand: string): bigint {
  pair.bytes32(0, digest);
  pair.bytes32(1, recipientRand);
  return (BigInt(keccakHex(pair.bytes)) * ONE) >> 256n;
}

/** Whether a ticket wins: the draw is below its win probability, so 1e18 always wins and 0 never does. */
export function isWinner(ticket: Ticket, digest: string, recipientRand: string): boolean {
  return draw(digest, recipientRand) < ticket.winProb;
}

/** The first word of a redemption: `sender << 96 | faceValue`. */
export function packPayer({ sender, faceValue }: Pick<Ticket, "sender" | "faceValue">): string {
  return word((BigInt(sender) << 96n) | faceValue);
}

/** The second word of a redemption: `winProb << 192 | salt << 64 | commitmentIndex << 32 | creationRound`. */
export function packTerms(ticket: Pick<Ticket, "winProb" | "salt" | "commitmentIndex" | "creationRound">): string {
  const { winProb, salt, commitmentIndex, creationRound } = ticket;
  return word((winProb << 192n) | (salt << 64n) | (commitmentIndex << 32n) | BigInt(creationRound));
}

function word(value: bigint): string {
  return `0x${value.toString(16).padStart(2 * WORD, "0")}`;
}

const SIGNATURE = /^0x[0-9a-fA-F]{128}1[bcBC]$/;

/** ERC-2098 form of a signature r‖s‖v as `recoverTicketSigner` accepts it: `vs` is s with the parity of v as its highest bit, which a low s leaves free. */
export function compactSignature(signature: string): { readonly r: string; readonly vs: string } {
  if (!SIGNATURE.test(signature)) throw new RangeError("the signature is not 65 bytes r‖s‖v with v = 27 or 28");
  const s = BigInt(`0x${signature.slice(66, 130)}`);
  if (s >> 255n !== 0n) throw new RangeError("the signature's s is not low");
  const parity = BigInt(`0x${signature.slice(130)}`) - 27n;
  return { r: signature.slice(0, 66), vs: word((parity << 255n) | s) };
}

export async function signTicket(signer: DigestSigner, ticket: Ticket, domain: TicketDomain): Promise<SignedTicket> {
  return { ticket, signature: await signer.signDigest(ticketDigest(ticket, domain)) };
}

/**
 * Address that signed a digest. Errors: `TicketSignatureInvalid` for anything but 65 bytes r‖s‖v with v 27 or 28 and a low s.
 */
export function recoverTicketSigner(digest: string, signature: string): string {
  const signer = recoverSigner(digest, signature);
  if (signer === null) {
    throw new StreamflowError(
      "TicketSignatureInvalid",
      "the signature is not 65 bytes r‖s‖v with a low s, or recovers no key",
    );
  }
  return signer;
}
