// Loaded before a program (`node --import …/shifted-clock.ts?seconds=90`): its clock is so many seconds ahead, or behind if negative.
const shift = 1_000 * Number(new URL(import.meta.url).searchParams.get("seconds"));
const RightDate = Date;

class ShiftedDate extends RightDate {
  constructor(...given: [] | [string | number]) {
    if (given.length === 0) super(RightDate.now() + shift);
    else super(...given);
  }

  static override now(): number {
    return RightDate.now() + shift;
  }
}

globalThis.Date = ShiftedDate as DateConstructor;
