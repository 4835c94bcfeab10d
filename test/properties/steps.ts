import fc from "fast-check";

/** Where the clock goes before an action. */
export type Wait =
  | { readonly to: "next second" }
  /** To `offset` seconds from the beginning of the round that is `rounds` ahead. */
  | { readonly to: "boundary"; readonly rounds: number; readonly offset: number };

/** An amount relative to what is there, so that inputs fall on both sides of every bound. `n` is below 1000. */
export interface Amount {
  readonly size: "zero" | "dust" | "usual" | "part" | "all" | "over" | "huge";
  readonly n: number;
}

export type Flaw = "none" | "stranger" | "chain" | "broker" | "field" | "high s" | "parity" | "empty" | "rand";

/** Selectors are numbers that wrap around whatever there is to choose from. */
export type Act =
  | { readonly do: "fund"; readonly by: number; readonly to: number; readonly amount: Amount; readonly escrow: Amount }
  | { readonly do: "allocate"; readonly by: number; readonly to: number; readonly of: number; readonly amount: Amount }
  | { readonly do: "reduce"; readonly by: number; readonly of: number; readonly amount: Amount }
  | { readonly do: "release"; readonly by: number; readonly to: number; readonly of: number }
  /** `last` is a round, counted from now. */
  | { readonly do: "authorize"; readonly by: number; readonly key: number; readonly last: number; readonly cap: Amount }
  | { readonly do: "unlock"; readonly by: number }
  | { readonly do: "cancelUnlock"; readonly by: number }
  | { readonly do: "withdraw"; readonly by: number }
  | {
      readonly do: "ticket";
      readonly from: number;
      readonly to: number;
      /** A key that signs; null: the sender. */
      readonly key: number | null;
      readonly face: Amount;
      readonly winProb: bigint;
      readonly index: bigint;
      /** {round} Creation round, counted from now. */
      readonly age: number;
      readonly rand: number;
      readonly flaw: Flaw;
      readonly then: "keep" | "redeem" | "claim";
    }
  | { readonly do: "redeem"; readonly which: number; readonly by: number | null }
  | { readonly do: "batch"; readonly which: readonly number[]; readonly mixed: boolean; readonly by: number | null }
  | { readonly do: "claim"; readonly which: number; readonly by: number | null }
  | { readonly do: "settle"; readonly by: number; readonly which: number }
  | { readonly do: "forfeit"; readonly by: number; readonly which: number }
  /** By the BondingManager, unless it says by whom else. */
  | { readonly do: "pull"; readonly by: number | null; readonly orchestrator: number; readonly from: number }
  | { readonly do: "pay"; readonly by: number | null; readonly to: number; readonly amount: Amount }
  | { readonly do: "announce"; readonly by: number }
  | { readonly do: "setLength"; readonly length: number }
  | { readonly do: "setBroker"; readonly validity: number; readonly unlock: number; readonly curing: number }
  | { readonly do: "setNotice"; readonly notice: number }
  | { readonly do: "switch"; readonly pause: boolean }
  /** What steps shrink to that a failure does not need. */
  | { readonly do: "rest" };

export interface Step {
  readonly wait: Wait;
  readonly act: Act;
}

/** How often each action comes; 0 or absent: never. */
export type Weights = Partial<Record<Act["do"], number>>;

const ONE = 10n ** 18n;
const n = fc.nat(999);

/** Of ten waits, `leaps` go to a boundary. */
const waits = (leaps: number): fc.Arbitrary<Wait> =>
  fc.oneof(
    { weight: 10 - leaps, arbitrary: fc.constant({ to: "next second" } as const) },
    {
      weight: leaps,
      arbitrary: fc.record({
        to: fc.constant("boundary" as const),
        rounds: fc.constantFrom(1, 1, 1, 1, 1, 1, 2, 2, 3, 5, 9),
        offset: fc.constantFrom(-1, 0, 0, 1),
      }),
    },
  );

const amount = (...sizes: Amount["size"][]): fc.Arbitrary<Amount> => fc.record({ size: fc.constantFrom(...sizes), n });

const flaw = fc.oneof(
  { weight: 20, arbitrary: fc.constant<Flaw>("none") },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Flaw>("stranger", "chain", "broker", "field", "high s", "parity", "empty", "rand"),
  },
);
/** Mostly who should act, sometimes anybody. */
const actor = fc.option(n, { freq: 6, nil: null }).map((by) => (by === null || by < 850 ? null : by));
/** Few values, so that one batch has many tickets of the same face value. */
const face = fc.oneof(
  fc.record({ size: fc.constant("usual" as const), n: fc.constantFrom(9, 9, 9, 49) }),
  amount("part", "part", "dust", "all", "over", "over", "zero", "huge"),
);
const age = fc.constantFrom(-1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 3);

const arbitraries: { [K in Act["do"]]: fc.Arbitrary<Extract<Act, { do: K }>> } = {
  fund: fc.record({
    do: fc.constant("fund"),
    by: n,
    to: n,
    amount: amount("usual", "usual", "usual", "usual", "dust", "zero", "huge"),
    escrow: amount("zero", "zero", "part", "part", "all", "over", "dust"),
  }),
  allocate: fc.record({
    do: fc.constant("allocate"),
    by: n,
    to: n,
    of: n,
    amount: amount("usual", "usual", "usual", "usual", "dust", "zero", "huge"),
  }),
  reduce: fc.record({
    do: fc.constant("reduce"),
    by: n,
    of: n,
    amount: amount("part", "part", "all", "all", "zero", "dust", "over"),
  }),
  release: fc.record({ do: fc.constant("release"), by: n, to: n, of: n }),
  authorize: fc.record({
    do: fc.constant("authorize"),
    by: n,
    key: n,
    last: fc.constantFrom(-1, 0, 0, 1, 2, 3, 9, 9),
    cap: amount("usual", "part", "part", "part", "part", "zero", "dust", "huge", "huge"),
  }),
  unlock: fc.record({ do: fc.constant("unlock"), by: n }),
  cancelUnlock: fc.record({ do: fc.constant("cancelUnlock"), by: n }),
  withdraw: fc.record({ do: fc.constant("withdraw"), by: n }),
  ticket: fc.record({
    do: fc.constant("ticket"),
    from: n,
    to: n,
    key: fc.oneof(fc.constant(null), n),
    face,
    winProb: fc.oneof(
      { weight: 4, arbitrary: fc.constant(ONE) },
      { weight: 1, arbitrary: fc.constantFrom(ONE / 2n, ONE / 10n, 1n, 0n, ONE - 1n, 2n ** 64n - 1n) },
    ),
    index: fc.oneof(
      { weight: 9, arbitrary: fc.bigInt(0n, 15n) },
      { weight: 1, arbitrary: fc.constantFrom(159n, 160n, 255n, 256n, 415n, 416n, 2n ** 32n - 1n) },
    ),
    age,
    rand: n,
    flaw,
    then: fc.constantFrom("keep", "keep", "redeem", "redeem", "claim"),
  }),
  redeem: fc.record({ do: fc.constant("redeem"), which: n, by: actor }),
  batch: fc.record({
    do: fc.constant("batch"),
    which: fc.array(n, { maxLength: 8, size: "max" }),
    mixed: fc.constantFrom(false, false, true),
    by: actor,
  }),
  claim: fc.record({ do: fc.constant("claim"), which: n, by: actor }),
  settle: fc.record({ do: fc.constant("settle"), by: n, which: n }),
  forfeit: fc.record({ do: fc.constant("forfeit"), by: n, which: n }),
  pull: fc.record({ do: fc.constant("pull"), by: actor, orchestrator: n, from: n }),
  pay: fc.record({
    do: fc.constant("pay"),
    by: actor,
    to: n,
    amount: amount("part", "part", "part", "all", "over", "dust", "zero"),
  }),
  announce: fc.record({ do: fc.constant("announce"), by: n }),
  setLength: fc.record({
    do: fc.constant("setLength"),
    length: fc.constantFrom(1, 2, 7, 60, 100, 100, 3_600, 86_400, 2_592_000, 0, 2_592_001),
  }),
  setBroker: fc.record({
    do: fc.constant("setBroker"),
    validity: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: 4 }) }, fc.constantFrom(0, 29, 30, 31)),
    unlock: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 3, max: 8 }) }, fc.constantFrom(0, 100, 101)),
    curing: fc.constantFrom(0, 1, 1, 1, 1, 1, 2, 3),
  }),
  setNotice: fc.record({
    do: fc.constant("setNotice"),
    notice: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: 7 }) }, fc.constantFrom(12, 30)),
  }),
  switch: fc.record({ do: fc.constant("switch"), pause: fc.constantFrom(true, true, false, false, false) }),
  rest: fc.constant({ do: "rest" } as const),
};

/** Sequences of `length` steps. */
export function sequences(weights: Weights, length: number, leaps: number): fc.Arbitrary<Step[]> {
  const entries = Object.entries({ rest: 1, ...weights }) as [Act["do"], number][];
  const act = fc.oneof(
    { withCrossShrink: true },
    ...entries.map(([kind, weight]) => ({ weight, arbitrary: arbitraries[kind] as fc.Arbitrary<Act> })),
  );
  // Of one length: the first half of a sequence only prepares what the second half meets.
  const steps = fc.array(fc.record({ wait: waits(leaps), act }), { minLength: length, maxLength: length, size: "max" });
  return fc.noBias(steps); // the values near the bounds are named above
}
