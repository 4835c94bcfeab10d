import type { StakingParameters } from "../../../sim/model/staking/staking.ts";
import type { Address } from "../../../sim/model/money.ts";
import type { Rounds } from "../../../sim/model/rounds.ts";

const ONE = 10n ** 18n;
/** Amounts and factors are kept with this many binary places beyond the wei. */
const PLACES = 128n;
const UNIT = 1n << PLACES;

/** A piece of stake with a history of its own. */
interface Lot {
  readonly owner: Address;
  readonly orchestrator: Address;
  /** First round in which it is active. */
  readonly from: bigint;
  /** Last round in which it is; null while it stays. */
  until: bigint | null;
  /** {2^-128 wei} */
  value: bigint;
  /** Its place among the owner's locks, once it leaves. */
  lock: number | null;
}

class Node {
  earns = false;
  willEarn = false;
  jailed = false;
  jailedUntil = 0n;
  readonly forgiven: bigint[] = [];
  readonly cuts: { readonly from: bigint; readonly cut: bigint }[];
  /** {2^-128 wei} */
  commission = 0n;
  readonly commissionOut: { readonly round: bigint; value: bigint; readonly lock: number }[] = [];

  constructor(round: bigint, cut: bigint) {
    this.cuts = [{ from: round, cut }];
  }

  cutIn(round: bigint): bigint {
    return this.cuts.findLast(({ from }) => from <= round)!.cut;
  }
}

/**
 * Every lot and every round, one by one, with roots for powers: slow, and made differently from the model wherever the model is clever. It
 * decides nothing: it is told what was done, and says what everybody should have.
 */
export class NaiveLedger {
  parameters: StakingParameters;
  supply: bigint;
  inflation: bigint;
  readonly minted = { stakers: 0n, treasury: 0n };
  slashed = 0n;
  readonly lots: Lot[] = [];
  readonly nodes = new Map<Address, Node>();
  readonly #rounds: Rounds;
  #round: bigint;
  #mint = { stakers: 0n, treasury: 0n };
  #growth = UNIT;
  readonly #powers = new Map<bigint, bigint>();
  readonly #lockCounts = new Map<Address, number>();

  constructor(rounds: Rounds, supply: bigint, inflation: bigint, parameters: StakingParameters) {
    this.#rounds = rounds;
    this.supply = supply;
    this.inflation = inflation;
    this.parameters = parameters;
    this.#round = rounds.current;
    this.#begin();
  }

  /** Lives through all rounds up to now. */
  catchUp(): void {
    while (this.#round < this.#rounds.current) this.#endRound();
  }

  register(orchestrator: Address, cut: bigint): void {
    this.nodes.set(orchestrator, new Node(this.#round, cut));
    this.touch(orchestrator);
  }

  announce(orchestrator: Address, cut: bigint): void {
    const { cuts } = this.nodes.get(orchestrator)!;
    const from = this.#round + this.parameters.commissionNotice;
    while (cuts.at(-1)!.from > this.#round) cuts.pop();
    cuts.push({ from, cut });
  }

  /** The stored flag: who earns from the next round on. */
  touch(orchestrator: Address): void {
    const node = this.nodes.get(orchestrator)!;
    const lotFactor = node.earns ? this.#power(ONE - node.cutIn(this.#round)) : UNIT;
    let own = this.#nextCommission(orchestrator);
    let total = own;
    for (const lot of this.#lotsOf(orchestrator)) {
      if (lot.until !== null) continue;
      const value = lot.from > this.#round ? lot.value : times(lot.value, lotFactor);
      total += value;
      if (lot.owner === orchestrator) own += value;
    }
    const { minimumStake, minimumSelfStake } = this.parameters;
    node.willEarn = !node.jailed && total >= fine(minimumStake) && own >= fine(minimumSelfStake);
  }

  bond(owner: Address, amount: bigint, orchestrator: Address): void {
    this.lots.push({ owner, orchestrator, from: this.#round + 1n, until: null, value: fine(amount), lock: null });
  }

  /** `paid` of what waits was given back; the `amounts` of the rest, the oldest first, went into the owner's next locks. */
  unbond(owner: Address, paid: bigint, amounts: readonly bigint[]): void {
    const mine = this.lots.filter((lot) => lot.owner === owner && lot.until === null);
    take(
      mine.filter(({ from }) => from > this.#round),
      fine(paid),
    );
    const active = mine.filter(({ from }) => from <= this.#round).sort((a, b) => Number(a.from - b.from));
    for (const amount of amounts) {
      const lock = this.#nextLock(owner);
      for (const { lot, taken } of take(active, fine(amount)))
        if (taken > 0n) this.lots.push({ ...lot, value: taken, until: this.#round, lock });
    }
  }

  unbondCommission(orchestrator: Address, amount: bigint): void {
    const node = this.nodes.get(orchestrator)!;
    const known = node.commissionOut.find(({ round }) => round === this.#round);
    if (known !== undefined) known.value += fine(amount);
    else node.commissionOut.push({ round: this.#round, value: fine(amount), lock: this.#nextLock(orchestrator) });
  }

  /** The lock is paid or bonded again. */
  closeLock(owner: Address, lock: number): void {
    for (const lot of this.lots) if (lot.owner === owner && lot.lock === lock) lot.value = 0n;
    const out = this.nodes.get(owner)?.commissionOut.find((each) => each.lock === lock);
    if (out !== undefined) out.value = 0n;
  }

  /** @returns {wei LPT} what it takes from the orchestrator's own stake, of which its locks of this round have not earned their reward yet */
  slash(orchestrator: Address, fault: bigint, fraction: bigint): bigint {
    const node = this.nodes.get(orchestrator)!;
    const { faultAllowance, faultPeriod } = this.parameters;
    let allowed = faultAllowance;
    for (const earlier of node.forgiven) if (fault - earlier < faultPeriod && earlier - fault <= faultPeriod) allowed--;
    if (allowed > 0n) {
      node.forgiven.push(fault);
      return 0n;
    }
    let ownLoss = 0n;
    const rest = (value: bigint, own: boolean): bigint => {
      const loss = (value * fraction) / ONE;
      if (own) ownLoss += loss;
      return value - loss;
    };
    for (const lot of this.#lotsOf(orchestrator)) {
      if (lot.from <= fault && (lot.until === null || lot.until >= fault))
        lot.value = rest(lot.value, lot.owner === orchestrator);
    }
    node.commission = rest(node.commission, true);
    for (const out of node.commissionOut) {
      // What leaves in this round is still a part of the commission above.
      if (out.round >= fault) out.value = rest(out.value, out.round < this.#round);
    }
    node.jailed = true;
    node.jailedUntil = this.#round + this.parameters.jailPeriod;
    return whole(ownLoss);
  }

  /** {wei LPT} Active now. */
  stakeOf(owner: Address): bigint {
    return this.#sum((lot) => lot.owner === owner && lot.from <= this.#round && lot.until === null);
  }

  /** {wei LPT} */
  waitingOf(owner: Address): bigint {
    return this.#sum((lot) => lot.owner === owner && lot.from > this.#round);
  }

  /** {wei LPT} */
  commissionOf(orchestrator: Address): bigint {
    return whole(this.nodes.get(orchestrator)!.commission);
  }

  /** {wei LPT} Of a lock that was made in this round, with the round's reward. */
  lockValue(owner: Address, lock: number): bigint {
    const out = this.nodes.get(owner)?.commissionOut.find((each) => each.lock === lock);
    if (out !== undefined) return whole(out.value);
    let sum = 0n;
    for (const lot of this.lots) {
      if (lot.owner !== owner || lot.lock !== lock) continue;
      const node = this.nodes.get(lot.orchestrator)!;
      const grows = lot.until === this.#round && node.earns;
      sum += grows ? times(lot.value, this.#power(ONE - node.cutIn(this.#round))) : lot.value;
    }
    return whole(sum);
  }

  #sum(wanted: (lot: Lot) => boolean): bigint {
    return whole(this.lots.filter(wanted).reduce((sum, { value }) => sum + value, 0n));
  }

  #lotsOf(orchestrator: Address): Lot[] {
    return this.lots.filter((lot) => lot.orchestrator === orchestrator);
  }

  #isActive(lot: Lot): boolean {
    return lot.from <= this.#round && (lot.until === null || lot.until >= this.#round);
  }

  #nextLock(owner: Address): number {
    const lock = this.#lockCounts.get(owner) ?? 0;
    this.#lockCounts.set(owner, lock + 1);
    return lock;
  }

  /** Everything that is at stake behind one orchestrator in this round. */
  #active(orchestrator: Address): { lots: Lot[]; total: bigint } {
    const lots = this.#lotsOf(orchestrator).filter((lot) => this.#isActive(lot));
    return { lots, total: lots.reduce((sum, { value }) => sum + value, this.nodes.get(orchestrator)!.commission) };
  }

  #nextCommission(orchestrator: Address): bigint {
    const node = this.nodes.get(orchestrator)!;
    const leaving = node.commissionOut.find(({ round }) => round === this.#round)?.value ?? 0n;
    if (!node.earns) return node.commission - leaving;
    const { lots, total } = this.#active(orchestrator);
    const factor = this.#power(ONE - node.cutIn(this.#round));
    return times(total, this.#growth) - lots.reduce((sum, { value }) => sum + times(value, factor), 0n) - leaving;
  }

  #begin(): void {
    let active = 0n;
    for (const [orchestrator, node] of this.nodes) if (node.earns) active += this.#active(orchestrator).total;
    const { inflationStep, maximumInflation, targetBondingRate, treasuryCut } = this.parameters;
    const rate = active * ONE;
    const aim = fine(this.supply) * targetBondingRate;
    if (rate < aim) this.inflation = lesser(this.inflation + inflationStep, maximumInflation);
    else if (rate > aim) this.inflation = this.inflation < inflationStep ? 0n : this.inflation - inflationStep;
    this.#mint = { stakers: 0n, treasury: 0n };
    this.#growth = UNIT;
    this.#powers.clear();
    if (active === 0n) return;
    const mint = (this.supply * this.inflation) / ONE;
    const treasury = (mint * treasuryCut) / ONE;
    this.#mint = { stakers: mint - treasury, treasury };
    if (fine(this.#mint.stakers) > active) {
      this.#mint = { stakers: whole(active), treasury: (whole(active) * treasuryCut) / (ONE - treasuryCut) };
    }
    const { stakers } = this.#mint;
    this.#growth = UNIT + (stakers << (2n * PLACES)) / active;
  }

  #endRound(): void {
    for (const [orchestrator, node] of this.nodes) {
      const commission = this.#nextCommission(orchestrator);
      if (node.earns) {
        const factor = this.#power(ONE - node.cutIn(this.#round));
        for (const lot of this.#active(orchestrator).lots) lot.value = times(lot.value, factor);
      }
      node.commission = commission;
    }
    for (const node of this.nodes.values()) node.earns = node.willEarn;
    this.supply += this.#mint.stakers + this.#mint.treasury;
    this.minted.stakers += this.#mint.stakers;
    this.minted.treasury += this.#mint.treasury;
    this.#round++;
    this.#begin();
  }

  /** Every lot of an orchestrator grows alike, and roots take their time. */
  #power(exponent: bigint): bigint {
    let power = this.#powers.get(exponent);
    if (power === undefined) this.#powers.set(exponent, (power = this.#raise(exponent)));
    return power;
  }

  /** The round's growth to the power of `exponent` {1e18 = 1}: a root for each binary place of the exponent. */
  #raise(exponent: bigint): bigint {
    if (exponent === ONE) return this.#growth;
    let result = UNIT;
    let root = this.#growth;
    for (let rest = exponent; rest > 0n && root > UNIT;) {
      root = squareRoot(root << PLACES, (root + UNIT) >> 1n);
      rest *= 2n;
      if (rest < ONE) continue;
      rest -= ONE;
      result = times(result, root);
    }
    return result;
  }
}

/** Takes `amount` from the lots, one after the other. */
function take(lots: readonly Lot[], amount: bigint): { lot: Lot; taken: bigint }[] {
  let missing = amount;
  return lots.map((lot) => {
    const taken = lesser(lot.value, missing);
    lot.value -= taken;
    missing -= taken;
    return { lot, taken };
  });
}

function fine(amount: bigint): bigint {
  return amount << PLACES;
}

function whole(value: bigint): bigint {
  return value >> PLACES;
}

function times(a: bigint, b: bigint): bigint {
  return (a * b) >> PLACES;
}

function lesser(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** @param above no less than the root */
function squareRoot(value: bigint, above: bigint): bigint {
  let guess = above;
  for (;;) {
    const better = (guess + value / guess) >> 1n;
    if (better >= guess) return guess;
    guess = better;
  }
}
