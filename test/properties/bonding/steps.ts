import fc from "fast-check";

const ONE = 10n ** 18n;

/** How the clock moves before an action. */
export type Wait =
  | { readonly to: "second"; readonly seconds: bigint }
  /** The beginning of a round ahead, the end of the present window of challenge, or what the action waits for. */
  | { readonly to: "round"; readonly rounds: bigint; readonly offset: bigint }
  | { readonly to: "window"; readonly offset: bigint }
  | { readonly to: "due"; readonly offset: bigint };

/** Who acts, and what with: numbers that the world resolves against what there is. */
export type Act =
  | {
      readonly do: "register";
      readonly by: number;
      readonly cut: bigint;
      readonly share: bigint;
      readonly amount: bigint;
    }
  | {
      readonly do: "bond";
      readonly by: number;
      readonly amount: bigint;
      readonly behind: number;
      readonly loyal: boolean;
    }
  | { readonly do: "unbond"; readonly by: number; readonly part: bigint }
  | { readonly do: "unbondCommission"; readonly by: number; readonly part: bigint }
  | { readonly do: "resign"; readonly by: number }
  | {
      readonly do: "rebond";
      readonly by: number;
      readonly lock: number;
      readonly behind: number;
      readonly loyal: boolean;
    }
  | { readonly do: "withdrawStake"; readonly by: number; readonly lock: number }
  | { readonly do: "setCommission"; readonly by: number; readonly cut: bigint; readonly share: bigint }
  | { readonly do: "reward"; readonly of: number }
  | { readonly do: "unjail"; readonly by: number }
  | { readonly do: "openDispute"; readonly of: number; readonly ago: bigint; readonly stranger: boolean }
  | { readonly do: "closeDispute"; readonly of: number; readonly n: number }
  | { readonly do: "slash"; readonly of: number; readonly n: number; readonly fraction: bigint; readonly to: number }
  | { readonly do: "earn"; readonly by: number; readonly amount: bigint; readonly ago: bigint }
  | { readonly do: "pullFees"; readonly of: number; readonly most: bigint }
  | { readonly do: "withdrawFees"; readonly by: number; readonly to: number; readonly ago: bigint | null }
  | {
      readonly do: "setParameters";
      readonly minimumStake: bigint;
      readonly selfStake: bigint;
      readonly unbondingPeriod: bigint;
      readonly commissionNotice: bigint;
      readonly challengeWindow: bigint;
      readonly jailPeriod: bigint;
      readonly faultAllowance: bigint;
      readonly faultPeriod: bigint;
    }
  | {
      readonly do: "setMinter";
      readonly step: bigint;
      readonly maximum: bigint;
      readonly target: bigint;
      readonly cut: bigint;
    }
  | { readonly do: "setRoundLength"; readonly length: bigint }
  | { readonly do: "switch"; readonly pause: boolean };

export interface Step {
  readonly wait: Wait;
  readonly act: Act;
}

const offset = fc.constantFrom(-1n, 0n, 0n, 1n);

const wait: fc.Arbitrary<Wait> = fc.oneof(
  { weight: 16, arbitrary: fc.constant<Wait>({ to: "second", seconds: 1n }) },
  { weight: 2, arbitrary: fc.record({ to: fc.constant("second"), seconds: fc.bigInt(1n, 20_000n) }) },
  {
    weight: 6,
    arbitrary: fc.record({ to: fc.constant("round"), rounds: fc.constantFrom(1n, 1n, 1n, 1n, 2n, 3n), offset }),
  },
  { weight: 1, arbitrary: fc.record({ to: fc.constant("round"), rounds: fc.bigInt(4n, 40n), offset }) },
  { weight: 3, arbitrary: fc.record({ to: fc.constant("window"), offset }) },
  { weight: 5, arbitrary: fc.record({ to: fc.constant("due"), offset }) },
);

const n = fc.nat(999);
/** One of nine accounts, orchestrators as often as delegators. */
const somebody = fc.oneof(fc.nat(3), fc.integer({ min: 4, max: 8 }));
/** Mostly one of those that begin as such. */
const orchestrator = fc.oneof({ weight: 8, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: fc.constant(3) });
const anybody = fc.oneof({ weight: 12, arbitrary: orchestrator }, { weight: 1, arbitrary: fc.nat(8) });
const ratio = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt(0n, ONE) },
  { weight: 5, arbitrary: fc.constantFrom(0n, 1n, ONE / 10n, ONE - 1n, ONE) },
  { weight: 1, arbitrary: fc.constant(ONE + 1n) },
);
const amount = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt(1n, 50_000n * ONE) },
  { weight: 1, arbitrary: fc.bigInt(ONE / 100n - 1n, ONE / 50n) },
  { weight: 1, arbitrary: fc.constantFrom(0n, ONE / 100n, ONE / 100n - 1n) },
);
/** Of what there is, in thousandths: 1000 is all, 1001 is one wei too much, 999 leaves less than may stay. */
const part = fc.oneof(
  { weight: 4, arbitrary: fc.constant(1_000n) },
  { weight: 6, arbitrary: fc.bigInt(1n, 998n) },
  { weight: 1, arbitrary: fc.constantFrom(0n, 999n, 1_001n) },
);
const loyal = fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) });

type Shape<K extends Act["do"]> = { [F in Exclude<keyof Extract<Act, { do: K }>, "do">]: fc.Arbitrary<unknown> };

const act = <K extends Act["do"]>(kind: K, fields: Shape<K>): fc.Arbitrary<Act> =>
  fc.record({ do: fc.constant(kind), ...fields }) as unknown as fc.Arbitrary<Act>;

const WEIGHTED: readonly (readonly [number, fc.Arbitrary<Act>])[] = [
  [
    2,
    act("register", {
      by: fc.oneof(fc.constant(3), somebody),
      cut: ratio,
      share: ratio,
      amount: fc.oneof({ weight: 2, arbitrary: amount }, { weight: 1, arbitrary: fc.constant(0n) }),
    }),
  ],
  [16, act("bond", { by: somebody, amount, behind: anybody, loyal })],
  [9, act("unbond", { by: somebody, part })],
  [3, act("unbondCommission", { by: anybody, part })],
  [2, act("resign", { by: anybody })],
  [6, act("rebond", { by: somebody, lock: n, behind: anybody, loyal })],
  [5, act("withdrawStake", { by: somebody, lock: n })],
  [3, act("setCommission", { by: anybody, cut: ratio, share: ratio })],
  [2, act("reward", { of: anybody })],
  [4, act("unjail", { by: orchestrator })],
  [
    6,
    act("openDispute", {
      of: anybody,
      ago: fc.constantFrom(-1n, 0n, 0n, 0n, 0n, 1n, 1n, 1n, 1n, 1n, 2n),
      stranger: n.map((each) => each < 30),
    }),
  ],
  [4, act("closeDispute", { of: orchestrator, n })],
  [
    6,
    act("slash", {
      of: orchestrator,
      n,
      fraction: fc.oneof(
        { weight: 4, arbitrary: fc.bigInt(1n, ONE / 2n) },
        { weight: 4, arbitrary: fc.constantFrom(ONE / 20n, ONE / 2n, 1n) },
        { weight: 1, arbitrary: fc.constantFrom(0n, ONE / 2n + 1n) },
      ),
      to: somebody,
    }),
  ],
  [
    8,
    act("earn", {
      by: fc.nat(3),
      amount: fc.oneof(fc.bigInt(1n, 1_000n), fc.bigInt(1n, 100n * ONE)),
      ago: fc.constantFrom(0n, 0n, 0n, 1n, 2n),
    }),
  ],
  [7, act("pullFees", { of: anybody, most: fc.constantFrom(0n, 1n, 2n, 100n, 100n, 100n) })],
  [
    6,
    act("withdrawFees", {
      by: somebody,
      to: fc.nat(8),
      ago: fc.oneof(fc.constant(null), fc.bigInt(-2n, 12n)),
    }),
  ],
  [
    2,
    act("setParameters", {
      minimumStake: fc.oneof(fc.constantFrom(0n, 5_000n * ONE, 50_000n * ONE), fc.bigInt(0n, 100_000n * ONE)),
      selfStake: fc.oneof(fc.constantFrom(0n, 500n, 1_000n), fc.bigInt(0n, 300n)),
      unbondingPeriod: fc.constantFrom(1n, 2n, 3n, 3n, 5n, 14n),
      commissionNotice: fc.constantFrom(2n, 3n, 3n, 3n, 4n, 4n, 5n, 30n),
      challengeWindow: fc.constantFrom(600n, 3_600n, 10_800n, 86_400n),
      jailPeriod: fc.constantFrom(1n, 1n, 2n, 7n),
      faultAllowance: fc.constantFrom(0n, 0n, 0n, 0n, 0n, 1n, 2n, 3n),
      faultPeriod: fc.constantFrom(1n, 2n, 5n, 30n),
    }),
  ],
  [
    1,
    act("setMinter", {
      step: fc.bigInt(ONE / 5_000_000n, ONE / 500n),
      maximum: fc.bigInt(0n, ONE / 500n),
      target: fc.oneof(fc.constantFrom(0n, ONE / 2n, ONE), fc.bigInt(0n, ONE)),
      cut: fc.constantFrom(0n, ONE / 10n, ONE / 5n),
    }),
  ],
  [
    2,
    act("setRoundLength", {
      length: fc.constantFrom(1n, 60n, 601n, 601n, 3_600n, 3_600n, 86_400n, 86_400n, 86_400n, 172_800n),
    }),
  ],
  [2, act("switch", { pause: n.map((each) => each < 150) })],
];

/** Sequences of `length` actions. */
export function sequences(length: number): fc.Arbitrary<Step[]> {
  const acts = fc.oneof(...WEIGHTED.map(([weight, arbitrary]) => ({ weight, arbitrary })));
  const steps = fc.array(fc.record({ wait, act: acts }), { minLength: length, maxLength: length, size: "max" });
  return fc.noBias(steps); // the values near the bounds are named above
}
