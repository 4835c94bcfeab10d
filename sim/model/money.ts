import { need } from "./refusal.ts";

/** An address with its checksum. */
export type Address = string;

export const ZERO_ADDRESS: Address = "0x0000000000000000000000000000000000000000";

/** {1e18 = 1} One whole on the only ratio scale. */
export const ONE = 10n ** 18n;

/** Who has how much of one currency {wei}. */
export class Balances {
  readonly #balances = new Map<Address, bigint>();

  of(account: Address): bigint {
    return this.#balances.get(account) ?? 0n;
  }

  create(account: Address, amount: bigint): void {
    this.#balances.set(account, this.of(account) + amount);
  }

  move(from: Address, to: Address, amount: bigint): void {
    if (this.of(from) < amount) throw new RangeError(`${from} has ${this.of(from)} wei, not ${amount}`);
    this.#balances.set(from, this.of(from) - amount);
    this.#balances.set(to, this.of(to) + amount);
  }
}

/** LPT, as far as one contract meets it: balances, and what each owner allows that contract to take. */
export class Token {
  static readonly UNLIMITED = 2n ** 256n - 1n;

  readonly balances = new Balances();
  readonly #allowances = new Map<Address, bigint>();

  allowance(owner: Address): bigint {
    return this.#allowances.get(owner) ?? 0n;
  }

  approve(owner: Address, amount: bigint): void {
    this.#allowances.set(owner, amount);
  }

  /** Moves `amount` from `owner` to `spender`, which asks for it. */
  take(owner: Address, spender: Address, amount: bigint): void {
    const allowance = this.allowance(owner);
    const balance = this.balances.of(owner);
    need(allowance >= amount, "ERC20InsufficientAllowance", spender, allowance, amount);
    need(balance >= amount, "ERC20InsufficientBalance", owner, balance, amount);
    if (allowance !== Token.UNLIMITED) this.approve(owner, allowance - amount);
    this.balances.move(owner, spender, amount);
  }
}

/** A switch that governance turns. */
export class Switch {
  paused = false;

  requireOn(): void {
    need(!this.paused, "EnforcedPause");
  }

  pause(): void {
    need(!this.paused, "EnforcedPause");
    this.paused = true;
  }

  unpause(): void {
    need(this.paused, "ExpectedPause");
    this.paused = false;
  }
}
