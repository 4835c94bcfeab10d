import { expect } from "chai";
import { isStreamflowError, StreamflowError } from "../../../offchain/errors.ts";
import type { TranscodedRendition } from "../../../offchain/media/interface.ts";
import type { Transcoder, Work } from "../../../offchain/pool/interface.ts";
import { Pool } from "../../../offchain/pool/pool.ts";

const WORK: Work = { media: new Uint8Array(1), renditions: [], timeoutMs: 1_000 };
const LIVE = new AbortController().signal;

/** Stands for a process with ffmpeg behind it: answers when the test says so. */
class Transcoder__Fake implements Transcoder {
  readonly name: string;
  readonly capacity: number;
  readonly pending: { resolve: (result: TranscodedRendition[]) => void; reject: (error: Error) => void }[] = [];

  constructor(name: string, capacity = 1) {
    this.name = name;
    this.capacity = capacity;
  }

  transcode(): Promise<TranscodedRendition[]> {
    return new Promise((resolve, reject) => this.pending.push({ resolve, reject }));
  }
}

function refused(pool: Pool): boolean {
  try {
    pool.reserve().release();
    return false;
  } catch (error) {
    if (isStreamflowError(error, "CapacityExceeded")) return true;
    throw error;
  }
}

describe("Pool", () => {
  it("gives out as many places as its transcoders have, then refuses with CapacityExceeded", () => {
    const pool = new Pool();
    expect(refused(pool)).to.equal(true);
    pool.add(new Transcoder__Fake("a", 2));
    pool.add(new Transcoder__Fake("b", 1));
    expect(pool.capacity()).to.equal(3);
    const places = [pool.reserve(), pool.reserve(), pool.reserve()];
    expect(refused(pool)).to.equal(true);
    places[0]?.release();
    places[0]?.release();
    const again = pool.reserve();
    expect(refused(pool), "a second release gives nothing").to.equal(true);
    again.release();
  });

  it("spreads work by load", async () => {
    const pool = new Pool();
    const [a, b] = [new Transcoder__Fake("a", 2), new Transcoder__Fake("b", 2)];
    pool.add(a);
    pool.add(b);
    const running = [pool.reserve(), pool.reserve()].map((place) => place.transcode(WORK, LIVE));
    expect([a.pending.length, b.pending.length]).to.deep.equal([1, 1]);
    for (const { pending } of [a, b]) pending[0]?.resolve([]);
    await Promise.all(running);
  });

  it("hands work of a lost transcoder to another at once", async () => {
    const pool = new Pool();
    const [a, b] = [new Transcoder__Fake("a"), new Transcoder__Fake("b")];
    const leave = pool.add(a);
    pool.add(b);
    const place = pool.reserve();
    const result = place.transcode(WORK, LIVE);
    leave();
    a.pending[0]?.reject(new StreamflowError("TranscoderLost", "gone"));
    await Promise.resolve();
    await Promise.resolve();
    b.pending[0]?.resolve([{ name: "x" } as TranscodedRendition]);
    expect((await result).map(({ name }) => name)).to.deep.equal(["x"]);
    expect(refused(pool), "b is still held").to.equal(true);
    place.release();
    expect(refused(pool)).to.equal(false);
  });

  it("does not repeat work that failed, and says CapacityExceeded when the last transcoder is lost", async () => {
    const pool = new Pool();
    const a = new Transcoder__Fake("a");
    const leave = pool.add(a);
    const place = pool.reserve();
    const failed = place.transcode(WORK, LIVE);
    a.pending[0]?.reject(new StreamflowError("TranscodeFailed", "bad segment"));
    expect(isStreamflowError(await failed.catch((error: unknown) => error), "TranscodeFailed")).to.equal(true);

    const lost = place.transcode(WORK, LIVE);
    leave();
    a.pending[1]?.reject(new StreamflowError("TranscoderLost", "gone"));
    expect(isStreamflowError(await lost.catch((error: unknown) => error), "CapacityExceeded")).to.equal(true);
  });
});
