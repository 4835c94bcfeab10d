import { z } from "zod";
import type { Numbers } from "./report.ts";

const gas = z.int().positive().nullable();

/** {gas} Of an action on a fresh deployment; behind the alpha's proxies, where it imports the position of its sender; and there, where there is nothing left to import. Null: there is none. */
export const alphaSchema = z.record(
  z.string(),
  z.strictObject({ fresh: gas, firstTouch: gas, afterwards: gas, case: z.string() }),
);
export type AlphaCosts = z.infer<typeof alphaSchema>;

/** One number under one name. */
export function flatten(costs: AlphaCosts): Numbers {
  const numbers: [string, number][] = [];
  for (const [name, { fresh, firstTouch, afterwards }] of Object.entries(costs))
    for (const [where, value] of Object.entries({ fresh, firstTouch, afterwards }))
      if (value !== null) numbers.push([`alpha.${name}.${where}`, value]);
  return Object.fromEntries(numbers);
}

export const ALPHA_HEAD = ["after an alpha", "fresh", "first touch", "more", "afterwards", "more"];

export function alphaRows(costs: AlphaCosts): string[][] {
  const show = (value: number | null): string => (value === null ? "–" : value.toLocaleString("en"));
  const more = (value: number | null, fresh: number | null): string =>
    show(value === null || fresh === null ? null : value - fresh);
  return Object.entries(costs).map(([name, { fresh, firstTouch, afterwards }]) => [
    ...[name, show(fresh), show(firstTouch), more(firstTouch, fresh)],
    ...[show(afterwards), more(afterwards, fresh)],
  ]);
}
