import type { StoredWinner, Ticket, Winner } from "../../../offchain/pm/interface.ts";
import { commitmentOf } from "../../../offchain/pm/ticket.ts";
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
