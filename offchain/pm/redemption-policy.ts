import { totalFaceValue } from "./formulas.ts";
import type { SenderFunds } from "./interface.ts";
import { ONE } from "./schema.ts";

/** {gas} Measured. A batch costs `batch` + `payer` for each sender and face value + `ticket` for each winner. */
export interface RedemptionGas {
  readonly single: bigint;
  readonly batch: bigint;
  readonly payer: bigint;
  readonly ticket: bigint;
  readonly claim: bigint;
  readonly settle: bigint;
}

export interface PolicyOptions {
  readonly gas: RedemptionGas;
  /** Share of a ticket's life that is left when it stops to wait for cheaper gas. */
  readonly margin: number;
  /** Share of the last blocks whose price was as low, or lower, that a young ticket waits for; by its margin every price will do. */
  readonly patience: number;
  /** A redemption that costs no more than this share {1e18 = 1} of the face value does not wait for cheaper gas. */
  readonly negligible: bigint;
  /** {ms} How long a winner waits for others to share a transaction with. */
  readonly gather: number;
  /** Most winners of a transaction; so many wait for no others. */
  readonly batchSize: number;
  /** Whether winners that their sender cannot pay are presented as defaults. */
  readonly claimDefaults: boolean;
}

/** A winner that is in no transaction. Times are the chain's, in ms. */
export interface Candidate {
  readonly digest: string;
  readonly sender: string;
  /** {wei} */
  readonly faceValue: bigint;
  /** Presented as a default already: it can be settled, not redeemed. */
  readonly isClaimed: boolean;
  /** When its round began. */
  readonly born: number;
  /** When its last round ends. */
  readonly deadline: number;
  /** When the last round ends in which it can be presented as a default. */
  readonly claimBy: number;
  /** Since when it waits. */
  readonly since: number;
}

export interface Funds extends SenderFunds {
  /** {ms} When the deposit can be withdrawn; Infinity while no unlock is running. */
  readonly leaves: number;
  /** {wei} What transactions under way will take. */
  readonly underway: bigint;
}

export interface PriceView {
  /** {wei} */
  readonly now: bigint;
  percentile(share: number): bigint;
}

export interface PolicyState<C extends Candidate> {
  /** {ms} The chain's time. */
  readonly time: number;
  readonly price: PriceView;
  readonly winners: readonly C[];
  readonly funds: ReadonlyMap<string, Funds>;
}

export interface Plan<C extends Candidate> {
  /** One transaction each, winners of one sender and face value together; the most pressing first. */
  readonly redeem: readonly (readonly C[])[];
  readonly claim: readonly C[];
  readonly settle: readonly C[];
  /** Too late for these. */
  readonly expired: readonly C[];
  /** {ms} Next time at which more is to be sent even though no price and no funds change; Infinity if there is none. */
  readonly lookAgain: number;
}

/**
 * What to send now.
 *
 * A winner goes at once when gas is cheap for its age, when its cost is negligible, when its time is running out or its sender's money
 * is; before that it waits. It never goes for more than its face value, and never waits into its margin for a better price.
 * Those that go share transactions as far as that is cheaper.
 */
export function planRedemptions<C extends Candidate>(state: PolicyState<C>, options: PolicyOptions): Plan<C> {
  const { time, price, winners } = state;
  const expired = winners.filter(({ deadline }) => time >= deadline);
  const claim: C[] = [];
  const settle: C[] = [];
  const ready: C[] = [];
  let isPressed = false;
  let lookAgain = Infinity;
  const wake = (at: number): void => {
    if (at > time) lookAgain = Math.min(lookAgain, at);
  };

  for (const [sender, own] of bySender(winners.filter(({ deadline }) => time < deadline))) {
    const funds = state.funds.get(sender);
    if (funds === undefined) continue;
    const available = funds.deposit + funds.allocation - funds.underway;
    const isScarce = available < totalFaceValue(own);
    let left = available;
    for (const winner of own) {
      const margin = options.margin * (winner.deadline - winner.born);
      if (winner.faceValue > left) {
        const claimAt = winner.claimBy - margin;
        if (!isClaimable(winner, funds, price.now, options)) continue;
        wake(claimAt);
        if (time >= claimAt && time < winner.claimBy) claim.push(winner);
        continue;
      }
      left -= winner.faceValue;
      const hurryAt = Math.min(winner.deadline, funds.leaves) - margin;
      wake(hurryAt);
      const isHurried = isScarce || time >= hurryAt;
      if (!isHurried && !isCheap(winner, hurryAt, state, options)) continue;
      if (winner.isClaimed) {
        if (winner.faceValue > options.gas.settle * price.now) settle.push(winner);
        continue;
      }
      const gathered = winner.since + options.gather;
      wake(gathered);
      isPressed ||= isHurried || time >= gathered;
      ready.push(winner);
    }
  }

  const redeem = isPressed || ready.length >= options.batchSize ? share(ready, price.now, options) : [];
  return { redeem, claim, settle, expired, lookAgain };
}

/** By sender, the earliest deadline first and then the highest face value: what little there is pays as much as it can in time. */
function bySender<C extends Candidate>(winners: readonly C[]): Map<string, C[]> {
  const sorted = [...winners].sort((a, b) => a.deadline - b.deadline || Number(b.faceValue - a.faceValue));
  return Map.groupBy(sorted, ({ sender }) => sender);
}

/** Only what nobody can pay is a default, and without an escrow nobody loses anything by it. */
function isClaimable(winner: Candidate, funds: Funds, price: bigint, options: PolicyOptions): boolean {
  return (
    options.claimDefaults &&
    !winner.isClaimed &&
    funds.escrow > 0n &&
    funds.deposit + funds.allocation < winner.faceValue &&
    options.gas.claim * price < winner.faceValue
  );
}

function isCheap<C extends Candidate>(
  winner: C,
  hurryAt: number,
  { time, price }: PolicyState<C>,
  { gas, patience, negligible }: PolicyOptions,
): boolean {
  if (gas.single * price.now * ONE <= winner.faceValue * negligible) return true;
  const age = Math.max(0, (time - winner.born) / (hurryAt - winner.born));
  return price.now <= price.percentile(Math.min(1, patience + (1 - patience) * age));
}

/** {gas} */
export function batchGas(winners: readonly Candidate[], gas: RedemptionGas): bigint {
  if (winners.length === 1) return gas.single;
  return gas.batch + gas.payer * BigInt(byPayer(winners).size) + gas.ticket * BigInt(winners.length);
}

function byPayer<C extends Candidate>(winners: readonly C[]): Map<string, C[]> {
  return Map.groupBy(winners, ({ sender, faceValue }) => `${sender}/${faceValue}`);
}

/** Transactions of these winners, none at a loss. */
function share<C extends Candidate>(ready: readonly C[], price: bigint, options: PolicyOptions): C[][] {
  const { gas, batchSize } = options;
  // Whoever does not pay for what it adds to a batch would not pay for a transaction of its own either.
  const worth = [...byPayer(ready).values()].filter(
    (payer) => totalFaceValue(payer) > (gas.payer + gas.ticket * BigInt(payer.length)) * price,
  );
  worth.sort((a, b) => deadlineOf(a) - deadlineOf(b));
  const transactions: C[][] = [];
  const sorted = worth.flat();
  for (let at = 0; at < sorted.length; at += batchSize) {
    const batch = sorted.slice(at, at + batchSize);
    const singles = batch.filter(({ faceValue }) => faceValue > gas.single * price);
    const profit = totalFaceValue(batch) - batchGas(batch, gas) * price;
    const apart = totalFaceValue(singles) - gas.single * BigInt(singles.length) * price;
    if (profit > 0n && profit >= apart) transactions.push(batch);
    else transactions.push(...singles.map((winner) => [winner]));
  }
  return transactions;
}

function deadlineOf(winners: readonly Candidate[]): number {
  return Math.min(...winners.map(({ deadline }) => deadline));
}
