import { expect } from "chai";
import fc from "fast-check";
import { Emission } from "../../sim/model/staking/emission.ts";
import { impersonate, loadProtocol } from "../fixtures/protocol.ts";
import { GLANCE, SEED, TIME_LIMIT, expectOften, runsOf } from "./effort.ts";

const ONE = 10n ** 18n;
const SUPPLY = 10_000_000n * ONE;
const MOST = ONE / 500n;

/** Something between two calls of BondingManager, then the call. */
interface Step {
  readonly rounds: bigint;
  readonly active: bigint;
  readonly marks: bigint;
  /** {wei LPT} Burnt before. */
  readonly burnt: bigint;
  /** Parameters that governance sets before; null: it sets none. */
  readonly parameters: {
    readonly inflationStep: bigint;
    readonly maximumInflation: bigint;
    readonly targetBondingRate: bigint;
    readonly treasuryCut: bigint;
  } | null;
}

/** Mostly next to nothing, around the target, or anything. */
const stakes = fc.oneof(
  fc.constant(0n),
  fc.bigInt(1n, 1_000n),
  fc.bigInt(1n, SUPPLY / 1_000n),
  fc.bigInt(SUPPLY / 2n - 10n, SUPPLY / 2n + 10n),
  fc.bigInt(1n, SUPPLY),
);

const parameters = fc.record({
  inflationStep: fc.oneof(fc.bigInt(MOST / 10_000n, MOST / 100n), fc.bigInt(MOST / 10_000n, MOST)),
  maximumInflation: fc.oneof(fc.constant(MOST), fc.bigInt(0n, MOST)),
  targetBondingRate: fc.oneof(fc.constantFrom(0n, ONE / 2n, ONE), fc.bigInt(0n, ONE)),
  treasuryCut: fc.oneof(fc.constant(0n), fc.bigInt(0n, ONE / 5n)),
});

const steps: fc.Arbitrary<Step> = fc.record({
  rounds: fc.oneof(
    { weight: 3, arbitrary: fc.constant(1n) },
    { weight: 4, arbitrary: fc.bigInt(2n, 40n) },
    { weight: 2, arbitrary: fc.bigInt(200n, 600n) },
  ),
  active: stakes,
  marks: fc.oneof(
    fc.constant(0n),
    fc.bigInt(0n, 2n ** 40n),
    fc.bigInt(0n, 2n ** 256n - 1n),
    fc.constant(2n ** 256n - 1n),
  ),
  burnt: fc.oneof({ weight: 3, arbitrary: fc.constant(0n) }, { weight: 1, arbitrary: fc.bigInt(0n, SUPPLY / 20n) }),
  parameters: fc.option(parameters, { freq: 4 }),
});

/** Bits of `marks` that name a round before the last, ascending. */
const markedBy = ({ marks, rounds }: Step): bigint[] =>
  Array.from({ length: 255 }, (_, i) => BigInt(i) + 1n).filter((i) => i < rounds - 1n && (marks >> i) & 1n);

describe("minter", function () {
  this.timeout(TIME_LIMIT);

  it("mints, grows and keeps what the model does, to the wei and to the bit", async function () {
    const p = await loadProtocol();
    const minter = p.minter.connect(await impersonate(p, await p.bonding.getAddress()));
    const snapshot = await p.networkHelpers.takeSnapshot();
    const { inflation, ...initial } = p.parameters.minter;
    const seen = new Map<string, number>();
    const see = (what: string, happened: boolean): void => void (happened && seen.set(what, (seen.get(what) ?? 0) + 1));

    const sequences = fc.array(steps, { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(sequences, async (sequence) => {
        await snapshot.restore();
        const model = new Emission(0n, SUPPLY, inflation, initial);
        let round = 0n;
        for (const step of sequence) {
          if (step.parameters !== null) {
            await p.minter.setParameters(step.parameters);
            model.parameters = step.parameters;
          }
          if (step.burnt > 0n) {
            await p.token.burn(step.burnt);
            model.supply -= step.burnt;
          }
          const first = round + 1n;
          const marked = markedBy(step);
          for (const i of marked) model.mark(first + i);
          model.next = step.active;
          model.earners = step.active === 0n ? 0 : 1;
          round += step.rounds;
          model.advance(round);

          const result = await minter.advance.staticCall(step.rounds, step.active, step.marks);
          const log = (of: bigint): bigint => model.log(of) - model.log(first);
          expect(result.active).to.equal(model.active);
          expect(result.stakers).to.equal(model.next - model.active);
          expect(result.log).to.equal(log(round));
          expect(result.marked).to.deep.equal(marked.map((i) => log(first + i)));
          expect(await minter.preview(step.rounds, step.active, step.marks)).to.deep.equal(result);

          await minter.advance(step.rounds, step.active, step.marks);
          const settled = await minter.settledMint();
          expect(await minter.inflation()).to.equal(model.inflation);
          expect(settled.stakers).to.equal(model.next - model.active);
          expect(await p.token.totalSupply()).to.equal(model.supply);
          expect(await p.token.balanceOf(p.bonding)).to.equal(model.minted.stakers);
          expect(await p.token.balanceOf(p.treasury)).to.equal(model.minted.treasury);

          see("a doubling", model.active > 4n * step.active && step.active > 0n);
          see("a mark", marked.length > 0);
          see("nothing at stake", model.active === 0n);
          see("no inflation", model.inflation === 0n);
          see("the largest inflation", model.inflation === model.parameters.maximumInflation);
        }
      }),
      { numRuns: runsOf(60), seed: SEED, endOnFailure: GLANCE },
    );
    for (const what of ["a doubling", "a mark", "nothing at stake", "no inflation", "the largest inflation"]) {
      expectOften(seen.get(what) ?? 0, 10, `how often the sequences met "${what}"`);
    }
  });
});
