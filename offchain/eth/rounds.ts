import type { Logger } from "pino";
import type { Heads } from "./heads.ts";
import type { Schedule } from "./schedule.ts";

export interface RoundClockModules {
  readonly heads: Pick<Heads, "recent">;
  readonly schedule: Pick<Schedule, "roundAt">;
  readonly log: Logger;
}

/**
 * The current round as the contracts have it: that of the head's time, looked at every `pollMs`; between looks the last answer stands. No round begins
 * without a block.
 */
export class RoundClock {
  readonly #modules: RoundClockModules;
  readonly #timer: NodeJS.Timeout;
  #current: number;

  private constructor(modules: RoundClockModules, current: number, pollMs: number) {
    this.#modules = modules;
    this.#current = current;
    this.#timer = setInterval(() => void this.#poll(), pollMs);
    this.#timer.unref();
  }

  static async start(pollMs: number, modules: RoundClockModules): Promise<RoundClock> {
    const { time } = await modules.heads.recent();
    return new RoundClock(modules, Number(await modules.schedule.roundAt(BigInt(time))), pollMs);
  }

  current(): number {
    return this.#current;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #poll(): Promise<void> {
    const { heads, schedule, log } = this.#modules;
    try {
      const time = BigInt((await heads.recent()).time);
      let round = Number(await schedule.roundAt(time));
      // What may have changed the schedule holds from here on.
      if (round !== this.#current) round = Number(await schedule.roundAt(time, { fresh: true }));
      this.#current = round;
    } catch (error) {
      // A chain that is away for a while stops no stream: the round is still good for tickets until they are refused.
      log.warn({ err: error }, "round not read");
    }
  }
}
