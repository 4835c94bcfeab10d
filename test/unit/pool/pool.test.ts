import { setImmediate as soon } from "node:timers/promises";
import { expect } from "chai";
import { isStreamflowError } from "../../../offchain/errors.ts";
import type { Encoder } from "../../../offchain/media/interface.ts";
import { Pool } from "../../../offchain/pool/pool.ts";
import { Clock__Fake } from "../pm/Clock__Fake.ts";
import { expectCode } from "../pm/coded.ts";
import { Transcoder__Fake, workOf } from "./Transcoder__Fake.ts";

const LIVE = new AbortController().signal;
/** The time that a pixel takes does not depend on what else is done. */
const steady = (speed: number, capacity: number) => ({ single: speed, full: speed * capacity });

describe("Pool", () => {
  let clock: Clock__Fake;
  let pool: Pool;
  beforeEach(() => {
    clock = new Clock__Fake();
    pool = new Pool({ clock });
  });

  /** Who did it. */
  const work = async (frames?: number, encoder?: Encoder): Promise<string> => {
    const place = pool.reserve();
    try {
      return (await place.transcode(workOf(frames, encoder), LIVE)).map(({ name }) => name).join();
    } finally {
      place.release();
    }
  };
  function join(...members: Transcoder__Fake[]) {
    return members.map((member) => pool.add(member));
  }
  function refused(): boolean {
    try {
      pool.reserve().release();
      return false;
    } catch (error) {
      if (isStreamflowError(error, "CapacityExceeded")) return true;
      throw error;
    }
  }

  it("gives out as many places as its transcoders have, then refuses with CapacityExceeded", () => {
    expect(refused()).to.equal(true);
    join(new Transcoder__Fake("a", 2), new Transcoder__Fake("b", 1));
    expect(pool.capacity()).to.equal(3);
    const places = [pool.reserve(), pool.reserve(), pool.reserve()];
    expect(refused()).to.equal(true);
    places[0]?.release();
    places[0]?.release();
    const again = pool.reserve();
    expect(refused(), "a second release gives nothing").to.equal(true);
    again.release();
  });

  describe("chooses who is expected to be done first:", () => {
    it("the least loaded among equals", async () => {
      const [a, b] = [new Transcoder__Fake("a", 2), new Transcoder__Fake("b", 2)];
      join(a, b);
      const running = [work(), work()];
      await soon();
      expect([a.pending.length, b.pending.length]).to.deep.equal([1, 1]);
      for (const { first } of [a, b]) first.done();
      await Promise.all(running);
    });

    it("a quick one that has something to do before a slow one that has nothing", async () => {
      const [slow, quick] = [
        new Transcoder__Fake("slow", 2, steady(1e6, 2)),
        new Transcoder__Fake("quick", 2, { single: 4e6, full: 4e6 }),
      ];
      join(slow, quick);
      const running = [work(), work(), work()];
      await soon();
      // Two on the quick one take half the time of one on the slow one; three do not fit.
      expect([slow.pending.length, quick.pending.length]).to.deep.equal([1, 2]);
      for (const { done } of [...slow.pending, ...quick.pending]) done();
      await Promise.all(running);
    });
  });

  it("has what is fast done in hardware, and learns how quick that is apart from what it knows of the processor", async () => {
    const [device, processor] = [
      new Transcoder__Fake("device", 1, steady(1e6, 1), "h264_nvenc"),
      new Transcoder__Fake("processor", 1, steady(2e6, 1)),
    ];
    join(device, processor);
    const doneBy = async (encoder: Encoder, ms: number) => {
      const done = work(60, encoder);
      await soon();
      clock.advance(ms);
      [device, processor].find(({ pending }) => pending.length > 0)!.first.done();
      return done;
    };
    expect(await doneBy("fast", 1_500)).to.equal("device");
    expect(await doneBy("auditable", 3_000)).to.equal("processor");
    // A device that takes ten times as long is not asked for ever.
    const by = [];
    for (let n = 0; n < 10; n++) by.push(await doneBy("fast", 15_000));
    expect(by[0]).to.equal("device");
    expect(by).to.include("processor");
    expect(await doneBy("auditable", 3_000)).to.equal("processor");
  });

  describe("when a transcoder is lost", () => {
    it("hands its work to another at once, and counts it", async () => {
      const [a, b] = [new Transcoder__Fake("a"), new Transcoder__Fake("b")];
      const [membership] = join(a, b);
      const result = work();
      await soon();
      membership?.leave();
      a.first.lose();
      await soon();
      b.first.done();
      expect(await result).to.equal("b");
      expect(pool.counts()).to.deep.equal({ done: 1, lost: 1, failed: 0, moved: 1 });
    });

    it("has its work wait for the next free place, before what comes later", async () => {
      const [a, b] = [new Transcoder__Fake("a", 2), new Transcoder__Fake("b")];
      join(a, b);
      const [first, second] = [work(), work()];
      await soon();
      expect([a.pending.length, b.pending.length]).to.deep.equal([1, 1]);
      a.first.lose();
      await soon();
      expect(b.pending.length, "there is no room yet").to.equal(1);
      expect(refused(), "and nothing new is taken").to.equal(true);
      b.first.done();
      expect(await second).to.equal("b");
      await soon();
      b.first.done();
      expect(await first).to.equal("b");
    });

    it("N3: ends the wait at the segment's time limit", async () => {
      const [a, b] = [new Transcoder__Fake("a"), new Transcoder__Fake("b")];
      join(a, b);
      const place = pool.reserve();
      const lost = place.transcode({ ...workOf(), timeoutMs: 20 }, LIVE);
      const other = work();
      await soon();
      a.first.lose();
      await expectCode(lost, "TranscodeFailed");
      b.first.done();
      await other;
      await soon();
      expect(b.pending, "what waits no more gets no place").to.deep.equal([]);
    });

    it("gives up at once when it was the last, and not as a refusal: the segment is paid", async () => {
      const a = new Transcoder__Fake("a");
      join(a);
      const lost = work();
      await soon();
      a.first.lose();
      await expectCode(lost, "TranscoderLost");
      expect(pool.capacity()).to.equal(0);
    });

    it("N3: gives up a segment that takes every transcoder down with it", async () => {
      const members = ["a", "b", "c", "d"].map((name) => new Transcoder__Fake(name));
      join(...members);
      const poisoned = work();
      for (const member of members.slice(0, 3)) {
        await soon();
        member.first.lose();
      }
      await expectCode(poisoned, "TranscodeFailed");
      expect(pool.capacity(), "the last one lives").to.equal(1);
    });
  });

  describe("when a transcoder fails", () => {
    it("tries the segment once at another, and holds nothing against either when that fails too", async () => {
      const members = ["a", "b", "c"].map((name) => new Transcoder__Fake(name));
      join(...members);
      for (let i = 0; i < 9; i++) {
        const bad = work();
        for (let attempt = 0; attempt < 2; attempt++) {
          await soon();
          members.find(({ pending }) => pending.length > 0)?.first.fail();
        }
        await expectCode(bad, "TranscodeFailed");
      }
      expect(pool.counts()).to.deep.include({ failed: 18, moved: 9 });
      expect(pool.capacity()).to.equal(3);
    });

    it("fails the segment when nobody else is there", async () => {
      const a = new Transcoder__Fake("a");
      join(a);
      const bad = work();
      await soon();
      a.first.fail();
      await expectCode(bad, "TranscodeFailed");
      expect(pool.capacity()).to.equal(1);
    });

    it("leaves out for a while who fails again and again at what others do, then tries it with one segment", async () => {
      const [broken, good] = [new Transcoder__Fake("broken", 2, steady(1e12, 2)), new Transcoder__Fake("good", 4)];
      const [membership] = join(broken, good);
      let failures = 0;
      const segment = async () => {
        const result = work();
        await soon();
        for (const { fail } of [...broken.pending]) {
          failures++;
          fail();
        }
        await soon();
        clock.advance(100);
        good.first.done();
        expect(await result).to.equal("good");
      };
      for (let i = 0; i < 50 && pool.capacity() === 6; i++) await segment();
      expect(failures).to.equal(3);
      expect(pool.capacity()).to.equal(4);
      await segment();
      expect(failures, "left out").to.equal(3);

      membership?.leave();
      pool.add(broken);
      expect(pool.capacity(), "coming back does not help").to.equal(4);
      clock.advance(30_000);
      expect(pool.capacity(), "one segment at a time").to.equal(5);
      await segment();
      expect(failures).to.equal(4);
      clock.advance(30_000);
      expect(pool.capacity(), "twice as long").to.equal(4);
      clock.advance(30_000);

      const healed = work();
      await soon();
      broken.first.done();
      expect(await healed).to.equal("broken");
      expect(pool.capacity()).to.equal(6);
    });
  });

  it("gives nothing more to one that is draining, and says when it is done", async () => {
    const [a, b] = [new Transcoder__Fake("a", 2), new Transcoder__Fake("b")];
    const [membership] = join(a, b);
    const first = work();
    await soon();
    let isDrained = false;
    const drained = membership?.drain().then(() => (isDrained = true));
    expect(pool.capacity()).to.equal(1);
    const second = work();
    await soon();
    expect([a.pending.length, b.pending.length]).to.deep.equal([1, 1]);
    expect(isDrained).to.equal(false);
    a.first.done();
    await drained;
    b.first.done();
    expect([await first, await second]).to.deep.equal(["a", "b"]);
  });
});
