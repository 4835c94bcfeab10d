import type { Amount } from "./steps.ts";

const UINT96 = 2n ** 96n;

/** The wei that an amount means beside `reference`. */
export function resolve({ size, n }: Amount, reference: bigint, unit: bigint): bigint {
  switch (size) {
    case "zero":
      return 0n;
    case "dust":
      return 1n + BigInt(n % 3);
    case "usual":
      return unit * BigInt(1 + n);
    case "part":
      return (reference * BigInt(n)) / 1_000n;
    case "all":
      return reference;
    case "over":
      return reference + 1n + BigInt(n % 2);
    case "huge":
      return UINT96 - BigInt(n % 3);
  }
}

export const sum = (values: readonly bigint[]): bigint => values.reduce((a, b) => a + b, 0n);
