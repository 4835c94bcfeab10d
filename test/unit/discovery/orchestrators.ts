import { createSigner } from "../../../offchain/pm/crypto.ts";
import type { DigestSigner } from "../../../offchain/pm/interface.ts";
import type { Answered, Listing } from "../../../offchain/discovery/interface.ts";
import { type OfferedQuote, signQuote } from "../../../offchain/discovery/signed-quote.ts";
import type { VerificationDomain } from "../../../offchain/verification/interface.ts";
import { FACE, SENDER } from "../pm/world.ts";

export const QUOTE_DOMAIN: VerificationDomain = {
  chainId: 31337n,
  verifyingContract: "0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0",
};
export const SERVICE = `0x${"5e".repeat(32)}`;
export const NONCE = `0x${"90".repeat(32)}`;

export interface Named {
  readonly signer: DigestSigner;
  readonly listing: Listing;
}

/** An orchestrator with a key of its own, by its number from 1 on. */
export function orchestrator(number: number, listed: Partial<Listing> = {}): Named {
  const signer = createSigner(`0x${number.toString(16).padStart(64, "0")}`);
  const url = new URL(`http://127.0.0.1:${10_000 + number}/`);
  return { signer, listing: { orchestrator: signer.address, url, stake: BigInt(number), regions: [], ...listed } };
}

/** What it would offer, before it is signed. */
export function offered(of: Named, { price = 1n, validUntil = 1e15, ...changes }: Offering = {}): OfferedQuote {
  return {
    orchestrator: of.signer.address,
    sender: SENDER,
    service: SERVICE,
    nonce: NONCE,
    capacity: 1,
    params: {
      recipient: of.signer.address,
      sender: SENDER,
      faceValue: FACE,
      creationRound: 10,
      commitments: [{ index: 3n, commitment: `0x${"c0".repeat(32)}` }],
      terms: { price: { numerator: price, denominator: 1n }, validUntil, mac: `0x${"ac".repeat(32)}` },
    },
    ...changes,
  };
}

export interface Offering extends Partial<OfferedQuote> {
  readonly price?: bigint;
  /** {ms} */
  readonly validUntil?: number;
}

/** Its answer, as it is when it has passed its checks. */
export async function answered(of: Named, offering: Offering = {}, responseMs = 5): Promise<Answered> {
  return { listing: of.listing, signed: await signQuote(of.signer, offered(of, offering), QUOTE_DOMAIN), responseMs };
}
