import type { World } from "./world.ts";

/** Does a part of a scenario; what it throws is told with its name. */
export type Step = <T>(name: string, act: () => Promise<T>) => Promise<T>;

/** Something that people do with the protocol, from accounts of their own: on a new deployment, or on the copy of one that has been used for years. */
export interface Scenario {
  /** A sentence that is true if it works. */
  readonly name: string;
  /** @throws what is wrong */
  run(world: World, step: Step): Promise<void>;
}
