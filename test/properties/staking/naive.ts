import type { StakingParameters } from "../../../sim/model/staking/parameters.ts";
import type { Address } from "../../../sim/model/money.ts";
import type { Rounds } from "../../../sim/model/rounds.ts";

const ONE = 10n ** 18n;
/** Amounts and factors are kept with this many binary places beyond the wei. */
const PLACES = 128n;
const UNIT = 1n << PLACES;

/** {wei LPT} More than any rounding leaves, and less than any position. */
const NOTABLE = 10n ** 12n;

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

/** What an orchestrator had at stake when a round began {2^-128 wei}. */
interface Snapshot {
  readonly earns: boolean;
  readonly commission: bigint;
  readonly owners: Map<Address, bigint>;
}

/** What an orchestrator keeps of the rewards and gives of the fees {1e18 = 1}. */
interface Terms {
  readonly from: bigint;
  readonly cut: bigint;
  readonly feeShare: bigint;
}

class Node {
  earns = false;
  willEarn = false;
  jailed = false;
  jailedUntil = 0n;
  readonly forgiven: bigint[] = [];
  readonly terms: Terms[];
  /** {2^-128 wei} */
  commission = 0n;
  readonly commissionOut: { readonly round: bigint; value: bigint; readonly lock: number }[] = [];

  constructor(terms: Terms) {
    this.terms = [terms];
  }

  termsIn(round: bigint): Terms {
    return this.terms.findLast(({ from }) => from <= round)!;
  }

  cutIn(round: bigint): bigint {
    return this.termsIn(round).cut;
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
  /** By round and orchestrator. */
  readonly #past = new Map<bigint, Map<Address, Snapshot>>();
  /** {2^-128 wei ETH} By whose they are. */
  readonly #fees = new Map<Address, bigint>();

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

  register(orchestrator: Address, cut: bigint, feeShare: bigint): void {
    this.nodes.set(orchestrator, new Node({ from: this.#round, cut, feeShare }));
  }

  announce(orchestrator: Address, cut: bigint, feeShare: bigint): void {
    const { terms } = this.nodes.get(orchestrator)!;
    const from = this.#round + this.parameters.commissionNotice;
    while (terms.at(-1)!.from > this.#round) terms.pop();
    terms.push({ from, cut, feeShare });
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

  /** All of both: `paid` was given back, the `amounts` and the commission went into the orchestrator's next locks. */
  resign(orchestrator: Address, paid: bigint, amounts: readonly bigint[], commission: bigint): void {
    this.unbond(orchestrator, paid, amounts);
    if (commission > 0n) this.unbondCommission(orchestrator, commission);
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
    for (const earlier of node.forgiven) if (fault - earlier < faultPeriod && earlier - fault < faultPeriod) allowed--;
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

  /** Among the lots of that round by what they were worth when it began; without any, all of it is the orchestrator's. */
  addFees(orchestrator: Address, round: bigint, amount: bigint): void {
    const owners = this.#past.get(round)?.get(orchestrator)?.owners ?? new Map<Address, bigint>();
    const all = sum(owners.values());
    // What leaves whole leaves dust of a lot here.
    if (all <= fine(NOTABLE)) return this.#earn(orchestrator, fine(amount));
    const { feeShare } = this.nodes.get(orchestrator)!.termsIn(round);
    const shared = (amount * feeShare) / ONE;
    this.#earn(orchestrator, fine(amount - shared));
    for (const [owner, value] of owners) this.#earn(owner, (fine(shared) * value) / all);
  }

  /** {wei ETH} */
  feesOf(owner: Address): bigint {
    return whole(this.#fees.get(owner) ?? 0n);
  }

  /** {wei LPT} Behind an orchestrator that earned, when a past round began, without its commission. */
  votesOf(orchestrator: Address, round: bigint): bigint {
    const past = this.#past.get(round)?.get(orchestrator);
    return past?.earns === true ? whole(sum(past.owners.values())) : 0n;
  }

  /** {wei LPT} What an owner had behind those. */
  balanceOf(owner: Address, round: bigint): bigint {
    const earning = [...(this.#past.get(round)?.values() ?? [])].filter(({ earns }) => earns);
    return whole(sum(earning.map(({ owners }) => owners.get(owner) ?? 0n)));
  }

  /** {wei LPT} What all of those had, and their commissions. */
  atStake(round: bigint): bigint {
    const earning = [...(this.#past.get(round)?.values() ?? [])].filter(({ earns }) => earns);
    return whole(sum(earning.map(({ commission, owners }) => commission + sum(owners.values()))));
  }

  /** Behind whom an owner had more than dust. */
  delegateOf(owner: Address, round: bigint): Address | null {
    for (const [orchestrator, { owners }] of this.#past.get(round) ?? [])
      if ((owners.get(owner) ?? 0n) > fine(NOTABLE)) return orchestrator;
    return null;
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
    let worth = 0n;
    for (const lot of this.lots) {
      if (lot.owner !== owner || lot.lock !== lock) continue;
      const node = this.nodes.get(lot.orchestrator)!;
      const grows = lot.until === this.#round && node.earns;
      worth += grows ? times(lot.value, this.#power(ONE - node.cutIn(this.#round))) : lot.value;
    }
    return whole(worth);
  }

  #earn(owner: Address, fees: bigint): void {
    this.#fees.set(owner, (this.#fees.get(owner) ?? 0n) + fees);
  }

  #sum(wanted: (lot: Lot) => boolean): bigint {
    return whole(sum(this.lots.filter(wanted).map(({ value }) => value)));
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
    return { lots, total: this.nodes.get(orchestrator)!.commission + sum(lots.map(({ value }) => value)) };
  }

  #nextCommission(orchestrator: Address): bigint {
    const node = this.nodes.get(orchestrator)!;
    const leaving = node.commissionOut.find(({ round }) => round === this.#round)?.value ?? 0n;
    if (!node.earns) return node.commission - leaving;
    const { lots, total } = this.#active(orchestrator);
    const factor = this.#power(ONE - node.cutIn(this.#round));
    return times(total, this.#growth) - sum(lots.map(({ value }) => times(value, factor))) - leaving;
  }

  #begin(): void {
    let active = 0n;
    const past = new Map<Address, Snapshot>();
    this.#past.set(this.#round, past);
    for (const [orchestrator, { earns, commission }] of this.nodes) {
      const { lots, total } = this.#active(orchestrator);
      if (earns) active += total;
      const owners = new Map<Address, bigint>();
      for (const { owner, value } of lots) if (value > 0n) owners.set(owner, (owners.get(owner) ?? 0n) + value);
      past.set(orchestrator, { earns, commission, owners });
    }
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

function sum(values: Iterable<bigint>): bigint {
  let all = 0n;
  for (const value of values) all += value;
  return all;
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
