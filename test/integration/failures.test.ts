import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { network } from "hardhat";
import { FAULTS } from "../../tasks/bench/failures/faults/index.ts";
import { shortcomings } from "../../tasks/bench/failures/result.ts";
import { runFailures } from "../../tasks/bench/failures/run.ts";
import { smallMaterial } from "../../tasks/bench/failures/source.ts";
import { testRunner } from "../fixtures/clips.ts";

/** {s} Of each fault: long enough for some segments to meet it. */
const SECONDS = [3, 4] as const;
/** More than are sent by then. */
const SEGMENTS = 4_000;

describe("failures on purpose, of every kind for some seconds", () => {
  let dir: string;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "streamflow-failures-"));
  });
  after(() => rm(dir, { recursive: true }));

  it("N1: lose no segment and no winner, and nothing bad, doubled or misplaced is published", async () => {
    const runner = await testRunner();
    const said: string[] = [];
    const part = await runFailures(
      {
        dir,
        segments: SEGMENTS,
        streams: 4,
        orchestrators: 3,
        seed: 17,
        pace: 1,
        isShort: true,
        signal: AbortSignal.timeout(550_000),
      },
      {
        ...{ network, ffmpeg: runner.ffmpeg, material: smallMaterial(runner, dir) },
        faults: FAULTS.map((fault) => ({ ...fault, seconds: SECONDS })),
        say: (text) => said.push(text),
      },
    );
    for (const kind of part.skipped)
      process.stderr.write(`      notice: "${kind}" needs the right to mount, and is skipped\n`);
    expect(Object.keys(part.kinds).length).to.be.at.least(FAULTS.length - part.skipped.length);
    expect(part.segments).to.be.above(20);
    expect(part.winners.acknowledged).to.be.above(0);
    expect(shortcomings(part), said.join("\n")).to.deep.equal([]);
  });
});
