import type { RoundsManager, ServiceRegistry } from "../../types/index.ts";
import { ZERO_HASH } from "../verification/messages.ts";
import { ReadCache } from "./read-cache.ts";

/** {ms} An approval is announced more than an unbonding period before it holds, so the answer of a round never changes within it. */
const LIFETIME_MS = 600_000;

/** What judges the receipts of services. */
export class Verifications {
  readonly #registry: ServiceRegistry;
  readonly #rounds: RoundsManager;
  readonly #game: string;
  readonly #programs = new ReadCache<string>(LIFETIME_MS);

  /** @param game address of the contract on which disputes are played */
  constructor(registry: ServiceRegistry, rounds: RoundsManager, game: string) {
    this.#registry = registry;
    this.#rounds = rounds;
    this.#game = game;
  }

  /**
   * Program that judges a receipt of the service, as bytes32; zero when there is none, or on a contract of another kind.
   * @param timestamp {s, Unix} of the receipt
   */
  async programFor(service: string, timestamp: number): Promise<string> {
    const round = await this.#rounds.roundAt(timestamp);
    return this.#programs.get(`${service} ${round}`, async () => {
      const { module, program } = await this.#registry.verificationAt(service, round);
      return module === this.#game ? program : ZERO_HASH;
    });
  }
}
