import { expect } from "chai";
import fc from "fast-check";
import { Sequencer } from "../../../offchain/live/sequencer.ts";
import { codeOf } from "../media/clips.ts";

/** Time that passes when it is told to. */
class Clock__Manual {
  #sleepers: (() => void)[] = [];

  sleep(_ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#sleepers.push(resolve);
      signal?.addEventListener("abort", () => reject(new Error("woken")));
    });
  }

  /** Everybody has slept long enough. */
  async pass(): Promise<void> {
    for (const wake of this.#sleepers.splice(0)) wake();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function scene() {
  const clock = new Clock__Manual();
  const released: string[] = [];
  const sequencer = new Sequencer<string>({ waitMs: 1_000 }, { clock, release: (value) => released.push(value) });
  const push = (number: number, content = `${number}`) => sequencer.push(number, content, content);
  return { clock, released, sequencer, push };
}

describe("Sequencer", () => {
  it("starts anywhere, and waits for what was overtaken", () => {
    const { released, push } = scene();
    for (const number of [7, 9, 10, 8, 11]) push(number);
    expect(released).to.deep.equal(["7", "8", "9", "10", "11"]);
  });

  it("N1: gives up what does not come in time, and refuses it when it comes after all", async () => {
    const { released, push, clock } = scene();
    for (const number of [0, 2, 3]) push(number);
    expect(released).to.deep.equal(["0"]);
    await clock.pass();
    expect(released).to.deep.equal(["0", "2", "3"]);
    expect(await codeOf(Promise.resolve().then(() => push(1)))).to.equal("SegmentLate");
    push(4);
    expect(released.at(-1)).to.equal("4");
  });

  it("N3: holds no more than some, however many are missing", () => {
    const { released, push } = scene();
    push(0);
    for (let number = 2; number < 10; number++) push(number);
    expect(released).to.have.length(9);
  });

  it("knows a repetition again, and gives it the first one's value", () => {
    const { released, sequencer } = scene();
    expect(sequencer.push(0, "same", "first")).to.equal("first");
    expect(sequencer.push(0, "same", "second")).to.equal("first");
    expect(released).to.deep.equal(["first"]);
  });

  it("follows an encoder that begins anew, at once or from far back", async () => {
    const { released, push, clock } = scene();
    for (const number of [0, 1, 2]) push(number);
    for (const number of [0, 1]) push(number, `again ${number}`);
    expect(released).to.deep.equal(["0", "1", "2", "again 0", "again 1"]);
    push(100_000);
    await clock.pass();
    push(3, "anew");
    expect(released.slice(-2)).to.deep.equal(["100000", "anew"]);
  });

  it("N1: releases each segment once, in order, whatever the order and the repetitions of the requests", async () => {
    // A number is at most three places away from its own, and some come twice.
    const arrivals = fc
      .tuple(
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.nat({ max: 3 }), { minLength: 40, maxLength: 40 }),
        fc.array(fc.nat()),
      )
      .map(([count, shifts, repeated]) => {
        const order = Array.from({ length: count }, (_, index) => ({
          index,
          at: index === 0 ? -1 : index + shifts[index]!,
        }))
          .sort((a, b) => a.at - b.at || a.index - b.index)
          .map(({ index }) => index);
        for (const seed of repeated) order.splice((seed % order.length) + 1, 0, order[seed % order.length]!);
        return { count, order };
      });
    await fc.assert(
      fc.asyncProperty(arrivals, async ({ count, order }) => {
        const { released, push, sequencer } = scene();
        for (const number of order) push(number);
        sequencer.end();
        expect(released).to.deep.equal(Array.from({ length: count }, (_, number) => `${number}`));
      }),
    );
  });
});
