import fc from "fast-check";

/** Selectors wrap around whatever there is to choose from. */
export type Act =
  | { readonly do: "setServiceURI"; readonly by: number; readonly length: number }
  | { readonly do: "setServices"; readonly by: number; readonly names: readonly number[]; readonly sorted: boolean }
  | { readonly do: "setRegions"; readonly by: number; readonly cells: readonly number[]; readonly sorted: boolean }
  | { readonly do: "refresh"; readonly by: number; readonly who: number }
  | { readonly do: "defineService"; readonly by: number; readonly name: number; readonly length: number }
  | { readonly do: "withdrawService"; readonly by: number | null; readonly name: number }
  | { readonly do: "approveVerification"; readonly name: number; readonly module: number; readonly program: number }
  | { readonly do: "cancelVerification"; readonly name: number }
  | { readonly do: "setDeposit"; readonly deposit: bigint }
  | { readonly do: "switch"; readonly pause: boolean }
  | { readonly do: "allow"; readonly by: number; readonly amount: bigint }
  | {
      readonly do: "stake";
      readonly by: number;
      readonly how: "register" | "bond" | "unbond" | "reward";
      readonly amount: bigint;
    }
  | { readonly do: "setBonding"; readonly minimum: bigint; readonly period: number }
  | { readonly do: "pass"; readonly rounds: number };

const ONE = 10n ** 18n;
const n = fc.nat(999);
/** Mostly who defined the service, sometimes anybody. */
const definer = fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: n });
const sorted = fc.nat(9).map((x) => x > 0);
const act = <K extends Act["do"]>(
  name: K,
  rest: { [P in keyof Omit<Extract<Act, { do: K }>, "do">]: fc.Arbitrary<Extract<Act, { do: K }>[P]> },
) => fc.record({ do: fc.constant(name), ...rest }) as unknown as fc.Arbitrary<Act>;

const WEIGHTED: readonly [number, fc.Arbitrary<Act>][] = [
  [6, act("setServiceURI", { by: n, length: fc.constantFrom(1, 5, 37, 37, 31, 32, 256, 0, 257) })],
  [
    14,
    act("setServices", {
      by: n,
      names: fc.oneof(
        { weight: 11, arbitrary: fc.array(n, { maxLength: 4 }) },
        { weight: 4, arbitrary: fc.array(n, { minLength: 4, maxLength: 7 }) },
        { weight: 1, arbitrary: fc.array(n, { minLength: 17, maxLength: 17 }) },
      ),
      sorted,
    }),
  ],
  [
    10,
    act("setRegions", {
      by: n,
      cells: fc.oneof(
        { weight: 6, arbitrary: fc.array(n, { maxLength: 4 }) },
        { weight: 3, arbitrary: fc.array(n, { minLength: 30, maxLength: 34 }) },
      ),
      sorted,
    }),
  ],
  [8, act("refresh", { by: n, who: n })],
  [8, act("defineService", { by: n, name: n, length: fc.constantFrom(0, 3, 31, 32, 256, 257) })],
  [8, act("withdrawService", { by: definer, name: n })],
  [8, act("approveVerification", { name: n, module: n, program: n })],
  [4, act("cancelVerification", { name: n })],
  [
    2,
    act("setDeposit", {
      deposit: fc.constantFrom(0n, ONE - 1n, ONE, 50n * ONE, 100n * ONE, 100_000n * ONE, 100_000n * ONE + 1n),
    }),
  ],
  [2, act("switch", { pause: fc.boolean() })],
  [3, act("allow", { by: n, amount: fc.constantFrom(0n, 50n * ONE, 300n * ONE) })],
  [
    10,
    act("stake", {
      by: n,
      how: fc.constantFrom("register", "bond", "bond", "unbond", "unbond", "reward"),
      amount: fc.constantFrom(1n, ONE, 1_000n * ONE, 5_000n * ONE),
    }),
  ],
  [
    2,
    act("setBonding", {
      minimum: fc.constantFrom(5_000n * ONE, 5_001n * ONE, 6_000n * ONE),
      period: fc.constantFrom(1, 3, 5),
    }),
  ],
  [6, act("pass", { rounds: fc.constantFrom(1, 1, 2, 3, 4, 7) })],
];

/** What every sequence begins with: three services, one of them with a verification function to come, and offers with stake and without. */
export const PROLOGUE: readonly Act[] = [
  ...[0, 1, 2, 3, 4].map((by): Act => ({ do: "setServiceURI", by, length: 20 })),
  { do: "defineService", by: 0, name: 3, length: 10 },
  { do: "defineService", by: 5, name: 4, length: 0 },
  { do: "defineService", by: 6, name: 5, length: 0 },
  { do: "approveVerification", name: 5, module: 1, program: 1 },
  { do: "setServices", by: 1, names: [0, 3], sorted: true },
  { do: "setServices", by: 4, names: [0, 4], sorted: true },
];

/** Random sequences of up to `length` actions. */
export const sequences = (length: number): fc.Arbitrary<Act[]> =>
  fc.array(fc.oneof(...WEIGHTED.map(([weight, arbitrary]) => ({ weight, arbitrary }))), {
    minLength: length / 2,
    maxLength: length,
  });
