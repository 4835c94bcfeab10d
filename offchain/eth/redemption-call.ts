import { isCallException, type CallExceptionError } from "ethers";
import type { TicketBroker } from "../../types/index.ts";
import type { RedemptionCall, Winner } from "../pm/interface.ts";
import { commitmentKey, compactSignature, packPayer, packTerms, unpackCommitment } from "../pm/ticket.ts";

type BrokerInterface = TicketBroker["interface"];

/** Arguments of `redeem` and `claimDefault`. */
export function singleArguments({
  ticket,
  signature,
  recipientRand,
}: Winner): [string, string, bigint, string, string] {
  const { r, vs } = compactSignature(signature);
  return [packPayer(ticket), packTerms(ticket), BigInt(recipientRand), r, vs];
}

/** Argument of `redeemBatch`: neighbours of one sender and face value share a payer. */
export function batches(winners: readonly Winner[]): { payer: string; winners: BatchItem[] }[] {
  const all: { payer: string; winners: BatchItem[] }[] = [];
  for (const winner of winners) {
    const [payer, terms, recipientRand, r, vs] = singleArguments(winner);
    const last = all.at(-1);
    const item = { terms, recipientRand, r, vs };
    if (last?.payer === payer) last.winners.push(item);
    else all.push({ payer, winners: [item] });
  }
  return all;
}

interface BatchItem {
  readonly terms: string;
  readonly recipientRand: bigint;
  readonly r: string;
  readonly vs: string;
}

/** Calldata of a redemption. */
export function encodeCall({ kind, winners }: RedemptionCall, broker: BrokerInterface): string {
  const [winner] = winners;
  if (winner === undefined) throw new RangeError("a redemption without winners");
  if (kind === "redeem") {
    return winners.length === 1
      ? broker.encodeFunctionData("redeem", singleArguments(winner))
      : broker.encodeFunctionData("redeemBatch", [batches(winners)]);
  }
  if (winners.length > 1) throw new RangeError(`${kind} is about one winner`);
  const { recipient, creationRound, commitmentIndex } = winner.ticket;
  return kind === "claim"
    ? broker.encodeFunctionData("claimDefault", singleArguments(winner))
    : broker.encodeFunctionData("settleDefault", [recipient, creationRound, commitmentIndex]);
}

/** `commitmentKey` of each commitment that a transaction closed or settled, by the broker's logs. */
export function doneBy(
  logs: readonly { readonly address: string; readonly topics: readonly string[]; readonly data: string }[],
  broker: { readonly address: string; readonly interface: BrokerInterface },
): string[] {
  return logs.flatMap((log) => {
    if (log.address.toLowerCase() !== broker.address.toLowerCase()) return [];
    const event = broker.interface.parseLog({ topics: [...log.topics], data: log.data });
    switch (event?.name) {
      case "TicketRedeemed":
      case "DefaultClaimed":
      case "DefaultSettled":
        return [
          commitmentKey({
            creationRound: Number(event.args["creationRound"]),
            commitmentIndex: event.args["commitmentIndex"] as bigint,
          }),
        ];
      case "TicketsRedeemed":
        return (event.args["tickets"] as bigint[]).map((packed) => commitmentKey(unpackCommitment(packed)));
      default:
        return [];
    }
  });
}

/** The broker's refusal. ethers calls every failed `eth_call` a call exception, also one that a busy node did not execute. */
export function isRevert(error: unknown): error is CallExceptionError & { data: string } {
  return isCallException(error) && error.data !== null && error.data !== "0x";
}
