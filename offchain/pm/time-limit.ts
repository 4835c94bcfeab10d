import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "./interface.ts";

export interface LimitOptions {
  /** The system's, if there is none. */
  readonly clock?: Pick<Clock, "sleep">;
  readonly signal?: AbortSignal;
}

const SYSTEM: Pick<Clock, "sleep"> = { sleep: (ms, signal) => delay(ms, undefined, signal && { signal }) };

/** A promise's value, unless it takes longer than `ms` or the signal aborts. */
export async function within<T>(
  promise: Promise<T>,
  ms: number,
  { clock = SYSTEM, signal }: LimitOptions = {},
): Promise<T> {
  const answered = new AbortController();
  const over = signal === undefined ? answered.signal : AbortSignal.any([answered.signal, signal]);
  const late = clock.sleep(ms, over).then(() => {
    throw new Error(`no answer within ${ms} ms`);
  });
  try {
    // Handles the one that comes second as well, however it ends.
    return await Promise.race([promise, late]);
  } finally {
    answered.abort(new Error("answered"));
  }
}

/** The same port with a limit on each of its calls: one that never answers stops only who asked. */
export function withTimeLimit<P extends object>(port: P, ms: number, clock: Clock, signal: AbortSignal): P {
  return new Proxy(port, {
    get(target, name): unknown {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return (...args: unknown[]): unknown => {
        const answer: unknown = Reflect.apply(member, target, args);
        return answer instanceof Promise ? within(answer, ms, { clock, signal }) : answer;
      };
    },
  });
}
