import { totalFaceValue } from "./formulas.ts";
import type { AccountPort, BrokerPort, RedemptionKind, Refusal, StoredWinner } from "./interface.ts";
import { judge } from "./redemption-judge.ts";
import type { Funds } from "./redemption-policy.ts";

/** A transaction that the policy wants, before anybody was asked about it. */
export interface Planned {
  readonly kind: RedemptionKind;
  readonly winners: readonly StoredWinner[];
}

/** What it would do now, by the word of broker and account. */
export interface Prepared {
  readonly winners: readonly StoredWinner[];
  /** null when there is nothing to send. */
  readonly gas: bigint | null;
  readonly bad: readonly { readonly winner: StoredWinner; readonly refusal: Refusal }[];
}

export interface ProposedTransaction extends Planned {
  readonly gas: bigint;
}

/** What would be done with the winners that are in no transaction. */
export interface Proposal {
  /** {wei} of one gas. */
  readonly gasPrice: bigint;
  readonly transactions: readonly ProposedTransaction[];
  /** Those that would be in none of them, and why. */
  readonly skipped: readonly { readonly winner: StoredWinner; readonly reason: string }[];
  /** Too late for these. */
  readonly expired: readonly StoredWinner[];
}

interface Ports {
  readonly account: AccountPort;
  readonly broker: BrokerPort;
}

interface View {
  readonly waiting: readonly StoredWinner[];
  readonly planned: readonly Planned[];
  readonly expired: readonly StoredWinner[];
  readonly funds: ReadonlyMap<string, Funds>;
}

/** Asks broker and account what one transaction would do now; changes nothing. */
export async function prepare(
  kind: RedemptionKind,
  planned: readonly StoredWinner[],
  { account, broker }: Ports,
): Promise<Prepared> {
  const { good, bad } = kind === "redeem" ? await judge(planned, broker) : { good: planned, bad: [] };
  const gas = good.length === 0 ? null : await account.estimateGas({ kind, winners: good });
  if (gas !== null) return { winners: good, gas, bad };
  const refusal = { kind: "other", detail: `it would revert as a ${kind}` } as const;
  return { winners: [], gas, bad: [...bad, ...good.map((winner) => ({ winner, refusal }))] };
}

/** Prepares all that is planned, and says of every winner what would become of it. @param price {wei} of one gas */
export async function proposalOf(
  { waiting, planned, expired, funds }: View,
  price: bigint,
  ports: Ports,
): Promise<Proposal> {
  const transactions: ProposedTransaction[] = [];
  const reasons = new Map<string, string>();
  for (const { kind, winners: wanted } of planned) {
    const { winners, gas, bad } = await prepare(kind, wanted, ports);
    for (const { winner, refusal } of bad) reasons.set(winner.digest, refusal.detail);
    if (gas === null) continue;
    const loss = lossOf(winners, gas, price);
    if (loss === null) transactions.push({ kind, winners, gas });
    else for (const { digest } of winners) reasons.set(digest, loss);
  }
  const settled = new Set([...transactions.flatMap(({ winners }) => winners), ...expired].map(({ digest }) => digest));
  const skipped = waiting
    .filter(({ digest }) => !settled.has(digest))
    .map((winner) => ({ winner, reason: reasons.get(winner.digest) ?? whyNotPlanned(winner, waiting, funds, price) }));
  return { gasPrice: price, transactions, skipped, expired };
}

/** Why it would be a loss at this price {wei} of gas; null when it would not. */
export function lossOf(winners: readonly StoredWinner[], gas: bigint, price: bigint): string | null {
  return valueOf(winners) / gas > price ? null : `${gas} gas at ${price} wei cost more than it brings`;
}

/** {wei} */
export function valueOf(winners: readonly StoredWinner[]): bigint {
  return totalFaceValue(winners.map(({ ticket }) => ticket));
}

function whyNotPlanned(
  { ticket: { sender, faceValue } }: StoredWinner,
  waiting: readonly StoredWinner[],
  funds: ReadonlyMap<string, Funds>,
  price: bigint,
): string {
  const known = funds.get(sender);
  if (known === undefined) return "what its sender has is not known";
  const have = known.deposit + known.allocation - known.underway;
  if (have < faceValue) return `its sender has ${have > 0n ? have : 0n} wei for it, ${faceValue} wei are needed`;
  const wanted = valueOf(waiting.filter(({ ticket }) => ticket.sender === sender));
  return have < wanted
    ? `its sender has ${have} wei for all its winners, ${wanted} wei are needed`
    : `gas at ${price} wei costs more than it brings`;
}
