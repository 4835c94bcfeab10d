import type { Wallet } from "../actors/actor.ts";
import type { Address } from "../model/money.ts";
import type { World } from "./world.ts";

/** Acts on the protocol for one account. */
export class AccountWallet implements Wallet {
  readonly #name: Address;
  readonly #world: World;

  constructor(name: Address, world: World) {
    this.#name = name;
    this.#world = world;
  }

  get liquid(): bigint {
    return this.#world.liquid.of(this.#name);
  }

  get stake(): bigint {
    return this.#world.staking.stakeOf(this.#name);
  }

  get orchestrator(): Address | null {
    return this.#world.staking.account(this.#name).orchestrator;
  }

  get locks(): readonly number[] {
    return [...this.#world.staking.account(this.#name).locks.keys()];
  }

  bond(amount: bigint, orchestrator: Address): void {
    this.#world.staking.bond(this.#name, amount, orchestrator);
    this.#world.liquid.add(this.#name, -amount);
  }

  unbond(): void {
    const all = this.stake + this.#world.staking.waitingOf(this.#name);
    this.#world.liquid.add(this.#name, this.#world.staking.unbond(this.#name, all).paid);
  }

  rebond(id: number, orchestrator: Address): boolean {
    const { staking, rounds } = this.#world;
    const lock = staking.account(this.#name).locks.get(id)!;
    if (rounds.now < rounds.startOf(lock.round + 1n) + staking.parameters.challengeWindow) return false;
    staking.rebond(this.#name, id, orchestrator);
    return true;
  }

  withdraw(id: number): boolean {
    const { staking, rounds } = this.#world;
    const lock = staking.account(this.#name).locks.get(id)!;
    if (rounds.current < lock.withdrawRound) return false;
    this.#world.liquid.add(this.#name, staking.withdrawStake(this.#name, id));
    return true;
  }
}
