import { expect } from "chai";
import { pino } from "pino";
import { Seats } from "../../../offchain/node/seats.ts";
import { newStanding, type Standing, withFailure, withSuccess } from "../../../offchain/discovery/history/standing.ts";
import { StreamflowError } from "../../../offchain/errors.ts";
import type { Examined } from "../../../offchain/media/checks/interface.ts";
import type { CheckShares } from "../../../offchain/media/checks/policy.ts";
import type { SourceSegment, TranscodedRendition } from "../../../offchain/media/interface.ts";
import { Checking, type CheckingModules } from "../../../offchain/node/checking.ts";
import { pictureParameters, sequenceParameters, slice, transportStream } from "../media/synthetic.ts";
import { expectCode } from "../pm/coded.ts";

const NAME = "an orchestrator";
const RENDITIONS = [
  { name: "240p", width: 426, height: 240, encoder: "auditable", preset: "veryfast", crf: 23 },
] as const;
const MEASURES = { blk: 12.34567, hue: 0.1, worst: 20, dup: 1 };
const ALL: CheckShares = { gray: 1, exact: 0 };
const NONE: CheckShares = { gray: 0, exact: 0 };

/** A picture that no other number makes. */
function coded(number: number): Buffer {
  const picture = [
    ...sequenceParameters({ width: 20, height: 12 }),
    ...pictureParameters(),
    ...slice({ frameNumber: 0 }),
  ];
  return transportStream([{ pts: 900_000, payload: [...picture, number + 1] }]);
}
const segment = (sequence: number) => ({ sequence, bytes: coded(100 + sequence) }) as unknown as SourceSegment;
const answer = (number: number) => [{ name: "240p", bytes: coded(number) }] as unknown as TranscodedRendition[];
const examined = (verdict: Examined["verdict"]): Examined => ({
  ...{ verdict, fault: verdict === "failed" ? "pictures" : null, gray: { verdict, measures: MEASURES }, exact: null },
});
const OTHER_BITS: Examined = {
  ...{ verdict: "failed", fault: "bits", gray: null },
  exact: { isEqual: false, verdict: "failed", comparison: null },
};

describe("checking of answers", () => {
  let lines: Record<string, unknown>[];
  let wanted: object[];
  let standing: Standing;
  beforeEach(() => {
    [lines, wanted, standing] = [[], [], newStanding(NAME, 0)];
  });

  const checkingOf = (shares: CheckShares, examine: CheckingModules["examine"]): Checking =>
    new Checking(
      { renditions: RENDITIONS, shares, timeoutMs: 1_000 },
      {
        examine: (pair, plan, options) => {
          wanted.push({ gray: plan.gray, exact: plan.exact });
          return examine(pair, plan, options);
        },
        standings: { get: () => standing },
        seats: new Seats(1),
        draw: () => 0.5,
        log: pino({}, { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) }),
      },
    );
  const always = (verdict: Examined["verdict"]) => () => Promise.resolve(examined(verdict));
  const { signal } = new AbortController();

  it("rejects what failed, with its figures", async () => {
    const checking = checkingOf(ALL, always("failed"));
    const thrown = (await checking
      .check(segment(0), NAME, answer(0), signal)
      .catch((error: unknown) => error)) as StreamflowError;
    expect(thrown).to.include({ code: "WorkRejected" });
    expect(thrown.data).to.deep.equal({ rendition: "240p", ...MEASURES, blk: 12.346 });
    expect(checking.counts).to.include({ answers: 1, rejected: 1, passed: 0 });
  });

  it("rejects what has other bits than ordered by a name of its own", async () => {
    const checking = checkingOf(ALL, () => Promise.resolve(OTHER_BITS));
    const thrown = (await checking
      .check(segment(0), NAME, answer(0), signal)
      .catch((error: unknown) => error)) as StreamflowError;
    expect(thrown).to.include({ code: "BitsDiffer" });
    expect(thrown.data).to.deep.equal({ rendition: "240p", isEqual: false });
    expect(checking.counts).to.include({ rejected: 1, unfinished: 0 });
  });

  it("encodes the next answer again of whose last one should have been, and could not be", async () => {
    for (const examine of [
      // Suspect to small pictures; its own encode was not made.
      always("suspect"),
      () => Promise.reject(new StreamflowError("FfmpegTimedOut", "too slow")),
    ]) {
      wanted = [];
      let isFirst = true;
      const checking = checkingOf(NONE, () => {
        if (!isFirst) return Promise.resolve(examined("passed"));
        isFirst = false;
        return examine();
      });
      checking.suspect([NAME]);
      for (const sequence of [0, 1, 2]) await checking.check(segment(sequence), NAME, answer(sequence), signal);
      expect(wanted).to.deep.equal([
        { gray: false, exact: true },
        { gray: false, exact: true },
      ]);
    }
  });

  it("lets pass what is suspect, and tells", async () => {
    const checking = checkingOf(ALL, always("suspect"));
    await checking.check(segment(0), NAME, answer(0), signal);
    expect(checking.counts).to.include({ answers: 1, suspect: 1 });
    expect(lines.map(({ msg, orchestrator, sequence }) => ({ msg, orchestrator, sequence }))).to.deep.equal([
      { msg: "pictures are suspect", orchestrator: NAME, sequence: 0 },
    ]);
  });

  it("lets pass what could not be checked, and counts it", async () => {
    const checking = checkingOf(ALL, () => Promise.reject(new StreamflowError("FfmpegTimedOut", "too slow")));
    await checking.check(segment(0), NAME, answer(0), signal);
    expect(checking.counts).to.include({ unfinished: 1, passed: 0 });
    expect(lines[0]).to.include({ code: "FfmpegTimedOut", msg: "pictures could not be checked" });
  });

  it("looks at nothing that is not drawn", async () => {
    const checking = checkingOf(NONE, always("failed"));
    await checking.check(segment(0), NAME, answer(0), signal);
    expect(wanted).to.deep.equal([]);
    expect(checking.counts).to.include({ answers: 1, passed: 0 });
  });

  it("is over when the segment is", async () => {
    const stop = new AbortController();
    const checking = checkingOf(ALL, () => {
      stop.abort(new Error("enough"));
      return Promise.reject(stop.signal.reason as Error);
    });
    const thrown: unknown = await checking
      .check(segment(0), NAME, answer(0), stop.signal)
      .catch((error: unknown) => error);
    expect(thrown).to.equal(stop.signal.reason);
    expect(checking.counts).to.include({ unfinished: 0 });
  });

  it("N3: leaves out what was drawn while another check runs, and waits with what is suspect", async () => {
    const first = Promise.withResolvers<Examined>();
    const checking = checkingOf(ALL, () => first.promise);
    const running = checking.check(segment(0), NAME, answer(0), signal);
    await checking.check(segment(1), NAME, answer(1), signal);
    expect(checking.counts).to.include({ dropped: 1 });

    checking.suspect([NAME]);
    let isOver = false;
    const required = checking.check(segment(2), NAME, answer(2), signal).then(() => (isOver = true));
    await Promise.resolve();
    expect({ isOver, looks: wanted.length }).to.deep.equal({ isOver: false, looks: 1 });
    first.resolve(examined("passed"));
    await Promise.all([running, required]);
    expect(checking.counts).to.deep.equal({
      ...{ answers: 3, passed: 2, suspect: 0, rejected: 0, unfinished: 0, dropped: 1 },
    });
    // The place is free again.
    await checking.check(segment(3), NAME, answer(3), signal);
    expect(checking.counts).to.include({ passed: 3 });
  });

  it("encodes the next answer again of who disagreed with others, once", async () => {
    const checking = checkingOf(NONE, always("passed"));
    checking.suspect([NAME]);
    for (const sequence of [0, 1]) await checking.check(segment(sequence), NAME, answer(sequence), signal);
    expect(wanted).to.deep.equal([{ gray: false, exact: true }]);
  });

  for (const code of ["WorkRejected", "BitsDiffer"] as const)
    it(`encodes each answer again of who was rejected, until it is trusted: ${code}`, async () => {
      standing = withFailure(standing, code, 0);
      const checking = checkingOf(NONE, always("passed"));
      for (let sequence = 0; sequence < 5; sequence++) {
        await checking.check(segment(sequence), NAME, answer(sequence), signal);
        standing = withSuccess(standing, 1, "live");
      }
      expect(wanted).to.have.length(3);
    });

  it("looks at what was delivered before for another segment, unless it was rejected then", async () => {
    let verdict: Examined["verdict"] = "passed";
    const checking = checkingOf(NONE, () => Promise.resolve(examined(verdict)));
    await checking.check(segment(0), NAME, answer(7), signal);
    expect(wanted).to.deep.equal([]);
    verdict = "failed";
    await expectCode(checking.check(segment(1), NAME, answer(7), signal), "WorkRejected");
    expect(wanted).to.deep.equal([{ gray: true, exact: false }]);
  });
});
