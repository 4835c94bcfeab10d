import { tmpdir } from "node:os";
import { expect } from "chai";
import { freeBytes, Room } from "../../../offchain/node/room.ts";
import { expectCode } from "../pm/coded.ts";

const MARGIN = 4_194_304;

describe("room on the disk", () => {
  it("is taken for all that is under way, and given back", async () => {
    const room = new Room({ free: () => Promise.resolve(MARGIN + 100) });
    const release = await room.reserve(60);
    await expectCode(room.reserve(41), "SegmentStoreFull");
    const other = await room.reserve(40);
    other();
    release();
    await room.reserve(100);
    await expectCode(room.reserve(1), "SegmentStoreFull");
  });

  it("N3: is not given twice to two who ask at once", async () => {
    const room = new Room({ free: () => Promise.resolve(MARGIN + 100) });
    const both = await Promise.allSettled([room.reserve(60), room.reserve(60)]);
    expect(both.map(({ status }) => status)).to.deep.equal(["fulfilled", "rejected"]);
  });

  it("is what the file system says", async () => {
    expect(await freeBytes(tmpdir())).to.be.above(0);
  });
});
