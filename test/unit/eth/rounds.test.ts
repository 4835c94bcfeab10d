import { EventEmitter, once } from "node:events";
import { expect } from "chai";
import { pino } from "pino";
import { type BlockHead, Heads } from "../../../offchain/eth/heads.ts";
import { RoundClock } from "../../../offchain/eth/rounds.ts";
import { Schedule } from "../../../offchain/eth/schedule.ts";
import { loadProtocol, type Protocol } from "../../fixtures/protocol.ts";

describe("RoundClock", () => {
  let p: Protocol;
  let clock: RoundClock;
  let isAway: boolean;
  let warned: number;
  let scheduleReads: number;
  let looks: EventEmitter;

  beforeEach(async () => {
    p = await loadProtocol();
    [isAway, warned, scheduleReads, looks] = [false, 0, 0, new EventEmitter()];
    const heads = new Heads({ pollMs: 1 }, p.ethers.provider);
    const recent = async (): Promise<BlockHead> => {
      if (isAway) throw new Error("away");
      return heads.recent();
    };
    const schedule = new Schedule({
      schedule: () => {
        scheduleReads += 1;
        return p.rounds.schedule();
      },
      roundAt: (time: bigint) => p.rounds.roundAt(time),
    } as unknown as Protocol["rounds"]);
    const log = pino({}, { write: () => void (warned += 1) });
    clock = await RoundClock.start(5, {
      heads: { recent },
      // Told when a look is over, so that no test waits for a time.
      schedule: {
        roundAt: async (...question) => {
          const round = await schedule.roundAt(...question);
          setImmediate(() => looks.emit("over"));
          return round;
        },
      },
      log,
    });
  });
  afterEach(() => clock.close());

  /** Two looks later, one of which has begun since. */
  async function settled(): Promise<number> {
    for (let looked = 0; looked < 3; looked += 1) await once(looks, "over");
    return clock.current();
  }
  const onChain = async () => Number(await p.rounds.currentRound());
  async function mineAt(time: bigint | number): Promise<void> {
    await p.networkHelpers.time.increaseTo(time);
  }

  it("is in the round of the head, whose first block begins it: no time that passes without one does", async () => {
    const next = await p.rounds.roundStart(2);
    expect(clock.current()).to.equal(1);
    await mineAt(next - 1n);
    expect([await settled(), await onChain()]).to.deep.equal([1, 1]);
    await p.networkHelpers.time.setNextBlockTimestamp(next + 5n);
    expect([await settled(), await onChain()]).to.deep.equal([1, 1]);
    await p.networkHelpers.mine();
    expect([await settled(), await onChain()]).to.deep.equal([2, 2]);
  });

  it("goes with a clock that jumps, and back with a chain that does", async () => {
    const before: unknown = await p.provider.request({ method: "evm_snapshot" });
    await mineAt((await p.rounds.roundStart(40)) + 7n);
    expect(await settled()).to.equal(40);
    await p.provider.request({ method: "evm_revert", params: [before] });
    expect([await settled(), await onChain()]).to.deep.equal([1, 1]);
  });

  it("knows of a change of the rounds' length by the round in which it holds, and does not ask for it at each block", async () => {
    const start = await p.rounds.roundStart(2);
    await p.rounds.setRoundLength(100);
    expect(await settled()).to.equal(1);
    await mineAt(start);
    expect(await settled()).to.equal(2);
    const reads = scheduleReads;
    await mineAt(start + 99n);
    expect([await settled(), scheduleReads]).to.deep.equal([2, reads]);
    for (const [passed, round] of [
      [100n, 3],
      [399n, 5],
      [1_000n, 12],
    ] as const) {
      await mineAt(start + passed);
      expect([await settled(), await onChain()]).to.deep.equal([round, round]);
    }
  });

  it("stays in its round while the chain is away, and says so", async () => {
    await mineAt(await p.rounds.roundStart(3));
    expect(await settled()).to.equal(3);
    isAway = true;
    await mineAt(await p.rounds.roundStart(4));
    while (warned < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(clock.current()).to.equal(3);
    isAway = false;
    expect(await settled()).to.equal(4);
  });
});
