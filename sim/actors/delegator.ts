import type { Random } from "../engine/random.ts";
import type { Scenario } from "../engine/scenario.ts";
import type { Address } from "../model/money.ts";
import type { Actor, Wallet } from "./actor.ts";
import { bestOf } from "./best.ts";
import { toNumber, type View } from "./view.ts";

/** Rounds in which moving stake earns nothing: it leaves at the end of one and is bonded in the next. */
const ROUNDS_BETWEEN = 1;

/** Is always staked, and moves to where the income is better by more than moving costs. */
export class Delegator implements Actor {
  readonly #settings: Scenario["population"]["delegators"][number];
  readonly #random: Random;
  #destination: Address | null = null;

  constructor(settings: Scenario["population"]["delegators"][number], random: Random) {
    this.#settings = settings;
    this.#random = random;
  }

  act(view: View, wallet: Wallet): void {
    if (this.#destination !== null) return this.#arrive(wallet, this.#destination);
    if (!this.#random.chance(this.#settings.review)) return;
    this.#destination = this.#betterPlace(view, wallet);
    if (this.#destination !== null) wallet.unbond();
  }

  #arrive(wallet: Wallet, destination: Address): void {
    const arrived = wallet.locks.map((lock) => wallet.rebond(lock, destination));
    if (arrived.every((done) => done)) this.#destination = null;
  }

  #betterPlace(view: View, { orchestrator, stake }: Wallet): Address | null {
    if (orchestrator === null || stake === 0n) return null;
    const { memory, horizon, switchingCost } = this.#settings;
    const own = toNumber(stake);
    const stays = view.expectedIncome(orchestrator, memory);
    const others = view.orchestrators.filter((other) => other !== orchestrator);
    if (others.length === 0) return null;
    const best = bestOf(others, (other) => view.expectedIncome(other, memory, own));
    const gain = (best.income * (horizon - ROUNDS_BETWEEN) - stays * horizon) * own;
    return gain > switchingCost ? this.#random.pick(best.orchestrators) : null;
  }
}
