import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Clock, Randomness } from "../pm/interface.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }),
};

/** In [0, 1), not to be foreseen by those who have seen others. */
export const systemDraw = (): number => randomBytes(6).readUIntBE(0, 6) / 2 ** 48;

export const systemRandomness: Randomness = (length) => randomBytes(length);
