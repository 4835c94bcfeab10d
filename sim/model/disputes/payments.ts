import type { Address } from "../money.ts";
import { need } from "../refusal.ts";
import type { Context } from "./context.ts";
import { GWEI } from "./parameters.ts";

/** Pays who is owed, and keeps what is not taken. */
export class Payments {
  readonly #context: Context;
  readonly #kept = new Map<Address, bigint>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** {wei ETH} What {@link withdraw} would pay. */
  keptFor(account: Address): bigint {
    return this.#kept.get(account) ?? 0n;
  }

  withdraw(caller: Address): void {
    const amount = this.keptFor(caller);
    need(amount > 0n, "DisputeGameNothingKept", caller);
    need(this.#context.takes(caller, "plenty"), "DisputeGameNotPaid", caller, amount);
    this.#kept.delete(caller);
    this.#pay(caller, amount);
  }

  /** Its own `bond`, and what its moves have cost {gwei ETH} out of what the other side has `lost`; the treasury gets the rest {wei ETH}. */
  payWinner(account: Address, bond: bigint, lost: bigint, costs: bigint): void {
    const refund = costs * GWEI < lost ? costs * GWEI : lost;
    this.send(account, bond + refund);
    this.send(this.#context.treasury, lost - refund);
  }

  send(account: Address, amount: bigint): void {
    if (amount === 0n) return;
    if (this.#context.takes(account, "little")) return this.#pay(account, amount);
    this.#kept.set(account, this.keptFor(account) + amount);
    this.#context.emit("PaymentKept", account, amount);
  }

  #pay(account: Address, amount: bigint): void {
    this.#context.ether.move(this.#context.address, account, amount);
  }
}
