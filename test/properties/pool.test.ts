import { setImmediate as soon } from "node:timers/promises";
import { expect } from "chai";
import * as fc from "fast-check";
import { isStreamflowError } from "../../offchain/errors.ts";
import { Pool, type Membership } from "../../offchain/pool/pool.ts";
import { Clock__Fake } from "../unit/pm/Clock__Fake.ts";
import { Transcoder__Fake, workOf } from "../unit/pool/Transcoder__Fake.ts";
import { expectOften, runsOf, SEED } from "./effort.ts";

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("order" as const), which: fc.integer({ min: 1, max: 120 }) }) },
  { weight: 7, arbitrary: fc.record({ kind: fc.constant("done" as const), which: fc.nat(100) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("fail" as const), which: fc.nat(100) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("lose" as const), which: fc.nat(100) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("join" as const), which: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("drain" as const), which: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("wait" as const), which: fc.integer({ min: 1, max: 60 }) }) },
);

/** What happened to the segments of all runs together. */
const seen = { done: 0, refused: 0, failed: 0, moved: 0 };

class Run {
  readonly #clock = new Clock__Fake();
  readonly #pool = new Pool({ clock: this.#clock });
  readonly #here = new Map<Transcoder__Fake, Membership>();
  readonly #draining = new Set<Transcoder__Fake>();
  /** By the segment, which is told by its frames: how often it was answered by a transcoder, and to whoever waited. */
  readonly #answers = new Map<object, number>();
  readonly #waiting = new Set<Promise<void>>();
  #ended = 0;
  #ordered = 0;
  #joined = 0;

  async take({ kind, which }: { kind: string; which: number }): Promise<void> {
    const busy = [...this.#here.keys()].filter(({ pending }) => pending.length > 0);
    const one = busy[which % Math.max(1, busy.length)];
    if (kind === "order") this.#order(which);
    if (kind === "join") this.#join(1 + which);
    if (kind === "wait") this.#clock.advance(which * 1_000);
    if (kind === "done" && one !== undefined) this.#done(one);
    if (kind === "fail") one?.first.fail();
    if (kind === "lose" && one !== undefined) this.#lose(one);
    if (kind === "drain") this.#drain([...this.#here.keys()][which % Math.max(1, this.#here.size)]);
    await soon();
    this.#check();
  }

  /** Everybody who waits gets an answer when those who are left do their work. */
  async end(): Promise<void> {
    for (let i = 0; i < 1_000 && this.#ended < this.#ordered; i++) {
      for (const one of this.#here.keys()) if (one.pending.length > 0) this.#done(one);
      await soon();
      this.#check();
    }
    expect(this.#ended, "no work is lost").to.equal(this.#ordered);
    await Promise.all(this.#waiting);
    const { done, moved } = this.#pool.counts();
    expect([...this.#answers.values()].reduce((sum, count) => sum + count, 0)).to.equal(done);
    seen.moved += moved;
    let places = 0;
    for (const capacity = this.#pool.capacity(); places < capacity; places++) this.#pool.reserve();
    expect(() => this.#pool.reserve(), "and no place either").to.throw();
  }

  #order(frames: number): void {
    let place;
    try {
      place = this.#pool.reserve();
    } catch {
      seen.refused++;
      return;
    }
    this.#ordered++;
    const work = workOf(frames);
    this.#answers.set(work.media, 0);
    const waiting = place
      .transcode(work, new AbortController().signal)
      .then(
        () => {
          seen.done++;
          expect(this.#answers.get(work.media), "what is answered was done once").to.equal(1);
        },
        (error: unknown) => {
          seen.failed++;
          expect(isStreamflowError(error)).to.equal(true);
          expect(this.#answers.get(work.media), "what failed was not done").to.equal(0);
        },
      )
      .finally(() => {
        place.release();
        this.#ended++;
      });
    this.#waiting.add(waiting);
  }

  #join(capacity: number): void {
    const speed = capacity === 2 ? null : { single: capacity * 1e7, full: capacity * 2e7 };
    const one = new Transcoder__Fake(`t${this.#joined++ % 6}`, capacity, speed);
    this.#here.set(one, this.#pool.add(one));
  }

  #done(one: Transcoder__Fake): void {
    const { media } = one.first.work;
    this.#answers.set(media, (this.#answers.get(media) ?? 0) + 1);
    one.first.done();
  }

  #lose(one: Transcoder__Fake): void {
    for (const { lose } of [...one.pending]) lose();
    this.#here.get(one)?.leave();
    this.#here.delete(one);
  }

  #drain(one: Transcoder__Fake | undefined): void {
    if (one === undefined) return;
    this.#draining.add(one);
    void this.#here
      .get(one)
      ?.drain()
      .then(() => {
        expect(one.pending, "who is drained has nothing").to.deep.equal([]);
        this.#here.get(one)?.leave();
        this.#here.delete(one);
      });
  }

  #check(): void {
    for (const one of this.#here.keys()) expect(one.pending.length).to.be.at.most(one.capacity);
  }
}

describe("a pool of transcoders that come, leave, fail and are lost", () => {
  it("loses no work, answers none twice, and gives nobody more than it can do", async function () {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80, minLength: 10 }), async (steps) => {
        const run = new Run();
        await run.take({ kind: "join", which: 2 });
        for (const each of steps) await run.take(each);
        await run.end();
      }),
      { numRuns: runsOf(150), seed: SEED },
    );
    expectOften(seen.done, 300, "work done");
    expectOften(seen.failed, 50, "work failed");
    expectOften(seen.moved, 100, "work moved");
    expectOften(seen.refused, 50, "work refused");
  });
});
