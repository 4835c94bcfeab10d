import type { Broker } from "./broker.ts";
import type { Address, Balances, Token } from "./money.ts";
import { ONE, Switch, ZERO_ADDRESS } from "./money.ts";
import { need } from "./refusal.ts";
import type { Rounds } from "./rounds.ts";

/** Governed values. */
export interface BondingParameters {
  /** {wei LPT} */
  readonly minimumStake: bigint;
  /** {wei LPT} */
  readonly minimumSelfStake: bigint;
  /** {round} */
  readonly unbondingPeriod: bigint;
}

/** An orchestrator as others see it. */
export interface Orchestrator {
  readonly rewardCut: bigint;
  readonly feeShare: bigint;
  readonly totalStake: bigint;
  readonly selfStake: bigint;
  readonly active: boolean;
  readonly registeredRound: bigint;
}

/** Stake on its way out. */
export interface Lock {
  readonly amount: bigint;
  readonly withdrawRound: bigint;
}

/** What a delegator's stake is from a round on. */
interface Change {
  readonly fromRound: bigint;
  readonly stake: bigint;
}

/** The stake behind one address, delegator by delegator: the model adds up what the contract keeps as a sum. */
class Pool {
  rewardCut = 0n;
  feeShare = 0n;
  registeredRound = 0n;
  registered = false;
  active = false;
  readonly changes = new Map<Address, Change[]>();
  /** {wei ETH} by round, once they are here. */
  readonly fees = new Map<bigint, bigint>();
  readonly claimed = new Set<string>();

  stake(delegator: Address): bigint {
    return this.changes.get(delegator)?.at(-1)?.stake ?? 0n;
  }

  stakeAt(delegator: Address, round: bigint): bigint {
    return this.changes.get(delegator)?.findLast(({ fromRound }) => fromRound <= round)?.stake ?? 0n;
  }

  total(): bigint {
    return sum([...this.changes.keys()].map((delegator) => this.stake(delegator)));
  }

  totalAt(round: bigint): bigint {
    return sum([...this.changes.keys()].map((delegator) => this.stakeAt(delegator, round)));
  }

  setStake(delegator: Address, fromRound: bigint, stake: bigint): void {
    const changes = this.changes.get(delegator) ?? [];
    this.changes.set(delegator, [...changes, { fromRound, stake }]);
  }
}

const MAX_MINIMUM_STAKE = 1_000_000n * ONE;
const MIN_UNBONDING_PERIOD = 1n;
const MAX_UNBONDING_PERIOD = 365n;

/** Holds bonded LPT, says who is active, divides the fees of each round. */
export class Bonding {
  readonly bonding = new Switch();
  readonly address: Address;
  parameters: BondingParameters;

  readonly #rounds: Rounds;
  readonly #ether: Balances;
  readonly #token: Token;
  readonly #broker: Broker;
  readonly #pools = new Map<Address, Pool>();
  readonly #behind = new Map<Address, Address>();
  readonly #locks = new Map<Address, Lock[]>();

  constructor(
    rounds: Rounds,
    ether: Balances,
    token: Token,
    broker: Broker,
    address: Address,
    parameters: BondingParameters,
  ) {
    this.#rounds = rounds;
    this.#ether = ether;
    this.#token = token;
    this.#broker = broker;
    this.address = address;
    this.parameters = parameters;
  }

  // --- Orchestrators ---

  register(caller: Address, rewardCut: bigint, feeShare: bigint): void {
    this.bonding.requireOn();
    need(rewardCut <= ONE, "BondingManagerRatioOutOfBounds", rewardCut, ONE);
    need(feeShare <= ONE, "BondingManagerRatioOutOfBounds", feeShare, ONE);
    const behind = this.orchestratorOf(caller);
    need(!this.isRegistered(caller), "BondingManagerAlreadyRegistered", caller);
    need(behind === ZERO_ADDRESS, "BondingManagerBondedElsewhere", behind, caller);

    const pool = this.#poolOf(caller);
    Object.assign(pool, { rewardCut, feeShare, registered: true, registeredRound: this.#rounds.current });
    this.#behind.set(caller, caller);
    this.#refresh(caller);
  }

  /** Brings the stored flag up to date and answers it. */
  poke(orchestrator: Address): boolean {
    need(this.isRegistered(orchestrator), "BondingManagerNotRegistered", orchestrator);

    return this.#refresh(orchestrator);
  }

  // --- Stake ---

  /** Stake counts from the next round on. */
  bond(caller: Address, amount: bigint, orchestrator: Address): void {
    this.bonding.requireOn();
    const behind = this.orchestratorOf(caller);
    need(amount !== 0n, "BondingManagerZeroAmount");
    need(this.isRegistered(orchestrator), "BondingManagerNotRegistered", orchestrator);
    const free = behind === ZERO_ADDRESS || behind === orchestrator;
    need(free, "BondingManagerBondedElsewhere", behind, orchestrator);
    this.#token.take(caller, this.address, amount);

    const pool = this.#poolOf(orchestrator);
    this.#behind.set(caller, orchestrator);
    pool.setStake(caller, this.#rounds.current + 1n, pool.stake(caller) + amount);
    this.#refresh(orchestrator);
  }

  /** Stake stops counting from the next round on. Answers the number of the lock. */
  unbond(caller: Address, amount: bigint): bigint {
    const orchestrator = this.orchestratorOf(caller);
    const pool = this.#poolOf(orchestrator);
    const stake = pool.stake(caller);
    need(amount !== 0n, "BondingManagerZeroAmount");
    need(stake >= amount, "BondingManagerInsufficientStake", stake, amount);

    const round = this.#rounds.current;
    const locks = this.#locks.get(caller) ?? [];
    this.#locks.set(caller, [...locks, { amount, withdrawRound: round + this.parameters.unbondingPeriod }]);
    if (stake === amount && orchestrator !== caller) this.#behind.delete(caller);
    pool.setStake(caller, round + 1n, stake - amount);
    this.#refresh(orchestrator);
    return BigInt(locks.length);
  }

  withdrawStake(caller: Address, lockId: bigint): void {
    const round = this.#rounds.current;
    const lock = this.lock(caller, lockId);
    need(lock.amount !== 0n, "BondingManagerNoSuchLock", caller, lockId);
    need(round >= lock.withdrawRound, "BondingManagerWithdrawTooEarly", round, lock.withdrawRound);

    this.#locks.get(caller)![Number(lockId)] = { amount: 0n, withdrawRound: 0n };
    this.#token.balances.move(this.address, caller, lock.amount);
  }

  // --- Fees ---

  /** Pays the caller's parts of what `orchestrator` earned in `rounds`, all or nothing. Answers the amount. */
  withdrawFees(caller: Address, orchestrator: Address, rounds: readonly bigint[], receiver: Address): bigint {
    need(receiver !== ZERO_ADDRESS, "BondingManagerZeroReceiver");
    const pool = this.#poolOf(orchestrator);
    const named = new Set<bigint>();
    for (const round of rounds) {
      const claimed = named.has(round) || pool.claimed.has(`${caller}/${round}`);
      need(!claimed, "BondingManagerFeesClaimed", caller, orchestrator, round);
      named.add(round);
      if (!pool.fees.has(round)) this.#broker.requireClosed(round);
    }

    let amount = 0n;
    for (const round of rounds) {
      pool.claimed.add(`${caller}/${round}`);
      const fees = pool.fees.get(round) ?? this.#broker.pullFees(this.address, orchestrator, round);
      pool.fees.set(round, fees);
      amount += this.#partOf(pool, orchestrator, caller, round, fees);
    }
    this.#ether.move(this.address, receiver, amount);
    return amount;
  }

  // --- Governance ---

  setParameters(next: BondingParameters): void {
    const { minimumStake, minimumSelfStake, unbondingPeriod } = next;
    need(minimumStake <= MAX_MINIMUM_STAKE, "BondingManagerMinimumOutOfBounds", minimumStake, MAX_MINIMUM_STAKE);
    need(minimumSelfStake <= minimumStake, "BondingManagerMinimumOutOfBounds", minimumSelfStake, minimumStake);
    need(
      unbondingPeriod >= MIN_UNBONDING_PERIOD && unbondingPeriod <= MAX_UNBONDING_PERIOD,
      "BondingManagerPeriodOutOfBounds",
      unbondingPeriod,
      MIN_UNBONDING_PERIOD,
      MAX_UNBONDING_PERIOD,
    );

    this.parameters = next;
  }

  // --- Views ---

  isRegistered(orchestrator: Address): boolean {
    return this.#pools.get(orchestrator)?.registered ?? false;
  }

  orchestrator(address: Address): Orchestrator {
    const pool = this.#poolOf(address);
    return {
      rewardCut: pool.rewardCut,
      feeShare: pool.feeShare,
      totalStake: pool.total(),
      selfStake: pool.stake(address),
      active: pool.active,
      registeredRound: pool.registeredRound,
    };
  }

  /** Behind whom `delegator` stands; the zero address: nobody. */
  orchestratorOf(delegator: Address): Address {
    return this.#behind.get(delegator) ?? ZERO_ADDRESS;
  }

  stake(delegator: Address): bigint {
    return this.#poolOf(this.orchestratorOf(delegator)).stake(delegator);
  }

  lockCount(delegator: Address): bigint {
    return BigInt(this.#locks.get(delegator)?.length ?? 0);
  }

  lock(delegator: Address, lockId: bigint): Lock {
    return this.#locks.get(delegator)?.[Number(lockId)] ?? { amount: 0n, withdrawRound: 0n };
  }

  stakeAt(delegator: Address, orchestrator: Address, round: bigint): bigint {
    return this.#poolOf(orchestrator).stakeAt(delegator, round);
  }

  totalStakeAt(orchestrator: Address, round: bigint): bigint {
    return this.#poolOf(orchestrator).totalAt(round);
  }

  /** {wei ETH} What `withdrawFees` would pay now for one round; 0 if it is open or claimed. */
  claimableFees(delegator: Address, orchestrator: Address, round: bigint): bigint {
    const pool = this.#poolOf(orchestrator);
    if (pool.claimed.has(`${delegator}/${round}`)) return 0n;
    const pulled = pool.fees.get(round);
    if (pulled === undefined && this.#rounds.current <= this.#broker.lastRedemptionRound(round)) return 0n;
    const fees = pulled ?? this.#broker.feesOf(orchestrator, round);
    return this.#partOf(pool, orchestrator, delegator, round, fees);
  }

  // --- Internals ---

  /** The shared part of the fees goes to the stake of the round pro rata, rounded down; the orchestrator keeps the rest. */
  #partOf(pool: Pool, orchestrator: Address, delegator: Address, round: bigint, fees: bigint): bigint {
    const total = pool.totalAt(round);
    if (total === 0n) return delegator === orchestrator ? fees : 0n;
    const shared = (fees * pool.feeShare) / ONE;
    const part = (shared * pool.stakeAt(delegator, round)) / total;
    return delegator === orchestrator ? part + fees - shared : part;
  }

  #refresh(orchestrator: Address): boolean {
    const { minimumStake, minimumSelfStake } = this.parameters;
    const pool = this.#poolOf(orchestrator);
    pool.active = pool.total() >= minimumStake && pool.stake(orchestrator) >= minimumSelfStake;
    return pool.active;
  }

  #poolOf(orchestrator: Address): Pool {
    const pool = this.#pools.get(orchestrator) ?? new Pool();
    this.#pools.set(orchestrator, pool);
    return pool;
  }
}

const sum = (values: readonly bigint[]): bigint => values.reduce((a, b) => a + b, 0n);
