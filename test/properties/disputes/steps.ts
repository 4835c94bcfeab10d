import fc from "fast-check";

const ONE = 10n ** 18n;

/** How the clock moves before an action. */
export type Wait =
  | { readonly to: "second"; readonly seconds: bigint }
  /** To `offset` seconds from the end of what the action may do, or waits for. */
  | { readonly to: "due"; readonly offset: bigint }
  | { readonly to: "round"; readonly offset: bigint };

/** What is wrong with what somebody hands in. */
export type Flaw =
  | "none"
  | "list changed"
  | "list short"
  | "list old"
  | "pick zero"
  | "pick beyond"
  | "pick beside"
  | "hashes short"
  | "no disagreement"
  | "value"
  | "claim"
  | "party"
  | "state"
  | "proof";

/** What a side says: what is so, what is so up to a step, or anything. */
export type Talk = "truth" | "lie" | "noise";

/** What is wrong with a challenge. */
export type Fault =
  | "none"
  | "caller"
  | "order signer"
  | "order tampered"
  | "receipt signer"
  | "receipt tampered"
  | "high s"
  | "empty signature"
  | "no such output"
  | "huge source"
  | "huge output"
  | "other program"
  | "other service"
  | "short claim"
  | "no fault"
  | "no steps"
  | "beyond the bound"
  | "value";

/** Who acts, and what with: numbers that the world resolves against what there is. */
export type Act =
  | {
      readonly do: "challenge";
      readonly of: number;
      readonly by: number;
      readonly hot: boolean;
      readonly source: number;
      readonly output: number;
      readonly sequence: number;
      readonly age: "now" | "recent" | "last" | "late" | "future" | "round before";
      readonly talk: Talk;
      /** {1} From which step on a challenger lies, of all in thousandths. */
      readonly from: number;
      readonly end: "real" | "early" | "long";
      readonly fault: Fault;
    }
  | { readonly do: "defend"; readonly by: number; readonly which: number; readonly talk: Talk; readonly flaw: Flaw }
  | {
      readonly do: "answer";
      readonly which: number;
      readonly talk: Talk;
      readonly n: number;
      readonly flaw: Flaw;
    }
  | { readonly do: "timeout"; readonly by: number; readonly which: number; readonly flaw: Flaw }
  | { readonly do: "settle"; readonly by: number; readonly which: number; readonly flaw: Flaw }
  | { readonly do: "release"; readonly by: number; readonly which: number; readonly flaw: Flaw }
  | { readonly do: "withdraw"; readonly by: number }
  | { readonly do: "receiptKey"; readonly by: number; readonly key: number; readonly rounds: bigint }
  | {
      readonly do: "signer";
      readonly by: number;
      readonly key: number;
      readonly rounds: bigint;
      readonly cap: bigint;
    }
  | { readonly do: "become"; readonly who: number; readonly what: number }
  | { readonly do: "switch"; readonly pause: boolean }
  | {
      readonly do: "setParameters";
      readonly openingWindow: bigint;
      readonly clock: bigint;
      readonly slashFraction: bigint;
      readonly gasPriceCap: bigint;
      readonly penalty: bigint;
    }
  | {
      readonly do: "setBonding";
      readonly unbondingPeriod: bigint;
      readonly challengeWindow: bigint;
      readonly jailPeriod: bigint;
      readonly faultAllowance: bigint;
    }
  | { readonly do: "setRoundLength"; readonly length: bigint }
  | { readonly do: "bond"; readonly by: number; readonly amount: bigint; readonly behind: number }
  | { readonly do: "unbond"; readonly by: number; readonly part: bigint }
  | { readonly do: "withdrawStake"; readonly by: number; readonly lock: number }
  | { readonly do: "unjail"; readonly by: number }
  | { readonly do: "otherOpen"; readonly of: number; readonly ago: bigint }
  | { readonly do: "otherClose"; readonly of: number; readonly n: number }
  | { readonly do: "otherSlash"; readonly of: number; readonly n: number; readonly fraction: bigint };

export type Kind = Act["do"];

export interface Step {
  readonly wait: Wait;
  /** {wei/gas} */
  readonly baseFee: bigint;
  readonly act: Act;
}

/** What a sequence begins with. */
export interface Scene {
  /** {wei LPT} Of each orchestrator. */
  readonly own: readonly [bigint, bigint];
  /** {wei LPT} Of outsiders behind each. */
  readonly foreign: readonly [bigint, bigint];
}

export interface Sequence {
  readonly scene: Scene;
  readonly steps: readonly Step[];
}

/** From this number on a selector means any of the things there are, and not one for which the action makes sense. */
export const ANY = 940;

const n = fc.nat(999);
const GWEI = 10n ** 9n;

const weighted = <T>(...pairs: readonly (readonly [number, T])[]): fc.Arbitrary<T> =>
  fc.oneof(...pairs.map(([weight, value]) => ({ weight, arbitrary: fc.constant(value) })));

const offset = fc.constantFrom(-1n, 0n, 0n, 1n, 1n);
const wait: fc.Arbitrary<Wait> = fc.oneof(
  { weight: 40, arbitrary: fc.constant<Wait>({ to: "second", seconds: 1n }) },
  { weight: 12, arbitrary: fc.record({ to: fc.constant("second"), seconds: fc.bigInt(2n, 300n) }) },
  { weight: 1, arbitrary: fc.record({ to: fc.constant("second"), seconds: fc.bigInt(300n, 3n * 86_400n) }) },
  { weight: 8, arbitrary: fc.record({ to: fc.constant("due"), offset }) },
  { weight: 1, arbitrary: fc.record({ to: fc.constant("round"), offset }) },
);

const baseFee = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0n, 7n, GWEI, 20n * GWEI, 50n * GWEI - 1n, 50n * GWEI, 51n * GWEI) },
  { weight: 2, arbitrary: fc.bigInt(1n, 200n * GWEI) },
);

const talk = weighted<Talk>([8, "truth"], [4, "lie"], [1, "noise"]);

/** @param sound how many of the things handed in have no flaw, for each flaw that one can have */
const flaw = (sound: number, ...flaws: readonly Flaw[]): fc.Arbitrary<Flaw> =>
  weighted<Flaw>([sound, "none"], ...flaws.map((each) => [1, each] as const));

const LISTS: readonly Flaw[] = ["list changed", "list short", "list old", "pick zero", "pick beyond", "pick beside"];

type Shape<K extends Kind> = { [F in Exclude<keyof Extract<Act, { do: K }>, "do">]: fc.Arbitrary<unknown> };

const act = <K extends Kind>(kind: K, fields: Shape<K>): fc.Arbitrary<Act> =>
  fc.record({ do: fc.constant(kind), ...fields }) as unknown as fc.Arbitrary<Act>;

const ACTS: Readonly<Record<Kind, fc.Arbitrary<Act>>> = {
  challenge: act("challenge", {
    of: fc.nat(1),
    by: fc.nat(2),
    hot: weighted([5, false], [1, true]),
    source: fc.nat(1),
    output: fc.nat(1),
    sequence: fc.nat(30),
    age: weighted([16, "now"], [4, "recent"], [2, "last"], [1, "late"], [1, "future"], [2, "round before"]),
    talk: weighted<Talk>([10, "truth"], [4, "lie"], [1, "noise"]),
    from: n,
    end: weighted([14, "real"], [1, "early"], [1, "long"]),
    fault: weighted<Fault>(
      [80, "none"],
      ...(
        [
          "caller",
          "order signer",
          "order tampered",
          "receipt signer",
          "receipt tampered",
          "high s",
          "empty signature",
          "no such output",
          "huge source",
          "huge output",
          "other program",
          "other service",
          "short claim",
          "no fault",
          "no steps",
          "beyond the bound",
          "value",
        ] as const
      ).map((each) => [1, each] as const),
    ),
  }),
  defend: act("defend", {
    by: fc.nat(7),
    which: n,
    talk,
    flaw: flaw(40, ...LISTS, "hashes short", "no disagreement", "value", "claim"),
  }),
  answer: act("answer", {
    which: n,
    talk,
    n,
    flaw: flaw(60, ...LISTS, "hashes short", "no disagreement", "claim", "party", "state", "proof"),
  }),
  timeout: act("timeout", { by: n, which: n, flaw: flaw(12, "claim") }),
  settle: act("settle", { by: n, which: n, flaw: flaw(12, "claim") }),
  release: act("release", { by: n, which: n, flaw: flaw(12, "claim") }),
  withdraw: act("withdraw", { by: n }),
  receiptKey: act("receiptKey", { by: fc.nat(1), key: n, rounds: fc.constantFrom(-1n, 0n, 0n, 1n, 5n) }),
  signer: act("signer", {
    by: fc.nat(2),
    key: n,
    rounds: fc.constantFrom(0n, 1n, 5n),
    cap: fc.constantFrom(0n, 1n, ONE, ONE),
  }),
  become: act("become", { who: fc.nat(7), what: fc.nat(8) }),
  switch: act("switch", { pause: weighted([1, true], [3, false]) }),
  setParameters: act("setParameters", {
    openingWindow: fc.constantFrom(599n, 600n, 600n, 1_800n, 3_600n, 10_800n, 10_801n),
    clock: fc.constantFrom(59n, 60n, 61n, 600n, 600n, 3_000n, 3_000n, 7_000n, 604_801n),
    slashFraction: fc.constantFrom(0n, 1n, ONE / 20n, ONE / 20n, ONE / 2n, ONE / 2n + 1n),
    gasPriceCap: fc.constantFrom(0n, 1n, 50n, 50n, 50n, 100n, 10_000n, 10_001n),
    penalty: fc.constantFrom(1n, 25n * 10n ** 15n, 25n * 10n ** 15n, ONE, 10n * ONE, 10n * ONE + 1n),
  }),
  setBonding: act("setBonding", {
    unbondingPeriod: fc.constantFrom(3n, 5n, 5n, 14n),
    challengeWindow: fc.constantFrom(600n, 10_800n, 10_800n, 86_400n),
    jailPeriod: fc.constantFrom(1n, 1n, 7n),
    faultAllowance: fc.constantFrom(0n, 0n, 0n, 1n, 3n),
  }),
  setRoundLength: act("setRoundLength", { length: fc.constantFrom(1_800n, 3_600n, 3_600n, 86_400n) }),
  bond: act("bond", { by: n, amount: fc.bigInt(ONE, 20_000n * ONE), behind: fc.nat(1) }),
  unbond: act("unbond", { by: n, part: fc.constantFrom(100n, 500n, 900n, 1_000n) }),
  withdrawStake: act("withdrawStake", { by: n, lock: n }),
  unjail: act("unjail", { by: fc.nat(1) }),
  otherOpen: act("otherOpen", { of: fc.nat(1), ago: fc.constantFrom(0n, 0n, 1n, 2n) }),
  otherClose: act("otherClose", { of: fc.nat(1), n }),
  otherSlash: act("otherSlash", { of: fc.nat(1), n, fraction: fc.constantFrom(1n, ONE / 20n, ONE / 2n) }),
};

export type Weights = Readonly<Partial<Record<Kind, number>>>;

const lpt = (least: bigint, most: bigint): fc.Arbitrary<bigint> => fc.bigInt(least * ONE, most * ONE);
const own = fc.oneof(lpt(500n, 10_000n), lpt(10_000n, 500_000n));
const foreign = fc.oneof(
  { weight: 1, arbitrary: fc.constant(0n) },
  { weight: 4, arbitrary: fc.oneof(lpt(1n, 10_000n), lpt(10_000n, 400_000n)) },
);

/** Sequences of `length` actions of the kinds that have a weight. */
export function sequences(weights: Weights, length: number): fc.Arbitrary<Sequence> {
  const some = Object.entries(weights) as [Kind, number][];
  const acts = fc.oneof(...some.map(([kind, weight]) => ({ weight, arbitrary: ACTS[kind] })));
  const steps = fc.array(fc.record({ wait, baseFee, act: acts }), {
    minLength: length,
    maxLength: length,
    size: "max",
  });
  const scene = fc.record({ own: fc.tuple(own, own), foreign: fc.tuple(foreign, foreign) });
  return fc.noBias(fc.record({ scene, steps })); // the values near the bounds are named above
}
