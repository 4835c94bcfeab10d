import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { commitmentKey } from "../../offchain/pm/ticket.ts";
import type { ListedWinner } from "../../offchain/store/interface.ts";
import { countOf } from "../common/arguments.ts";
import type { Contracts } from "../common/context.ts";
import { accountOf } from "../common/context.ts";
import { TaskError } from "../common/failure.ts";
import { eth, print, printable, printJson, printTable } from "../common/output.ts";
import type { StoreArguments, TicketName } from "./store.ts";
import { nameOf, openNodeStore } from "./store.ts";

/**
 * `included`: paid in a block that a reorganisation may still remove. `in-default`: its sender could not pay when it was presented, and can still.
 * `expired`: its last round is over.
 */
const STATES = ["waiting", "in-flight", "included", "paid", "in-default", "expired"] as const;
type State = (typeof STATES)[number];

const MOST_ROWS = 1_000_000;

const UNDERWAY = { redeem: "", claim: "being presented as a default", settle: "a default that is being settled" };

interface Arguments extends StoreArguments {
  readonly state: string;
  readonly sender: string;
  readonly limit: string;
}

export interface HeldTicket extends TicketName {
  readonly state: State;
  /** {round} The last one in which it can be redeemed. */
  readonly lastRound: number;
  /** The one that it is in, or was in last. */
  readonly transaction: string | null;
  readonly note: string;
}

export interface HeldTickets {
  readonly recipient: string;
  readonly round: number;
  /** Of all, or of the one sender that was asked for. */
  readonly totals: readonly { readonly state: State; readonly count: number; readonly faceValue: bigint }[];
  /** The newest first. */
  readonly tickets: readonly HeldTicket[];
  /** How many more there are. */
  readonly left: number;
}

/** `npx hardhat pm tickets` */
export default async function tickets(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<HeldTickets> {
  const wanted = STATES.find((state) => state === args.state);
  if (args.state !== "" && wanted === undefined) {
    throw new TaskError(`${args.state} is no state: ${STATES.join(", ")}`);
  }
  const limit = countOf(args.limit, MOST_ROWS);
  const sender = args.sender === "" ? undefined : await accountOf(hre, args.sender);
  const { contracts, identity, reader } = await openNodeStore(args, hre);
  try {
    const round = Number(await contracts.rounds.currentRound());
    const lastRounds = await readLastRounds(contracts, reader.openRounds());
    const totals = new Map(STATES.map((state) => [state, { state, count: 0, faceValue: 0n }]));
    const shown: { winner: ListedWinner; state: State }[] = [];
    let left = 0;
    for (const winner of reader.list(sender)) {
      const state = stateOf(winner, lastRounds.get(winner.ticket.creationRound) ?? Infinity, round);
      const total = totals.get(state)!;
      total.count += 1;
      total.faceValue += winner.ticket.faceValue;
      if (wanted !== undefined && state !== wanted) continue;
      if (shown.length < limit) shown.push({ winner, state });
      else left += 1;
    }
    const lasts = await readLastRounds(contracts, new Set(shown.map(({ winner }) => winner.ticket.creationRound)));
    const result = {
      recipient: identity.address,
      round,
      totals: [...totals.values()].filter(({ count }) => count > 0),
      tickets: shown.map(({ winner, state }) => ({
        ...nameOf(winner),
        state,
        lastRound: lasts.get(winner.ticket.creationRound)!,
        transaction: winner.transaction,
        note: winner.underway === null ? (winner.reason ?? "") : UNDERWAY[winner.underway],
      })),
      left,
    };
    if (args.json) printJson(result);
    else printTickets(result);
    return result;
  } finally {
    reader.close();
  }
}

async function readLastRounds({ broker }: Contracts, rounds: Iterable<number>): Promise<Map<number, number>> {
  return new Map(
    await Promise.all(
      [...rounds].map(async (round) => [round, Number(await broker.lastRedemptionRound(round))] as const),
    ),
  );
}

/** What is over by the chain is over, also where no redeemer has seen it yet. */
function stateOf({ status, underway }: ListedWinner, lastRound: number, round: number): State {
  if (status === "redeemed") return "paid";
  if (status === "expired" || status === "included") return status;
  if (underway !== null) return "in-flight";
  if (lastRound < round) return "expired";
  return status === "claimed" ? "in-default" : "waiting";
}

function printTickets({ recipient, round, totals, tickets, left }: HeldTickets): void {
  printTable(
    [`winners of ${recipient}`, "number", "face value"],
    totals.map(({ state, count, faceValue }) => [state, count.toString(), eth(faceValue)]),
    ["number", "face value"],
  );
  if (tickets.length > 0) {
    printTable(
      ["sender", "ticket", "face value", "state", "last round", "transaction", "note"],
      tickets.map((ticket) => [
        ticket.sender,
        commitmentKey(ticket),
        eth(ticket.faceValue),
        ticket.state,
        ticket.lastRound.toString(),
        ticket.transaction ?? "",
        printable(ticket.note),
      ]),
      ["face value", "last round"],
    );
  }
  const more = left === 0 ? "" : ` ${left} older ones are not shown: --limit ${tickets.length + left}`;
  print(`It is round ${round}.${more}`);
}
