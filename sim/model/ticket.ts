import { AbiCoder, keccak256, TypedDataEncoder } from "ethers";
import type { Address } from "./money.ts";
import { ONE } from "./money.ts";

/** A promise of `faceValue` to `recipient` with the chance `winProb`. */
export interface Ticket {
  readonly recipient: Address;
  readonly sender: Address;
  /** {wei ETH} */
  readonly faceValue: bigint;
  /** {1e18 = 1} */
  readonly winProb: bigint;
  readonly salt: bigint;
  /** 32 bytes: the hash of the recipient's random number. */
  readonly commitment: string;
  readonly commitmentIndex: bigint;
  /** {round} */
  readonly creationRound: bigint;
}

/** What a recipient hands in. The model knows whose signature it is and leaves the recovery to those who compare. */
export interface Redemption {
  readonly ticket: Ticket;
  /** Who signed this ticket, for this chain and broker, in the accepted encoding; null: nobody. */
  readonly signer: Address | null;
  readonly recipientRand: bigint;
}

/** Where tickets are valid. */
export interface Domain {
  readonly chainId: bigint;
  readonly broker: Address;
}

export const TICKET_FIELDS = {
  Ticket: [
    { name: "recipient", type: "address" },
    { name: "sender", type: "address" },
    { name: "faceValue", type: "uint96" },
    { name: "winProb", type: "uint64" },
    { name: "salt", type: "uint128" },
    { name: "commitment", type: "bytes32" },
    { name: "commitmentIndex", type: "uint32" },
    { name: "creationRound", type: "uint32" },
  ],
};

const abi = AbiCoder.defaultAbiCoder();

/** EIP-712 digest: what the sender signs and what the draw is taken from. */
export function digestOf(ticket: Ticket, { chainId, broker }: Domain): string {
  const domain = { name: "Streamflow TicketBroker", version: "1", chainId, verifyingContract: broker };
  return TypedDataEncoder.hash(domain, TICKET_FIELDS, ticket);
}

/** The commitment to a random number. */
export function commitmentTo(recipientRand: bigint): string {
  return keccak256(abi.encode(["uint256"], [recipientRand]));
}

/** {1e18 = 1} The draw, rounded down: a ticket wins when it is below `winProb`. */
export function draw(digest: string, recipientRand: bigint): bigint {
  return (BigInt(keccak256(abi.encode(["bytes32", "uint256"], [digest, recipientRand]))) * ONE) / 2n ** 256n;
}
