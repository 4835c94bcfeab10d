import { expect } from "chai";
import { pino } from "pino";
import type { Agent } from "../../../../offchain/verification/agents/agent.ts";
import { AgentLoop } from "../../../../offchain/verification/agents/loop.ts";

describe("AgentLoop", () => {
  let block: number;
  let open: number;
  let isAway: boolean;
  let advanced: number[];
  let warned: number;
  let sleeps: number;
  let loop: AgentLoop;

  /** One look after the other, as many as `script` has; before each sleep the test may change what there is. */
  async function run(script: readonly (() => void)[]): Promise<void> {
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const agent = {
      get open() {
        return open;
      },
      advance: async ({ number }: { number: number }) => {
        if (isAway) throw new Error("away");
        advanced.push(number);
      },
      close: async () => undefined,
    } as unknown as Agent;
    const clock = {
      now: () => 0,
      sleep: (_ms: number, signal?: AbortSignal) => {
        const change = script[sleeps];
        sleeps += 1;
        if (change === undefined) {
          resolve();
          return new Promise<void>((_, reject) =>
            signal!.addEventListener("abort", () => reject(new Error("stopped"))),
          );
        }
        change();
        return Promise.resolve();
      },
    };
    const heads = { recent: async () => ({ number: block, hash: `0x${block}`, time: block }) };
    const log = pino({}, { write: () => void (warned += 1) });
    loop = new AgentLoop({ pollMs: 1_000 }, { agent, heads, clock, log });
    loop.start();
    await over;
    await loop.close();
  }

  beforeEach(() => {
    [block, open, isAway, advanced, warned, sleeps] = [1, 0, false, [], 0, 0];
  });
  const mine = () => void (block += 1);
  const times = (count: number, change: () => void) => Array.from({ length: count }, () => change);

  it("advances at once, then with a block at every fifth look while no dispute is open", async () => {
    await run(times(10, mine));
    expect(advanced).to.deep.equal([1, 6, 11]);
  });

  it("advances with each block while one is open", async () => {
    open = 1;
    await run(times(4, mine));
    expect(advanced).to.deep.equal([1, 2, 3, 4, 5]);
  });

  it("does nothing while the head stays, and takes the next one after it has waited long enough", async () => {
    await run([...times(7, () => undefined), mine]);
    expect(advanced).to.deep.equal([1, 2]);
  });

  it("looks at the next chance, also at the same head, when it has failed", async () => {
    isAway = true;
    await run([() => undefined, () => (isAway = false), ...times(3, () => undefined)]);
    expect([advanced, warned]).to.deep.equal([[1], 2]);
  });

  it("looks at once, also at the same head, when it is told that there is something to do", async () => {
    await run([() => loop.notify(), ...times(3, () => undefined)]);
    expect(advanced).to.deep.equal([1, 1]);
  });
});
