import type { Orchestrator } from "../actors/population.ts";
import type { Address } from "../model/money.ts";
import type { Random } from "./random.ts";
import type { Scenario } from "./scenario.ts";

/** {wei ETH} The finest difference between two amounts of fees. */
const GWEI = 10n ** 9n;

/** What broadcasters pay, whatever stake is behind the orchestrators that work for them. */
export class Demand {
  readonly #noise: number;
  readonly #shocks: Scenario["demand"]["shocks"];
  /** {ETH per round} */
  readonly #average: Map<Address, number>;
  readonly #random: Random;

  constructor({ noise, shocks }: Scenario["demand"], orchestrators: readonly Orchestrator[], random: Random) {
    this.#noise = noise;
    this.#shocks = shocks;
    this.#average = new Map(orchestrators.map(({ name, fees }) => [name, fees]));
    this.#random = random;
  }

  /** {wei ETH} By orchestrator, for the tickets of `round`; to be asked once for each round, in their order. */
  draw(round: number): Map<Address, bigint> {
    for (const shock of this.#shocks) {
      if (shock.round !== round) continue;
      for (const [name, fees] of Object.entries(shock.fees)) this.#average.set(name, fees);
    }
    return new Map(
      [...this.#average].map(([name, average]) => {
        const fees = average * (1 + this.#noise * (2 * this.#random.fraction() - 1));
        return [name, BigInt(Math.round(fees * 1e9)) * GWEI];
      }),
    );
  }
}
