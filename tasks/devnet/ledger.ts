import type { Devnet } from "./network.ts";

/** What the chain says about a stretch of blocks: who was paid, from which deposit, at what cost. */
export interface Ledger {
  /** {wei} Taken from the broadcaster's deposit. */
  readonly broadcasterPaid: bigint;
  readonly redeemed: number;
  /** {gas} Of the transactions that redeemed. */
  readonly gasUsed: bigint;
  /** {wei} By orchestrator, in the order of the network. */
  readonly earned: readonly bigint[];
  /** Contradictions between events, deposit and booked fees; empty when the accounts agree. */
  readonly contradictions: readonly string[];
}

export interface Opening {
  readonly block: number;
  readonly round: number;
  readonly deposit: bigint;
  readonly fees: readonly bigint[];
}

/** Fees booked for each orchestrator in the rounds from `first` to now. */
async function bookedFees(devnet: Devnet, first: number): Promise<bigint[]> {
  const broker = devnet.contract("TicketBroker");
  const rounds = Array.from({ length: (await currentRound(devnet)) - first + 1 }, (_, index) => first + index);
  return Promise.all(
    devnet.orchestrators.map(async ({ address }) => {
      const fees = await Promise.all(rounds.map((index) => broker.feesOf(address, index)));
      return fees.reduce((sum, fee) => sum + fee, 0n);
    }),
  );
}

async function currentRound(devnet: Devnet): Promise<number> {
  return Number(await devnet.contract("RoundsManager").currentRound());
}

export async function openLedger(devnet: Devnet): Promise<Opening> {
  const broker = devnet.contract("TicketBroker");
  const { deposit } = await broker.getSender(devnet.broadcaster.address);
  const { ticketValidity } = await broker.parameters();
  // A ticket made on a quote that was kept may belong to a round that has passed.
  const round = Math.max(0, (await currentRound(devnet)) - Number(ticketValidity));
  return { block: await devnet.provider.getBlockNumber(), round, deposit, fees: await bookedFees(devnet, round) };
}

interface RedeemedTicket {
  readonly recipient: string;
  /** {wei} */
  readonly faceValue: bigint;
  readonly transaction: string;
}

/** The broadcaster's tickets that were paid, alone or in a batch. */
async function redeemedSince(devnet: Devnet, block: number): Promise<RedeemedTicket[]> {
  const broker = devnet.contract("TicketBroker");
  const { address } = devnet.broadcaster;
  const alone = await broker.queryFilter(broker.filters.TicketRedeemed(address), block);
  const batches = await broker.queryFilter(broker.filters.TicketsRedeemed(address), block);
  return [
    ...alone.map(({ args, transactionHash }) => ({ ...ticketOf(args), transaction: transactionHash })),
    ...batches.flatMap(({ args, transactionHash }) =>
      args.tickets.map(() => ({ ...ticketOf(args), transaction: transactionHash })),
    ),
  ];
}

const ticketOf = ({ recipient, faceValue }: { recipient: string; faceValue: bigint }) => ({ recipient, faceValue });

/** Compares three independent records since the opening: redemption events, the deposit, the booked fees. */
export async function closeLedger(devnet: Devnet, opening: Opening): Promise<Ledger> {
  const broker = devnet.contract("TicketBroker");
  const redeemed = await redeemedSince(devnet, opening.block + 1);
  const { deposit } = await broker.getSender(devnet.broadcaster.address);
  const fees = await bookedFees(devnet, opening.round);

  const contradictions: string[] = [];
  const paid = redeemed.reduce((sum, { faceValue }) => sum + faceValue, 0n);
  if (opening.deposit - deposit !== paid)
    contradictions.push(`the deposit fell by ${opening.deposit - deposit} wei, the redeemed tickets say ${paid}`);
  const earned = devnet.orchestrators.map(({ address }, index) => {
    const said = redeemed
      .filter(({ recipient }) => recipient === address)
      .reduce((sum, { faceValue }) => sum + faceValue, 0n);
    const booked = (fees[index] ?? 0n) - (opening.fees[index] ?? 0n);
    if (booked !== said) contradictions.push(`${address} has ${booked} wei of fees booked, its tickets say ${said}`);
    return said;
  });
  const receipts = await Promise.all(
    [...new Set(redeemed.map(({ transaction }) => transaction))].map((hash) =>
      devnet.provider.getTransactionReceipt(hash),
    ),
  );
  const gasUsed = receipts.reduce((sum, receipt) => sum + (receipt?.gasUsed ?? 0n), 0n);
  return { broadcasterPaid: paid, redeemed: redeemed.length, gasUsed, earned, contradictions };
}
