import { History } from "./history.ts";

/** {2^-96} Of a generation that was spared nothing yet. */
export const UNSCARRED = 2n ** 96n;
/** {2^-96} Units with their scars stay within a bound. Beyond it the young pay, too: their pool has lost 99 %. */
export const MAX_SCAR = UNSCARRED << 3n;

/** By round of activation: how many units one that was issued then is {2^-96}, and since when. */
export class Scars {
  readonly #byGeneration = new Map<bigint, History<{ readonly from: bigint; readonly scar: bigint }>>();

  /** Now. */
  of(generation: bigint): bigint {
    return this.#byGeneration.get(generation)?.last?.scar ?? UNSCARRED;
  }

  /** When `round` began. */
  at(generation: bigint, round: bigint): bigint {
    return this.#byGeneration.get(generation)?.at(round)?.scar ?? UNSCARRED;
  }

  /** Past rounds are asked for what they were: a scar counts for them `from` the round after the slash. */
  set(generation: bigint, from: bigint, scar: bigint): void {
    let history = this.#byGeneration.get(generation);
    if (history === undefined) this.#byGeneration.set(generation, (history = new History()));
    history.put({ from, scar });
  }

  /** From which rounds on a generation counts differently. */
  changes(generation: bigint): bigint[] {
    return (this.#byGeneration.get(generation)?.all() ?? []).map(({ from }) => from);
  }
}
