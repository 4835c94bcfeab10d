import { expect } from "chai";
import { capacityFor, measure } from "../../../offchain/pool/benchmark.ts";
import { testRunner } from "../../fixtures/clips.ts";

/** {pixel/s} One 720p30 stream with the default ladder: 854 × 480, 640 × 360 and 426 × 240. */
const STREAM = 30 * (854 * 480 + 640 * 360 + 426 * 240);

describe("the benchmark of a transcoder", () => {
  it("tells how quick the machine is, alone and with as many segments as it is to take", async () => {
    const runner = await testRunner();
    let running = 0;
    let most = 0;
    const counted = {
      ffmpeg: runner.ffmpeg,
      run: async (job: Parameters<typeof runner.run>[0]) => {
        most = Math.max(most, ++running);
        await runner.run(job);
        running--;
      },
    };
    const { speed, capacity } = await measure(counted, { cores: 2, capacity: 2 });
    expect(capacity).to.equal(2);
    expect(most).to.equal(2);
    for (const figure of Object.values(speed)) expect(figure).to.satisfy(Number.isInteger).and.above(0);
  });

  it("takes as many streams as it keeps up with, one at least, no more than two a core", () => {
    expect(capacityFor(3.9 * STREAM, 4)).to.equal(3);
    expect(capacityFor(STREAM / 10, 4)).to.equal(1);
    expect(capacityFor(100 * STREAM, 4)).to.equal(8);
    expect(capacityFor(1e15, 1_000)).to.equal(256);
  });
});
