import { AbiCoder, keccak256, recoverAddress, Signature, TypedDataEncoder } from "ethers";
import type { Address } from "./money.ts";
import { ONE, ZERO_ADDRESS } from "./money.ts";

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
  /** {1} The recipient's number for the commitment, among those of the creation round. */
  readonly commitmentIndex: bigint;
  /** {round} */
  readonly creationRound: bigint;
}

/** What every ticket of a batch has of its own. */
export interface Winner extends Omit<Ticket, "recipient" | "commitment" | "sender" | "faceValue"> {
  readonly recipientRand: bigint;
  /** ERC-2098: 32 bytes each. */
  readonly r: string;
  readonly vs: string;
}

export interface Payer {
  readonly sender: Address;
  /** {wei ETH} */
  readonly faceValue: bigint;
}

/** What a recipient hands in. Who it is and what it committed itself to follows from the caller and from the random number. */
export interface Redemption extends Payer, Winner {}

export interface Batch extends Payer {
  readonly winners: readonly Winner[];
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

/** The highest `s` that counts: the upper half of the curve's order holds the twins of other signatures. */
const MAX_S = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

/** Who signed `digest`; the zero address for what recovers no key. */
export function signerOf(digest: string, r: string, vs: string): Address {
  try {
    const signature = Signature.from({ r, yParityAndS: vs });
    return BigInt(signature.s) > MAX_S ? ZERO_ADDRESS : recoverAddress(digest, signature);
  } catch {
    return ZERO_ADDRESS;
  }
}

/** The ticket of which `recipient` hands in the rest. */
export function ticketOf(recipient: Address, redemption: Redemption): Ticket {
  const { sender, faceValue, winProb, salt, commitmentIndex, creationRound, recipientRand } = redemption;
  const commitment = commitmentTo(recipientRand);
  return { recipient, sender, faceValue, winProb, salt, commitment, commitmentIndex, creationRound };
}

/** Names a commitment among all recipients'. */
export function commitmentKey(recipient: Address, creationRound: bigint, commitmentIndex: bigint): string {
  return `${recipient}/${creationRound}/${commitmentIndex}`;
}

/** Sender and face value as one word of calldata. */
export function payerWord({ sender, faceValue }: Payer): string {
  return word((BigInt(sender) << 96n) | faceValue);
}

type Terms = Pick<Ticket, "winProb" | "salt" | "commitmentIndex" | "creationRound">;

/** Win probability, salt, number of the commitment and creation round as one word of calldata. */
export function termsWord({ winProb, salt, commitmentIndex, creationRound }: Terms): string {
  return word((winProb << 192n) | (salt << 64n) | (commitmentIndex << 32n) | creationRound);
}

const word = (value: bigint): string => `0x${value.toString(16).padStart(64, "0")}`;
