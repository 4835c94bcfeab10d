import { EventEmitter, once } from "node:events";
import type { Logger } from "pino";
import type { Clock } from "../../pm/interface.ts";
import type { Agent } from "./agent.ts";
import type { CourtHead } from "./interface.ts";

export interface AgentLoopOptions {
  /** {ms} How often it is looked whether there is a new block. */
  readonly pollMs: number;
}

export interface AgentLoopModules {
  readonly agent: Agent;
  readonly heads: { recent(): Promise<CourtHead> };
  readonly clock: Clock;
  readonly log: Logger;
}

/** {1} Looks between two readings of what was announced while no dispute is open: a side's clock runs for hours. */
const LOOKS = 5;

/** Lets an agent advance from `start` to `close`: with each new block while a dispute is open, else with one now and then. */
export class AgentLoop {
  readonly #options: AgentLoopOptions;
  readonly #modules: AgentLoopModules;
  readonly #stop = new AbortController();
  readonly #events = new EventEmitter();
  /** The block for which the agent has advanced last. */
  #seen: string | null = null;
  /** {1} Looks since then. */
  #looks = 0;
  #running: Promise<void> | null = null;
  #wake = new AbortController();

  constructor(options: AgentLoopOptions, modules: AgentLoopModules) {
    this.#options = options;
    this.#modules = modules;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** There is something to do that no block tells. */
  notify(): void {
    this.#seen = null;
    this.#wake.abort();
  }

  /** Resolves when no dispute is open. @throws the signal's reason */
  async idle(signal: AbortSignal): Promise<void> {
    while (this.#modules.agent.open > 0) {
      signal.throwIfAborted();
      await once(this.#events, "advanced", { signal }).catch(() => signal.throwIfAborted());
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#modules.agent.close();
    await this.#running;
    // It may have begun a run just then.
    await this.#modules.agent.close();
  }

  async #run(): Promise<void> {
    const { clock } = this.#modules;
    while (!this.#stop.signal.aborted) {
      this.#wake = new AbortController();
      await this.#look();
      this.#events.emit("advanced");
      const signal = AbortSignal.any([this.#stop.signal, this.#wake.signal]);
      await clock.sleep(this.#options.pollMs, signal).catch(() => undefined);
    }
  }

  async #look(): Promise<void> {
    const { agent, heads, log } = this.#modules;
    try {
      this.#looks += 1;
      if (this.#seen !== null && this.#looks < LOOKS && agent.open === 0) return;
      const head = await heads.recent();
      if (head.hash === this.#seen) return;
      this.#seen = head.hash;
      this.#looks = 0;
      await agent.advance(head);
    } catch (error) {
      // A chain that is away for a while ends nothing.
      this.#seen = null;
      log.warn({ err: error }, "disputes not looked after");
    }
  }
}
