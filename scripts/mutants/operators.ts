import { argument, condition, returned } from "./operators/meaning.ts";
import type { Edit } from "./operators/edit.ts";
import { check, write } from "./operators/statements.ts";
import { bound, comparison, rounding, sign } from "./operators/values.ts";
import type { Place } from "./places.ts";

type Operator = (place: Place) => Iterable<Edit>;

/** How code can be wrong, by the name that reports and identifiers use. */
export const OPERATORS = {
  comparison,
  sign,
  bound,
  rounding,
  check,
  write,
  argument,
  condition,
  return: returned,
} as const satisfies Record<string, Operator>;

export type OperatorName = keyof typeof OPERATORS;

export const OPERATOR_NAMES = Object.keys(OPERATORS) as OperatorName[];
