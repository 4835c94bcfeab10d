import { expect } from "chai";
import { judgeBeside, judgeGray } from "../../../../offchain/media/checks/gray.ts";
import type { Measures, SmallPictures } from "../../../../offchain/media/checks/interface.ts";
import { measure } from "../../../../offchain/media/checks/measures.ts";

const [WIDTH, HEIGHT, COUNT] = [20, 10, 16];
const LUMA = WIDTH * HEIGHT;

/** Pictures of which `sample` tells each byte: luma, then both chroma planes. */
function pictures(sample: (picture: number, at: number) => number): SmallPictures {
  return {
    width: WIDTH,
    height: HEIGHT,
    pictures: Array.from({ length: COUNT }, (_, picture) =>
      Uint8Array.from({ length: (LUMA * 3) / 2 }, (_, at) => sample(picture, at)),
    ),
  };
}

/** A picture that gets brighter by three steps each time. */
const moving = (picture: number, at: number): number => (at < LUMA ? 20 + 3 * picture : 128);
const source = pictures(moving);

describe("small pictures", () => {
  it("that are equal have no difference", () => {
    expect(measure(source, source)).to.deep.equal({ blk: 0, hue: 0, worst: 100, dup: 0 });
  });

  it("differ by their farthest cell in the mean of time, with its sign, and not by noise that averages out", () => {
    const isRight = (at: number) => at < LUMA && at % WIDTH >= 10;
    const darker = pictures((picture, at) => moving(picture, at) - (isRight(at) ? 5 : 0));
    expect(measure(source, darker)).to.include({ blk: 5, hue: 0 });
    const flickering = pictures((picture, at) => moving(picture, at) + (at < LUMA ? (picture % 2 === 0 ? 5 : -5) : 0));
    expect(measure(source, flickering).blk).to.equal(0);
  });

  it("differ in colour by the cell of either chroma plane", () => {
    for (const plane of [0, 1]) {
      // The left of the two cells.
      const isTinted = (at: number) => Math.floor((at - LUMA) / (LUMA / 4)) === plane && at % (WIDTH / 2) < 5;
      const tinted = pictures((picture, at) => moving(picture, at) + (at >= LUMA && isTinted(at) ? 7 : 0));
      expect(measure(source, tinted)).to.deep.equal({ blk: 0, hue: 7, worst: 100, dup: 0 });
    }
  });

  it("are as good as the worst of them", () => {
    const spoilt = pictures((picture, at) => moving(picture, at) + (picture === 9 && at < LUMA ? 51 : 0));
    // 20 log₁₀(255 / 51)
    expect(measure(source, spoilt).worst).to.be.within(13.978, 13.98);
  });

  it("are copies where the source moves and they do not, as a share of those that move", () => {
    const halved = pictures((picture, at) => moving(picture - (picture % 2), at));
    expect(measure(source, halved).dup).to.be.within(8 / 15 - 1e-9, 8 / 15 + 1e-9);
    const frozen = pictures((_, at) => moving(0, at));
    expect(measure(source, frozen).dup).to.equal(1);
    // A still source has none to copy, nor has one that moves too rarely to tell.
    expect(measure(frozen, frozen).dup).to.equal(0);
    const rare = pictures((picture, at) => moving(Math.min(picture, 7), at));
    expect(measure(rare, frozen).dup).to.equal(0);
  });

  const good: Measures = { blk: 0.5, hue: 0.5, worst: 40, dup: 0 };

  it("are rejected by luma beyond all honest work, and suspect before that", () => {
    expect(judgeGray(good)).to.equal("passed");
    const judged = (changes: Partial<Measures>) => judgeGray({ ...good, ...changes });
    expect([judged({ blk: 3.2 }), judged({ blk: 3.21 })]).to.deep.equal(["suspect", "failed"]);
    expect([judged({ worst: 27 }), judged({ worst: 26.9 })]).to.deep.equal(["suspect", "failed"]);
    expect([judged({ blk: 2.2 }), judged({ blk: 2.21 })]).to.deep.equal(["passed", "suspect"]);
    expect([judged({ worst: 30 }), judged({ worst: 29.9 })]).to.deep.equal(["passed", "suspect"]);
    expect([judged({ dup: 0.1 }), judged({ dup: 1 })]).to.deep.equal(["passed", "suspect"]);
    expect([judged({ hue: 2 }), judged({ hue: 50 })]).to.deep.equal(["passed", "suspect"]);
  });

  it("are rejected by colour and copies, too, beside an own encode that is good, and for nothing beside one that is not", () => {
    const beside = (changes: Partial<Measures>, own = good) => judgeBeside({ ...good, ...changes }, own);
    expect([beside({ hue: 6 }), beside({ hue: 6.1 })]).to.deep.equal(["suspect", "failed"]);
    expect([beside({ dup: 0.3 }), beside({ dup: 0.31 })]).to.deep.equal(["suspect", "failed"]);
    expect(beside({ blk: 9 })).to.equal("failed");
    expect(beside({ blk: 9, hue: 9, dup: 1, worst: 10 }, { ...good, worst: 29 })).to.equal("suspect");
  });
});
