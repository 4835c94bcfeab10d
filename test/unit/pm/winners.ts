import type { StoredWinner, Ticket, Winner } from "../../../offchain/pm/interface.ts";
import { commitmentOf } from "../../../offchain/pm/ticket.ts";
import type { NodeStore } from "../../../offchain/store/interface.ts";
import { FACE, RECIPIENT, SENDER } from "./world.ts";

/** A winner of round 10; its signature is none. */
export function winner(index: bigint, change: Partial<Ticket> = {}): Winner {
  const recipientRand = `0x${(index + 1n).toString(16).padStart(64, "0")}`;
  return {
    ticket: {
      recipient: RECIPIENT,
      sender: SENDER,
      faceValue: FACE,
      winProb: 10n ** 18n,
      salt: 1n,
      commitment: commitmentOf(recipientRand),
      commitmentIndex: index,
      creationRound: 10,
      ...change,
    },
    signature: `0x${"ab".repeat(65)}`,
    recipientRand,
  };
}

/** The same as a store gives it that has not tried yet. */
export function storedWinner(
  index: bigint,
  change: Partial<Ticket> = {},
  status: StoredWinner["status"] = "pending",
): StoredWinner {
  const fresh = { status, transaction: null, attempts: 0, notBefore: 0, reason: null };
  return { ...winner(index, change), ...fresh, digest: `digest ${index}` };
}

/** Puts a winner into a store the way the recipient does. */
export function accept(store: NodeStore, { ticket, signature, recipientRand }: Winner): void {
  store.recipient.hand(ticket.sender, ticket.commitmentIndex, ticket.creationRound);
  const accepted = { payment: { ticket, signature }, signer: null, credit: 0n, recipientRand, ticketsPerIndex: 10 };
  if (store.recipient.accept(accepted) !== "accepted") throw new Error("the store does not take the winner");
}
