import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { JumpableRandomGenerator } from "pure-rand/types/JumpableRandomGenerator";

/** Random numbers that a seed determines. */
export class Random {
  readonly #generator: JumpableRandomGenerator;

  /** @param stream another one is independent of it: what uses one does not shift the other */
  constructor(seed: number, stream: number) {
    this.#generator = xoroshiro128plus(seed);
    for (let jump = 0; jump < stream; jump++) this.#generator.jump();
  }

  /** From 0 up to but not including 1. */
  fraction(): number {
    return uniformFloat64(this.#generator);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[uniformInt(this.#generator, 0, items.length - 1)];
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  }

  /** The same items in another order. */
  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let last = shuffled.length - 1; last > 0; last--) {
      const other = uniformInt(this.#generator, 0, last);
      [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
    }
    return shuffled;
  }
}
