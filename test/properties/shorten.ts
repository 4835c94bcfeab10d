import { PATIENCE, SHRINKING } from "./effort.ts";

/** Steps of a sequence that fails, without all that the failure does not need, as far as time allows. */
export async function shorten<T>(steps: readonly T[], run: (steps: readonly T[]) => Promise<void>): Promise<T[]> {
  const fails = (fewer: readonly T[]): Promise<boolean> =>
    run(fewer).then(
      () => false,
      () => true,
    );
  const until = performance.now() + SHRINKING * PATIENCE;
  let shortest = [...steps];
  for (let size = steps.length >> 1; size > 0; size >>= 1) {
    for (let at = shortest.length - size; at >= 0; at -= size) {
      if (performance.now() > until) return shortest;
      const rest = shortest.toSpliced(at, size);
      if (await fails(rest)) shortest = rest;
    }
  }
  return shortest;
}
