import { expect } from "chai";
import fc from "fast-check";
import { countOf, noPaces, quantileOf, withPace } from "../../../../offchain/discovery/history/pace.ts";
import {
  decayed,
  experienceOf,
  goodShare,
  newStanding,
  PROBATION,
  reputationOf,
  type Standing,
  withFailure,
  withLateness,
  withSuccess,
} from "../../../../offchain/discovery/history/standing.ts";
import type { ErrorCode } from "../../../../offchain/errors.ts";
import { expectClose } from "../../../fixtures/close.ts";

const NOW = 1_700_000_000_000;
const HALF_LIFE = 1_000_000;
const fresh = newStanding("0x1", NOW);
const failedBy = (...codes: ErrorCode[]) => codes.reduce((standing, code) => withFailure(standing, code, NOW), fresh);
const pauseOf = ({ suspendedUntil }: Standing) => suspendedUntil - NOW;

describe("the history of an orchestrator", () => {
  it("is even where there is none, and better with each good segment", () => {
    expect(goodShare(fresh)).to.equal(0.5);
    const once = withSuccess(fresh, 0.5, "live");
    expect(goodShare(once)).to.be.above(0.5);
    expect(goodShare(withSuccess(once, 0.5, "live"))).to.be.above(goodShare(once));
    expect(experienceOf(withFailure(once, "PeerFailed", NOW))).to.equal(2);
  });

  it("holds a fault against it more than a bad answer, and that more than a timeout, in share and in time", () => {
    const [timeout, answer, fault] = [failedBy("PeerFailed"), failedBy("AnswerInvalid"), failedBy("FaultFound")];
    expect(goodShare(timeout)).to.be.above(goodShare(answer));
    expect(goodShare(answer)).to.be.above(goodShare(fault));
    expect([timeout, answer, fault].map(pauseOf)).to.deep.equal([500, 4_000, 1_024_000]);
  });

  it("holds nothing against it that a fresh quote puts right, or that is the broadcaster's own matter", () => {
    const stale = ["TicketParamsExpired", "CommitmentClosed", "CapacityExceeded", "Overloaded"] as const;
    const money = ["LowPMBalance", "FloatExhausted", "EscrowTooLow", "SenderRefused"] as const;
    for (const code of [...stale, ...money]) expect(failedBy(code), code).to.equal(fresh);
  });

  it("doubles the suspension with each failure, up to a limit by what failed", () => {
    const codes = Array<ErrorCode>(20).fill("PeerFailed");
    const pauses = codes.map((_, i) => pauseOf(failedBy(...codes.slice(0, i + 1))));
    expect(pauses.slice(0, 4)).to.deep.equal([500, 1_000, 2_000, 4_000]);
    expect(pauses.at(-1)).to.equal(30_000);
    expect(pauseOf(failedBy(...Array<ErrorCode>(9).fill("FaultFound")))).to.equal(3_600_000);
  });

  it("does not shorten the suspension for a fault by a timeout", () => {
    expect(pauseOf(failedBy("FaultFound", "PeerFailed"))).to.equal(1_024_000);
  });

  it("trusts again after some good segments in a row", () => {
    let standing = failedBy("PeerFailed", "PeerFailed");
    for (let left = PROBATION; left > 0; left--) {
      expect(standing.probation).to.equal(left);
      expect(standing.strikes).to.equal(2);
      standing = withSuccess(standing, 1, "live");
    }
    expect(standing).to.include({ probation: 0, strikes: 0, suspendedUntil: 0 });
    expect(pauseOf(withFailure(standing, "PeerFailed", NOW)), "begins anew").to.equal(500);
    const relapsed = withFailure(withSuccess(failedBy("PeerFailed"), 1, "live"), "PeerFailed", NOW);
    expect(relapsed.probation).to.equal(PROBATION);
    expect(pauseOf(relapsed)).to.equal(1_000);
  });

  it("fades: every count halves in its time, and quantiles stay", () => {
    let standing = withFailure(
      withLateness(withSuccess(withSuccess(fresh, 0.5, "live"), 0.5, "live"), 2, "live"),
      "PeerFailed",
      NOW,
    );
    standing = decayed(standing, NOW + HALF_LIFE, HALF_LIFE);
    expectClose(standing.good, 1, 1e-9);
    expectClose(standing.failures.PeerFailed!, 0.5, 1e-9);
    expectClose(standing.strikes, 0.5, 1e-9);
    expectClose(countOf(standing.paces.live), 1.5, 1e-6);
    expect(quantileOf(standing.paces.live, 0.5)).to.be.within(0.45, 0.55);
    expect(decayed(standing, NOW, HALF_LIFE), "never backwards").to.equal(standing);
  });
});

describe("paces", () => {
  it("of live streams do not mix with those of files, nor does a choice", () => {
    let standing = fresh;
    for (let i = 0; i < 4; i++) standing = withSuccess(standing, 0.5, "live");
    for (let i = 0; i < 30; i++) standing = withLateness(withSuccess(standing, 8, "file"), 20, "file");
    standing = decayed(standing, NOW + HALF_LIFE, HALF_LIFE);
    expectClose(countOf(standing.paces.live), 2, 1e-6);
    expect(quantileOf(standing.paces.live, 0.95)).to.be.within(0.45, 0.55);
    expectClose(countOf(standing.paces.file), 30, 1e-4);
    expect(reputationOf(standing, "live", NOW, HALF_LIFE).pace).to.be.within(0.45, 0.55);
    expect(reputationOf(standing, "file", NOW, HALF_LIFE).pace).to.be.within(7.2, 8.8);
  });

  it("give quantiles to 10 %", () => {
    const pace = fc.double({ min: 0.021, max: 25, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(pace, { minLength: 1, maxLength: 50 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (all, q) => {
          const counts = all.reduce(withPace, noPaces());
          // With the same allowance for sums of fractions.
          const exact = all.sort((a, b) => a - b)[Math.ceil(all.length * q * (1 - 1e-6)) - 1]!;
          expect(quantileOf(counts, q)! / exact).to.be.within(1 / 1.1, 1.1);
        },
      ),
    );
  });

  it("know nothing at first, and count what is beyond their ends there", () => {
    expect(quantileOf(noPaces(), 0.5)).to.equal(null);
    expect(quantileOf(withPace(noPaces(), 0), 1)).to.equal(0.02);
    expect(quantileOf(withPace(noPaces(), 1e9), 1)).to.be.within(20, 30);
  });
});
