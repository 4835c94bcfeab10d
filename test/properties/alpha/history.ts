import fc from "fast-check";
import type { AlphaWorld } from "../../fixtures/alpha.ts";

const ONE = 10n ** 18n;

/** What is done in the alpha: numbers that the history resolves against what there is. */
export type AlphaAct =
  | { readonly do: "pass"; readonly rounds: bigint }
  | { readonly do: "bond"; readonly by: number; readonly amount: bigint; readonly behind: number }
  | { readonly do: "unbond"; readonly by: number; readonly part: bigint }
  | { readonly do: "rebond"; readonly by: number; readonly lock: number }
  | { readonly do: "withdraw"; readonly by: number; readonly lock: number }
  | { readonly do: "claim"; readonly by: number; readonly ago: bigint }
  | { readonly do: "transcoder"; readonly by: number; readonly cut: bigint; readonly share: bigint }
  | { readonly do: "resign"; readonly by: number }
  | { readonly do: "reward"; readonly by: number }
  | { readonly do: "work"; readonly by: number; readonly segments: bigint; readonly paid: boolean };

const worker = fc.nat(3);
const anybody = fc.nat(8);
const lock = fc.nat(3);
const part = fc.oneof(
  { weight: 2, arbitrary: fc.constant(1_000n) },
  { weight: 5, arbitrary: fc.bigInt(1n, 999n) },
  { weight: 1, arbitrary: fc.constantFrom(0n, 1_001n) },
);
const amount = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt(1n, 30_000n * ONE) },
  { weight: 2, arbitrary: fc.bigInt(0n, 3n) },
);
const ratio = fc.oneof(fc.constantFrom(0n, 1n, 1_000_000n), fc.bigInt(0n, 1_000_000n));

type Shape<K extends AlphaAct["do"]> = {
  [F in Exclude<keyof Extract<AlphaAct, { do: K }>, "do">]: fc.Arbitrary<unknown>;
};
const act = <K extends AlphaAct["do"]>(kind: K, fields: Shape<K>): fc.Arbitrary<AlphaAct> =>
  fc.record({ do: fc.constant(kind), ...fields }) as unknown as fc.Arbitrary<AlphaAct>;

const one = fc.oneof(
  { weight: 8, arbitrary: act("pass", { rounds: fc.constantFrom(1n, 1n, 1n, 1n, 2n, 5n) }) },
  { weight: 8, arbitrary: act("bond", { by: anybody, amount, behind: worker }) },
  { weight: 5, arbitrary: act("unbond", { by: anybody, part }) },
  { weight: 2, arbitrary: act("rebond", { by: anybody, lock }) },
  { weight: 2, arbitrary: act("withdraw", { by: anybody, lock }) },
  { weight: 2, arbitrary: act("claim", { by: anybody, ago: fc.bigInt(0n, 3n) }) },
  { weight: 2, arbitrary: act("transcoder", { by: anybody, cut: ratio, share: ratio }) },
  { weight: 1, arbitrary: act("resign", { by: worker }) },
  { weight: 10, arbitrary: act("reward", { by: worker }) },
  {
    weight: 4,
    arbitrary: act("work", {
      by: worker,
      segments: fc.bigInt(0n, 1_000n),
      paid: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    }),
  },
);

/** Histories of the alpha, of `most` actions at most. */
export const histories = (most: number): fc.Arbitrary<AlphaAct[]> => fc.array(one, { maxLength: most, size: "max" });

/** What it happened to meet. */
export type See = (what: string) => void;

/** Three transcoders with delegators behind them and a job each, and then the history. */
export async function live(world: AlphaWorld, acts: readonly AlphaAct[], see: See): Promise<void> {
  const { accounts } = world;
  await world.passRounds(30n); // Streamflow's actions may ask for as many rounds before
  for (const n of [0, 1, 2]) {
    const who = accounts[n]!;
    await world.bond(who, 6_000n * ONE + BigInt(n), who);
    await world.transcoder(who, [100_000n, 0n, 1_000_000n][n]!, [500_000n, 1_000_000n, 333_333n][n]!);
    await world.bond(accounts[n + 4]!, 3_000n * ONE + 1n, who);
  }
  const jobs: number[] = [];
  for (const n of [0, 1, 2, 3]) {
    await world.deposit(accounts[8]!, ONE);
    jobs.push(await world.job(accounts[8]!, accounts[n]!, 10n ** 15n + 7n));
  }
  for (const each of acts) await perform(world, jobs, each, see);
}

async function perform(world: AlphaWorld, jobs: readonly number[], act: AlphaAct, see: See): Promise<void> {
  const { accounts, model } = world;
  const name = (n: number): string => accounts[n]!;
  if (act.do === "pass") {
    await world.passRounds(act.rounds);
    return;
  }
  const who = name(act.by);
  const { stake, delegate } = model.account(who);
  const outcome = async (what: Promise<boolean>): Promise<void> => see(`${act.do}${(await what) ? "" : " refused"}`);
  switch (act.do) {
    case "bond": {
      const to = act.by < 4 && act.behind > 0 ? who : name(act.behind);
      if (to !== delegate && leavesOthers(world, who)) return;
      return outcome(world.bond(who, act.amount, to));
    }
    case "unbond": {
      const amount = act.part === 1_001n ? stake + 1n : (stake * act.part) / 1_000n;
      if (amount === stake && leavesOthers(world, who)) return;
      return outcome(world.unbond(who, amount));
    }
    case "rebond":
      return outcome(world.rebond(who, act.lock));
    case "withdraw":
      return outcome(world.withdrawStake(who, act.lock));
    case "claim":
      return outcome(world.claim(who, model.round > act.ago ? model.round - 1n - act.ago : 0n));
    case "transcoder":
      return outcome(world.transcoder(who, act.cut, act.share));
    case "resign":
      return outcome(world.resign(who));
    case "reward":
      return outcome(world.reward(who));
    case "work": {
      const job = jobs[act.by]!;
      await world.claimWork(job, act.segments);
      const claim = model.jobs[job]!.claims.length - 1;
      if (act.paid && claim >= 0 && !model.jobs[job]!.claims[claim]!.paid) await world.distributeFees(job, claim);
      see(act.paid ? "work" : "unfinished claim");
    }
  }
}

/** Whoever goes elsewhere while others stand behind it makes a closed pool, which the model of Streamflow does not know: `test/upgrades/alpha.test.ts` has one. */
function leavesOthers(world: AlphaWorld, who: string): boolean {
  return [...world.model.accounts].some(([each, { delegate }]) => each !== who && delegate === who);
}
