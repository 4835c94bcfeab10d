import type { ServiceRegistry } from "../../types/index.ts";
import { ZERO_HASH } from "../verification/messages.ts";
import { ReadCache } from "./read-cache.ts";
import type { Schedule } from "./schedule.ts";

/** {ms} An approval is announced more than an unbonding period before it holds, so the answer of a round never changes within it. */
const LIFETIME_MS = 600_000;
/** What judges the receipts of services. */
export class Verifications {
  readonly #registry: ServiceRegistry;
  readonly #schedule: Schedule;
  readonly #game: string;
  readonly #programs: ReadCache<string>;

  /**
   * @param game    address of the contract on which disputes are played
   * @param graceMs {ms} for which what is known stands while the chain does not answer
   */
  constructor(registry: ServiceRegistry, schedule: Schedule, game: string, graceMs = 0) {
    this.#registry = registry;
    this.#schedule = schedule;
    this.#game = game;
    this.#programs = new ReadCache({ lifetimeMs: LIFETIME_MS, graceMs: LIFETIME_MS + graceMs });
  }

  /**
   * Reads what will be asked of these services now and in the next round, so that a chain that goes away later stops nobody.
   * @throws StreamflowError ChainUnreachable
   */
  async readAhead(services: readonly string[], timestamp: number): Promise<void> {
    const round = await this.#schedule.roundAt(BigInt(timestamp));
    await Promise.all(services.flatMap((of) => [this.#program(of, round), this.#program(of, round + 1n)]));
  }

  /**
   * Program that judges a receipt of the service, as bytes32; zero when there is none, or on a contract of another kind.
   * @param timestamp {s, Unix} of the receipt
   */
  async programFor(service: string, timestamp: number): Promise<string> {
    const round = await this.#schedule.roundAt(BigInt(timestamp));
    // The chain may be away when the next one begins.
    this.#program(service, round + 1n).catch(() => undefined);
    return this.#program(service, round);
  }

  #program(service: string, round: bigint): Promise<string> {
    return this.#programs.get(`${service} ${round}`, async () => {
      const { module, program } = await this.#registry.verificationAt(service, round);
      return module === this.#game ? program : ZERO_HASH;
    });
  }
}
