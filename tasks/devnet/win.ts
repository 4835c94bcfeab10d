import { createHash } from "node:crypto";
import { type FrontEnd, ownIndexFrom } from "../../offchain/pm/front-ends.ts";
import type { DigestSigner, TicketDomain } from "../../offchain/pm/interface.ts";
import { commitmentKey, commitmentOf, signTicket } from "../../offchain/pm/ticket.ts";
import type { NodeStore } from "../../offchain/store/interface.ts";

/** {wei} */
export const FACE = 10n ** 15n;

/** Takes the next winning ticket of a round into the store, as a recipient does; its senders take turns. Returns its key when it is on disk. */
export async function win(
  store: NodeStore,
  scene: {
    readonly recipient: string;
    readonly signers: readonly DigestSigner[];
    readonly domain: TicketDomain;
    readonly round: number;
    /** Whose indices are taken; without it any. */
    readonly frontEnd?: FrontEnd;
  },
): Promise<string> {
  const { recipient, signers, domain, round, frontEnd = { index: 0, count: 1 } } = scene;
  const index = ownIndexFrom(store.recipient.nextIndex(round), frontEnd);
  const signer = signers[Number(index) % signers.length];
  if (signer === undefined) throw new RangeError("no sender");
  const recipientRand = `0x${createHash("sha256").update(`${round}/${index}`).digest("hex")}`;
  const ticket = {
    recipient,
    sender: signer.address,
    faceValue: FACE,
    winProb: 10n ** 18n,
    salt: index,
    commitment: commitmentOf(recipientRand),
    commitmentIndex: index,
    creationRound: round,
  };
  const payment = await signTicket(signer, ticket, domain);
  store.recipient.hand(signer.address, index, round);
  const acceptance = store.recipient.accept({ payment, signer: null, credit: 0n, recipientRand, ticketsPerIndex: 1 });
  if (acceptance !== "accepted") throw new Error(`the ticket was ${acceptance}`);
  return commitmentKey(ticket);
}
