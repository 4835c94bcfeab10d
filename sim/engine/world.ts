import type { Wallet } from "../actors/actor.ts";
import { View, type PublicPool, type PublicRound } from "../actors/view.ts";
import type { Address } from "../model/money.ts";
import { Rounds } from "../model/rounds.ts";
import { Staking } from "../model/staking/staking.ts";
import { AccountWallet } from "./account-wallet.ts";
import type { Scenario } from "./scenario.ts";

const YEAR = 365 * 86_400;

/** {round} How often everybody withdraws fees; when, changes nothing for anybody. */
const PAY_EVERY = 10;

/** A round as the chain completes it. */
interface Record extends PublicRound {
  rewards: bigint | null;
  pools: ReadonlyMap<Address, PublicPool>;
}

/** {wei LPT} What is not bonded, and whose it is. */
export class Liquid {
  readonly #balances = new Map<Address, bigint>();
  total = 0n;

  of(name: Address): bigint {
    return this.#balances.get(name) ?? 0n;
  }

  add(name: Address, amount: bigint): void {
    const balance = this.of(name) + amount;
    if (balance < 0n) throw new RangeError(`${name} has ${this.of(name)} wei, not ${-amount}`);
    this.#balances.set(name, balance);
    this.total += amount;
  }
}

/** The protocol, everybody's LPT, and what can be read of it all. */
export class World {
  readonly rounds: Rounds;
  readonly staking: Staking;
  readonly liquid = new Liquid();
  readonly #scenario: Scenario;
  readonly #records: Record[] = [];
  /** {wei ETH} By round, then by orchestrator: tickets that are not redeemed yet. */
  readonly #tickets = new Map<number, ReadonlyMap<Address, bigint>>();
  #paid: Record | undefined;
  /** {wei ETH} Fees that the protocol was given. */
  #booked = 0n;
  readonly #orchestrators: Address[] = [];
  readonly #accounts = new Map<Address, { readonly amount: bigint; fees: bigint }>();

  /** Round 0 is for everybody to take their places. */
  constructor(scenario: Scenario) {
    const { roundLength, ticketValidity: _, supply, inflation, ...parameters } = scenario.protocol;
    this.#scenario = scenario;
    this.rounds = new Rounds({ startTime: 0n, startRound: 0n, length: BigInt(roundLength) });
    this.staking = new Staking(this.rounds, supply, inflation, {
      ...parameters,
      unbondingPeriod: BigInt(parameters.unbondingPeriod),
      commissionNotice: BigInt(parameters.commissionNotice),
      challengeWindow: BigInt(parameters.challengeWindow),
      jailPeriod: BigInt(parameters.jailPeriod),
      faultAllowance: BigInt(parameters.faultAllowance),
      faultPeriod: BigInt(parameters.faultPeriod),
    });
  }

  view(): View {
    const { market, protocol } = this.#scenario;
    return new View({
      rounds: this.#records,
      paid: this.#paid,
      accounts: this.#accounts,
      market: { ...market, roundsPerYear: YEAR / protocol.roundLength },
    });
  }

  wallet(name: Address): Wallet {
    return new AccountWallet(name, this);
  }

  /** Somebody comes with LPT. */
  join(name: Address, amount: bigint): void {
    this.liquid.add(name, amount);
    this.#accounts.set(name, { amount, fees: 0n });
  }

  register(name: Address, commission: PublicPool["commission"], amount: bigint): void {
    this.staking.register(name, commission, amount);
    this.liquid.add(name, -amount);
    this.#orchestrators.push(name);
  }

  /** To the moment of the next round from which on the stake that left in the one before is not liable any more. */
  nextRound(): void {
    const before = this.staking.emission.minted.stakers;
    this.rounds.now = this.rounds.startOf(this.rounds.current + 1n) + BigInt(this.#scenario.protocol.challengeWindow);
    const round = Number(this.rounds.current);
    this.#redeem(round - this.#scenario.protocol.ticketValidity - 1);
    // Nobody has to: it brings up to date what is read below, where fees did not.
    for (const name of this.#orchestrators) {
      if (this.staking.pool(name).round < this.rounds.current) this.staking.reward(name);
    }

    const { emission } = this.staking;
    const last = this.#records.at(-1);
    if (last !== undefined) last.rewards = emission.minted.stakers - before;
    this.#records.push({
      round,
      supply: emission.supply,
      active: emission.active,
      rewards: null,
      inflation: emission.inflation,
      pools: new Map(this.#orchestrators.map((name) => [name, this.#publicPool(name)])),
    });
    this.#checkConservation();
  }

  /** Broadcasters pay with tickets of the present round. */
  work(fees: ReadonlyMap<Address, bigint>): void {
    this.#tickets.set(Number(this.rounds.current), fees);
  }

  /** Books the fees of a round none of whose tickets can be redeemed any more. */
  #redeem(round: number): void {
    const tickets = this.#tickets.get(round);
    const record = this.#records.findLast((record) => record.round === round);
    if (tickets === undefined || record === undefined) return;
    this.#tickets.delete(round);
    const pools = new Map<Address, PublicPool>();
    for (const [name, pool] of record.pools) {
      const fees = tickets.get(name) ?? 0n;
      if (fees > 0n) this.staking.addFees(name, BigInt(round), fees);
      this.#booked += fees;
      pools.set(name, { ...pool, fees });
    }
    record.pools = pools;
    this.#paid = record;
    if (this.#booked > 0n && round % PAY_EVERY === 0) this.#payFees();
  }

  /** Everybody withdraws. All of the fees are somebody's, but for what each claim and each division among the stake rounded off. */
  #payFees(): void {
    let total = 0n;
    for (const [name, account] of this.#accounts) {
      account.fees += this.staking.withdrawFees(name);
      total += account.fees;
    }
    const left = this.#booked - total;
    const dust = 2n * BigInt(this.#records.length * this.#accounts.size);
    if (left < 0n || left > dust) throw new Error(`of ${this.#booked} wei ETH in fees, ${total} were paid`);
  }

  #publicPool(name: Address): PublicPool {
    const { commission, stake } = this.staking.pool(name);
    return { commission, stake, selfStake: this.staking.stakeOf(name), fees: null };
  }

  /** All LPT is somewhere. */
  #checkConservation(): void {
    const { emission, held } = this.staking;
    const found = this.liquid.total + held + emission.minted.treasury;
    if (found !== emission.supply) throw new Error(`of ${emission.supply} wei LPT, ${found} are somewhere`);
  }
}
