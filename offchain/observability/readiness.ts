import { messageOf } from "../errors.ts";
import type { ReadyCheck } from "./interface.ts";

/** What a role must have before work can be sent to it. A part that has said nothing yet is starting. */
export class Readiness {
  readonly #checks: Map<string, ReadyCheck>;

  /** @param parts all that will be provided */
  constructor(parts: readonly string[]) {
    this.#checks = new Map(parts.map((part) => [part, () => "starting"]));
  }

  provide(part: string, check: ReadyCheck): void {
    this.#checks.set(part, check);
  }

  /** Why it is not ready, by part; empty when it is. */
  async reasons(): Promise<Record<string, string>> {
    const all = await Promise.all(
      [...this.#checks].map(async ([part, check]) => {
        try {
          return [part, await check()] as const;
        } catch (error) {
          return [part, messageOf(error).slice(0, 200)] as const;
        }
      }),
    );
    return Object.fromEntries(all.filter((entry): entry is readonly [string, string] => entry[1] !== null));
  }
}

/** A check that asks somebody else: at most once in a while, and once at a time, however often it is asked itself. */
export function atMostEvery(ms: number, check: () => Promise<string | null>): () => Promise<string | null> {
  let last: { readonly at: number; readonly answer: Promise<string | null> } | undefined;
  return () => {
    const now = performance.now();
    if (last === undefined || now - last.at >= ms) {
      last = { at: now, answer: check().catch((error: unknown) => messageOf(error).slice(0, 200)) };
    }
    return last.answer;
  };
}
