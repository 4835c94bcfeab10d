import { BrowserProvider, Network, VoidSigner } from "ethers";
import type { Provider, Signer } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { connect } from "../../deploy/contracts.ts";
import { redemptionSchema } from "../../offchain/config/schema.ts";
import { Heads } from "../../offchain/eth/heads.ts";
import { loadWallet } from "../../offchain/eth/keys.ts";
import { openRedemption } from "../../offchain/node/redemption.ts";
import { totalFaceValue } from "../../offchain/pm/formulas.ts";
import { commitmentKey } from "../../offchain/pm/ticket.ts";
import type { ListedWinner } from "../../offchain/store/interface.ts";
import { openStore } from "../../offchain/store/sqlite.ts";
import { countOf } from "../common/arguments.ts";
import { TaskError } from "../common/failure.ts";
import { eth, print, printable, printJson, printTable } from "../common/output.ts";
import type { NodeStoreView, StoreArguments, TicketName } from "./store.ts";
import { nameOf, openNodeStore } from "./store.ts";

/** {ms} */
const POLL = 1_000;

/** {s} */
const LONGEST_WAIT = 86_400;

interface Arguments extends StoreArguments {
  readonly keyFile: string;
  readonly dryRun: boolean;
  readonly claimDefaults: boolean;
  readonly wait: string;
}

interface Skipped extends TicketName {
  readonly reason: string;
}

export interface RedemptionProposal {
  readonly recipient: string;
  /** {wei ETH} of one gas. */
  readonly gasPrice: bigint;
  readonly transactions: readonly {
    readonly kind: string;
    readonly tickets: readonly TicketName[];
    readonly gas: bigint;
    /** {wei ETH} */
    readonly cost: bigint;
  }[];
  readonly skipped: readonly Skipped[];
  readonly expired: readonly TicketName[];
  /** Transactions that were sent before and are not final. */
  readonly underway: number;
}

export interface RedemptionResult {
  readonly recipient: string;
  readonly paid: readonly (TicketName & { readonly transaction: string | null })[];
  /** In default: presented, now or before, and not paid. */
  readonly claimed: readonly (TicketName & { readonly transaction: string | null })[];
  readonly skipped: readonly Skipped[];
  readonly expired: readonly Skipped[];
  /** Not final when the time to wait was over. */
  readonly inFlight: readonly (TicketName & { readonly transaction: string | null })[];
  /** {wei ETH} What the transactions cost in which something was paid, or presented now. */
  readonly cost: bigint;
}

/** `npx hardhat pm redeem` */
export default async function redeem(
  args: Arguments,
  hre: HardhatRuntimeEnvironment,
): Promise<RedemptionProposal | RedemptionResult> {
  const wait = countOf(args.wait, LONGEST_WAIT) * 1_000;
  if (!args.dryRun && args.keyFile === "") {
    throw new TaskError("say --key-file, the file with the key of the node's account, or --dry-run");
  }
  const view = await openNodeStore(args, hre);
  const { provider: transport } = await hre.network.getOrCreate();
  const provider = new BrowserProvider(transport, Network.from(view.identity.chainId), {
    staticNetwork: true,
    // An answer that is a moment old may hide a redemption of our own.
    cacheTimeout: -1,
  });
  try {
    if (!args.dryRun) return await send(args, view, provider, wait);
    return await propose(args, view, provider);
  } finally {
    provider.destroy();
    view.reader.close();
  }
}

async function propose(
  { json, claimDefaults }: Arguments,
  { contracts, identity, reader }: NodeStoreView,
  provider: BrowserProvider,
): Promise<RedemptionProposal> {
  const { address: recipient, chainId } = identity;
  const wallet = new VoidSigner(recipient, provider);
  const chain = chainOf(contracts, { chainId, provider, wallet });
  const modules = { chain, store: reader.winners, onEvent: () => undefined };
  const { redeemer } = openRedemption(settingsOf(claimDefaults), modules);
  const { gasPrice, transactions, skipped, expired } = await redeemer.propose();
  const result = {
    recipient,
    gasPrice,
    transactions: transactions.map(({ kind, winners, gas }) => ({
      ...{ kind, tickets: winners.map(nameOf), gas, cost: gas * gasPrice },
    })),
    skipped: skipped.map(({ winner, reason }) => ({ ...nameOf(winner), reason })),
    expired: expired.map(nameOf),
    underway: reader.winners.transactions().length,
  };
  if (json) printJson(result);
  else printProposal(result);
  return result;
}

async function send(
  { json, keyFile, claimDefaults }: Arguments,
  { contracts, file, identity, reader }: NodeStoreView,
  provider: BrowserProvider,
  wait: number,
): Promise<RedemptionResult> {
  const { chainId, broker } = identity;
  const wallet = await loadWallet(keyFile, chainId, provider);
  const before = new Map([...reader.list()].filter(isOpen).map(({ digest, status }) => [digest, status]));
  const store = openStore({ path: file, identity: { address: wallet.address, chainId, broker } });
  try {
    const chain = chainOf(contracts, { chainId, provider, wallet });
    const { redeemer } = openRedemption(settingsOf(claimDefaults), {
      chain,
      store: store.winners,
      onEvent: ({ kind, digest, detail }) => {
        if (!json && digest === null) print(`${kind}: ${printable(detail)}`);
      },
    });
    const reasons = new Map<string, string>();
    try {
      const limit = AbortSignal.timeout(wait);
      try {
        await redeemer.redeemNow(limit);
      } catch (error) {
        if (error !== limit.reason) throw error;
      }
      if (store.winners.transactions().length === 0) {
        for (const { winner, reason } of (await redeemer.propose()).skipped) reasons.set(winner.digest, reason);
      }
    } finally {
      await redeemer.close();
    }
    const winners = [...reader.list()].filter(({ digest }) => before.has(digest));
    const settled = winners.filter(({ digest, status }) => status === "redeemed" || status !== before.get(digest));
    const result = {
      recipient: wallet.address,
      ...resultOf(winners, reasons),
      cost: await costOf(settled, provider),
    };
    if (json) printJson(result);
    else printResult(result, wait / 1_000);
    return result;
  } finally {
    store.close();
  }
}

/** Those of the node, but that nothing is waited for: neither company nor a better price. */
const settingsOf = (claimDefaults: boolean) => ({
  ...redemptionSchema.parse({ patience: 1, gatherMs: 0, claimDefaults }),
  pollMs: POLL,
});

/** What redeeming needs of the chain, as `wallet` calls it. */
function chainOf<W extends Signer>(
  { deployment }: NodeStoreView["contracts"],
  { chainId, provider, wallet }: { readonly chainId: bigint; readonly provider: BrowserProvider; readonly wallet: W },
) {
  return {
    ...{ chainId, provider, wallet, deployment },
    heads: new Heads({ pollMs: POLL }, provider),
    rounds: connect("RoundsManager", deployment.contracts.RoundsManager.proxy, wallet),
    broker: connect("TicketBroker", deployment.contracts.TicketBroker.proxy, wallet),
  };
}

const isOpen = ({ status }: ListedWinner): boolean => status !== "redeemed" && status !== "expired";

/** What became of winners. */
function resultOf(
  winners: readonly ListedWinner[],
  reasons: ReadonlyMap<string, string>,
): Omit<RedemptionResult, "recipient" | "cost"> {
  const sent = (winner: ListedWinner) => ({ ...nameOf(winner), transaction: winner.transaction });
  const explained = (winner: ListedWinner): Skipped => ({
    ...nameOf(winner),
    reason: winner.reason ?? reasons.get(winner.digest) ?? "not reached in the time that was given",
  });
  const isInFlight = ({ status, underway }: ListedWinner): boolean => underway !== null || status === "included";
  const rest = winners.filter((winner) => !isInFlight(winner));
  const of = (wanted: ListedWinner["status"]) => rest.filter(({ status }) => status === wanted);
  return {
    paid: of("redeemed").map(sent),
    claimed: of("claimed").map(sent),
    skipped: of("pending").map(explained),
    expired: of("expired").map(explained),
    inFlight: winners.filter(isInFlight).map(sent),
  };
}

/** {wei ETH} Of the transactions that these winners were in. */
async function costOf(winners: readonly ListedWinner[], provider: Provider): Promise<bigint> {
  const hashes = new Set(winners.flatMap(({ transaction }) => transaction ?? []));
  const receipts = await Promise.all([...hashes].map((hash) => provider.getTransactionReceipt(hash)));
  return receipts.reduce((sum, receipt) => sum + (receipt?.fee ?? 0n), 0n);
}

function printProposal({ gasPrice, transactions, skipped, expired, underway }: RedemptionProposal): void {
  if (transactions.length > 0) {
    printTable(
      ["transaction", "winners", "face value", "gas", "cost"],
      transactions.map(({ kind, tickets, gas, cost }) => [
        ...[kind, tickets.length.toString(), eth(totalFaceValue(tickets)), gas.toLocaleString("en"), eth(cost)],
      ]),
      ["winners", "face value", "gas", "cost"],
    );
  }
  printSkipped("would be skipped", skipped);
  printSkipped("too late for", expired);
  const tickets = transactions.flatMap((transaction) => transaction.tickets);
  const cost = transactions.reduce((sum, transaction) => sum + transaction.cost, 0n);
  print(
    `Would send ${transactions.length} transactions for ${tickets.length} winners of ${eth(totalFaceValue(tickets))}, ` +
      `at a cost of ${eth(cost)} with gas at ${gasPrice.toLocaleString("en")} wei. Nothing was sent.`,
  );
  if (underway > 0)
    print(`${underway} transactions were sent before and are not final: they are looked after as well.`);
}

function printResult({ paid, claimed, skipped, expired, inFlight, cost }: RedemptionResult, seconds: number): void {
  const sent = [
    ...paid.map((ticket) => ({ ...ticket, became: "paid" })),
    ...claimed.map((ticket) => ({ ...ticket, became: "in default" })),
    ...inFlight.map((ticket) => ({ ...ticket, became: "in flight" })),
  ];
  if (sent.length > 0) {
    printTable(
      ["sender", "ticket", "face value", "is", "transaction"],
      sent.map((ticket) => [
        ...[
          ticket.sender,
          commitmentKey(ticket),
          eth(ticket.faceValue),
          ticket.became,
          ticket.transaction ?? "of another",
        ],
      ]),
      ["face value"],
    );
  }
  printSkipped("skipped", skipped);
  printSkipped("expired", expired);
  print(
    `Paid: ${paid.length} winners, ${eth(totalFaceValue(paid))}, for ${eth(cost)} of gas. ` +
      `Skipped: ${skipped.length}. In default: ${claimed.length}. Expired: ${expired.length}.`,
  );
  if (inFlight.length > 0) {
    print(
      `${inFlight.length} are in flight, and not final after ${seconds} s: run this again, or start the node, which goes on from here.`,
    );
  }
}

function printSkipped(title: string, tickets: readonly (TicketName & { readonly reason?: string })[]): void {
  if (tickets.length === 0) return;
  printTable(
    [title, "ticket", "face value", "why"],
    tickets.map((ticket) => [
      ...[
        ticket.sender,
        commitmentKey(ticket),
        eth(ticket.faceValue),
        printable(ticket.reason ?? "its last round is over"),
      ],
    ]),
    ["face value"],
  );
}
