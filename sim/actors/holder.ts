import type { Random } from "../engine/random.ts";
import type { Scenario } from "../engine/scenario.ts";
import type { Actor, Wallet } from "./actor.ts";
import { bestOf } from "./best.ts";
import type { View } from "./view.ts";

/** Stakes as long as that returns more than what it could have elsewhere. */
export class Holder implements Actor {
  readonly #settings: Scenario["population"]["holders"][number];
  /** {1 per year} */
  readonly #outsideReturn: number;
  readonly #random: Random;

  constructor(settings: Scenario["population"]["holders"][number], outsideReturn: number, random: Random) {
    this.#settings = settings;
    this.#outsideReturn = outsideReturn;
    this.#random = random;
  }

  act(view: View, wallet: Wallet): void {
    if (wallet.locks.length > 0) {
      for (const lock of wallet.locks) wallet.withdraw(lock);
      return;
    }
    if (!this.#random.chance(this.#settings.review)) return;
    const { memory, margin } = this.#settings;
    const perYear = view.market.roundsPerYear / view.market.lptPrice;

    if (wallet.orchestrator !== null) {
      const earns = view.expectedIncome(wallet.orchestrator, memory) * perYear;
      if (wallet.stake > 0n && earns < this.#outsideReturn - margin) wallet.unbond();
      return;
    }
    const best = bestOf(view.orchestrators, (orchestrator) => view.expectedIncome(orchestrator, memory));
    if (best.income * perYear > this.#outsideReturn + margin)
      wallet.bond(wallet.liquid, this.#random.pick(best.orchestrators));
  }
}
