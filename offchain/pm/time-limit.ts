import type { Clock } from "./interface.ts";

/** A promise's value, unless it takes longer than `ms` or the signal aborts. */
export async function within<T>(promise: Promise<T>, ms: number, clock: Clock, signal: AbortSignal): Promise<T> {
  const answered = new AbortController();
  const late = clock.sleep(ms, AbortSignal.any([answered.signal, signal])).then(() => {
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
        return answer instanceof Promise ? within(answer, ms, clock, signal) : answer;
      };
    },
  });
}
