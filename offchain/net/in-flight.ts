import type { FastifyInstance } from "fastify";

/** The requests of a server that are not answered to the last byte. */
export class InFlight {
  #count = 0;
  readonly #waiting = new Set<() => void>();

  /** @param server without routes: those that it already has are not counted */
  constructor(server: FastifyInstance) {
    server.addHook("onRequest", (_request, reply, done) => {
      this.#count++;
      // Whether it was sent or its reader has gone.
      reply.raw.once("close", () => {
        this.#count--;
        if (this.#count > 0) return;
        for (const wake of this.#waiting) wake();
      });
      done();
    });
  }

  /** Resolves when there is none, or when the signal fires. */
  async ended(signal: AbortSignal): Promise<void> {
    if (this.#count === 0 || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    this.#waiting.delete(resolve);
  }
}
