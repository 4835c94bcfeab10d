import { EventEmitter, once } from "node:events";
import type { Logger } from "pino";
import type { Clock } from "../../pm/interface.ts";
import type { Agent } from "./agent.ts";
import type { Court } from "./interface.ts";

export interface AgentLoopOptions {
  /** {ms} How often the chain is asked for a new block. */
  readonly pollMs: number;
}

export interface AgentLoopModules {
  readonly agent: Agent;
  readonly court: Pick<Court, "head">;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Lets an agent advance with each new block, from `start` to `close`. */
export class AgentLoop {
  readonly #options: AgentLoopOptions;
  readonly #modules: AgentLoopModules;
  readonly #stop = new AbortController();
  readonly #events = new EventEmitter();
  /** The block for which the agent has advanced last. */
  #seen: string | null = null;
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
    const { agent, court, log } = this.#modules;
    try {
      const head = await court.head();
      if (head.hash === this.#seen) return;
      this.#seen = head.hash;
      await agent.advance(head);
    } catch (error) {
      // A chain that is away for a while ends nothing.
      this.#seen = null;
      log.warn({ err: error }, "disputes not looked after");
    }
  }
}
