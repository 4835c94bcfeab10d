import { expect } from "chai";
import fc from "fast-check";
import { GLANCE, SEED, TIME_LIMIT, expectOften, runsOf } from "../effort.ts";
import { FIRST_ROUND, ONE, PARAMETERS, Twins } from "./twins.ts";

const RUNS = runsOf(1_000);

const ORCHESTRATORS = ["O1", "O2", "O3"] as const;
const DELEGATORS = ["D1", "D2", "D3", "D4", "D5"] as const;
const EVERYBODY = [...ORCHESTRATORS, ...DELEGATORS];

const orchestrator = fc.constantFrom(...ORCHESTRATORS);
const somebody = fc.constantFrom(...EVERYBODY);
const amount = fc.oneof(fc.bigInt(1n, 50_000n * ONE), fc.bigInt(ONE / 100n - 1n, ONE / 50n));
/** Of what there is, in thousandths; 1000 is all. */
const part = fc.oneof(fc.constant(1000n), fc.bigInt(1n, 1000n));
const ratio = fc.oneof(fc.constant(0n), fc.constant(ONE), fc.bigInt(0n, ONE));

type Step = (twins: Twins) => void;

/** A step that a failure prints by its name. */
function named(label: string, step: Step): Step {
  return Object.assign(step, { [fc.toStringMethod]: () => label });
}

const bond = fc.tuple(somebody, amount, orchestrator).map(([who, much, to]): Step =>
  named(`bond ${who} ${much} ${to}`, (twins) => {
    twins.do(
      "bond",
      (model) => model.bond(who, much, to),
      (ledger) => {
        ledger.bond(who, much, to);
        return to;
      },
    );
  }),
);

const unbond = fc.tuple(somebody, part).map(([who, thousandths]): Step =>
  named(`unbond ${who} ${thousandths}/1000`, (twins) => {
    twins.do(
      "unbond",
      (model) => {
        const from = model.account(who).orchestrator;
        if (from !== null) model.reward(from);
        const all = model.stakeOf(who) + model.waitingOf(who);
        const wanted = (all * thousandths) / 1000n;
        return { from, wanted, ...model.unbond(who, wanted) };
      },
      (ledger, { from, wanted, paid, locks }) => {
        const amounts = locks.map((lock) => lock.amount);
        expect(paid + amounts.reduce((sum, each) => sum + each, 0n)).to.equal(wanted);
        ledger.unbond(who, paid, amounts);
        return from!;
      },
    );
  }),
);

const unbondCommission = fc.tuple(orchestrator, part).map(([who, thousandths]): Step =>
  named(`unbondCommission ${who} ${thousandths}/1001`, (twins) => {
    let wanted: bigint | null = null;
    twins.do(
      "unbondCommission",
      (model) => {
        model.reward(who);
        // The twins differ by dust: both are asked for the same, and never for all that is left.
        wanted ??= ((model.commissionOf(who) - model.pool(who).leaving.commission) * thousandths) / 1001n;
        model.unbondCommission(who, wanted);
      },
      (ledger) => {
        ledger.unbondCommission(who, wanted!);
        return who;
      },
    );
  }),
);

const resign = orchestrator.map((who): Step =>
  named(`resign ${who}`, (twins) => {
    twins.do(
      "resign",
      (model) => model.resign(who),
      (ledger, { paid, locks, commission }) => {
        const amounts = locks.map((lock) => lock.amount);
        ledger.resign(who, paid, amounts, commission);
        return who;
      },
    );
  }),
);

const nthLock = (twins: Twins, who: string, n: number): number => {
  const ids = [...twins.model.account(who).locks.keys()];
  return ids.length === 0 ? -1 : ids[n % ids.length]!;
};

const withdraw = fc.tuple(somebody, fc.nat(7)).map(([who, n]): Step =>
  named(`withdraw ${who} ${n}`, (twins) => {
    const id = nthLock(twins, who, n);
    if (id < 0) return;
    twins.do(
      "withdrawStake",
      (model) => model.withdrawStake(who, id),
      (ledger) => {
        ledger.closeLock(who, id);
        return null;
      },
    );
  }),
);

const rebond = fc.tuple(somebody, fc.nat(7), orchestrator).map(([who, n, other]): Step =>
  named(`rebond ${who} ${n} ${other}`, (twins) => {
    const id = nthLock(twins, who, n);
    if (id < 0) return;
    // Whoever still has stake somewhere can only go there.
    const to = twins.model.account(who).orchestrator ?? other;
    twins.do(
      "rebond",
      (model) => {
        const value = model.lockValue(who, id);
        model.rebond(who, id, to);
        return value;
      },
      (ledger, value) => {
        ledger.closeLock(who, id);
        ledger.bond(who, value, to);
        return to;
      },
    );
  }),
);

const setCommission = fc.tuple(orchestrator, ratio, ratio).map(([who, rewardCut, feeShare]): Step =>
  named(`setCommission ${who} ${rewardCut} ${feeShare}`, (twins) => {
    twins.do(
      "setCommission",
      (model) => model.setCommission(who, { rewardCut, feeShare }),
      (ledger) => {
        ledger.announce(who, rewardCut, feeShare);
        return who;
      },
    );
  }),
);

const reward = orchestrator.map((who): Step =>
  named(`reward ${who}`, (twins) => {
    twins.do(
      "reward",
      (model) => model.reward(who),
      () => who,
    );
  }),
);

const unjail = orchestrator.map((who): Step =>
  named(`unjail ${who}`, (twins) => {
    twins.do(
      "unjail",
      (model) => model.unjail(who),
      (ledger) => {
        ledger.nodes.get(who)!.jailed = false;
        return who;
      },
    );
  }),
);

const dispute = fc.tuple(orchestrator, fc.bigInt(0n, 2n)).map(([who, ago]): Step =>
  named(`dispute ${who} ${ago} ago`, (twins) => {
    const fault = twins.rounds.current - ago;
    twins.do(
      "openDispute",
      (model) => model.openDispute(who, fault),
      () => who,
    );
  }),
);

const settle = fc.tuple(orchestrator, fc.boolean(), fc.bigInt(1n, ONE / 2n)).map(([who, guilty, fraction]): Step =>
  named(`settle ${who} ${guilty} ${fraction}`, (twins) => {
    const fault = [...(twins.model.pools.get(who)?.disputes.keys() ?? [])][0];
    if (fault === undefined) return;
    if (guilty) {
      twins.do(
        "slash",
        (model) => model.slash(who, fault, fraction),
        (ledger, { bounty }) => {
          twins.same("the bounty", bounty, ledger.slash(who, fault, fraction) / 2n);
          if (twins.model.pool(who).forgiven.has(fault)) twins.see("forgiven");
          return who;
        },
      );
    }
    twins.do(
      "closeDispute",
      (model) => model.closeDispute(who, fault),
      () => who,
    );
  }),
);

/** {wei ETH} So little that the ledger's dust of stake is not seen in it. */
const fees = fc.oneof(fc.bigInt(1n, 1_000n), fc.bigInt(1n, 10n ** 12n));

const addFees = fc.tuple(orchestrator, fc.bigInt(0n, 3n), fees).map(([who, skipped, much]): Step =>
  named(`addFees ${who} ${skipped} ${much}`, (twins) => {
    const before = twins.model.pools.get(who)!.fees.before;
    const last = twins.rounds.current - 1n;
    // Mostly one that is over; often the last, where little has happened since the one before.
    const round = before + skipped < FIRST_ROUND || before + skipped > last ? last : before + skipped;
    twins.do(
      "addFees",
      (model) => model.addFees(who, round, much),
      (ledger) => {
        ledger.addFees(who, round, much);
        twins.added += much;
        return who;
      },
    );
  }),
);

const closeFees = fc.tuple(orchestrator, fc.bigInt(-1n, 3n)).map(([who, ago]): Step =>
  named(`closeFees ${who} ${ago} ago`, (twins) => {
    const before = twins.rounds.current - ago;
    twins.do(
      "closeFees",
      (model) => model.closeFees(who, before),
      () => null,
    );
  }),
);

const withdrawFees = fc.tuple(somebody, fc.option(fc.bigInt(0n, 20n))).map(([who, ago]): Step =>
  named(`withdrawFees ${who} ${ago}`, (twins) => {
    const before = ago === null ? null : twins.rounds.current - ago;
    twins.do(
      "withdrawFees",
      (model) => twins.claim(model, who, before),
      () => null,
    );
  }),
);

const ask = fc
  .oneof(fc.bigInt(1n, 4n), fc.bigInt(1n, 200n))
  .map((ago): Step => named(`ask ${ago} ago`, (twins) => twins.ask(ago)));

const wait = fc.oneof(
  fc.bigInt(1n, 20_000n).map((seconds): Step => named(`${seconds} s`, (twins) => twins.pass(seconds))),
  // At the boundary, a second before, a second after, at the end of the challenge window.
  fc
    .tuple(fc.bigInt(1n, 3n), fc.constantFrom(-1n, 0n, 1n, 10_799n, 10_800n))
    .map(([count, seconds]): Step =>
      named(`${count} rounds and ${seconds} s`, (twins) => twins.passRounds(count, seconds)),
    ),
  fc.bigInt(4n, 40n).map((count): Step => named(`${count} rounds`, (twins) => twins.passRounds(count))),
);

const step = fc.oneof(
  { weight: 10, arbitrary: bond },
  { weight: 7, arbitrary: unbond },
  { weight: 2, arbitrary: unbondCommission },
  { weight: 1, arbitrary: resign },
  { weight: 3, arbitrary: withdraw },
  { weight: 4, arbitrary: rebond },
  { weight: 2, arbitrary: setCommission },
  { weight: 1, arbitrary: reward },
  { weight: 6, arbitrary: unjail },
  { weight: 4, arbitrary: dispute },
  { weight: 4, arbitrary: settle },
  { weight: 5, arbitrary: addFees },
  { weight: 1, arbitrary: closeFees },
  { weight: 3, arbitrary: withdrawFees },
  { weight: 4, arbitrary: ask },
  { weight: 14, arbitrary: wait },
);

const steps66 = fc.array(step, { minLength: 66, maxLength: 66, size: "max" });

/** Three orchestrators with commissions of their own. */
function begin(faultAllowance: bigint): Twins {
  const twins = new Twins(EVERYBODY, { ...PARAMETERS, faultAllowance });
  for (const [n, who] of ORCHESTRATORS.entries()) {
    const rewardCut = [ONE / 10n, 0n, ONE][n]!;
    const feeShare = [ONE / 2n, ONE, ONE / 3n][n]!;
    twins.do(
      "register",
      (model) => model.register(who, { rewardCut, feeShare }, 6_000n * ONE + BigInt(n)),
      (ledger) => {
        ledger.register(who, rewardCut, feeShare);
        ledger.bond(who, 6_000n * ONE + BigInt(n), who);
        return who;
      },
    );
  }
  return twins;
}

describe("staking: model and naive ledger", function () {
  this.timeout(TIME_LIMIT);

  it("agree on everybody's stake, fees and votes after any sequence, whoever touches what and when (S2 to S7)", () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(fc.constantFrom(0n, 1n), steps66, (faultAllowance, steps) => {
        const twins = begin(faultAllowance);
        for (const each of steps) each(twins);
        twins.finish();
        for (const [what, count] of twins.seen) seen.set(what, (seen.get(what) ?? 0) + count);
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: GLANCE },
    );
    // A property that met nothing proves nothing.
    const often = {
      bond: 350,
      unbond: 200,
      unbondCommission: 60,
      resign: 30,
      withdrawStake: 10,
      rebond: 20,
      slash: 30,
      forgiven: 10,
      unjail: 4,
      addFees: 150,
      withdrawFees: 100,
      "fees paid": 100,
      "votes of a round": 100,
      "votes of an earlier round": 100,
    };
    for (const [what, per100] of Object.entries(often)) expectOften(seen.get(what) ?? 0, (per100 * RUNS) / 100, what);
  });
});
