import type { Logger } from "pino";
import type { RoundsManager } from "../../types/index.ts";

/** The current round, read again every `pollMs`; between reads the last answer stands. */
export class RoundClock {
  readonly #rounds: RoundsManager;
  readonly #log: Logger;
  #current: number;
  #timer: NodeJS.Timeout;

  private constructor(rounds: RoundsManager, current: number, pollMs: number, log: Logger) {
    this.#rounds = rounds;
    this.#current = current;
    this.#log = log;
    this.#timer = setInterval(() => void this.#poll(), pollMs);
    this.#timer.unref();
  }

  static async start(rounds: RoundsManager, pollMs: number, log: Logger): Promise<RoundClock> {
    return new RoundClock(rounds, Number(await rounds.currentRound()), pollMs, log);
  }

  current(): number {
    return this.#current;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #poll(): Promise<void> {
    try {
      this.#current = Number(await this.#rounds.currentRound());
    } catch (error) {
      // A chain that is away for a while stops no stream: the round is still good for tickets until they are refused.
      this.#log.warn({ err: error }, "round not read");
    }
  }
}
