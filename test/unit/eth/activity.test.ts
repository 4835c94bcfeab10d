import { expect } from "chai";
import pino from "pino";
import { untilActive, watchActivity } from "../../../offchain/eth/activity.ts";
import type { ActivityModules } from "../../../offchain/eth/activity.ts";
import type { StreamflowError } from "../../../offchain/errors.ts";

/** Within a round. */
const LOOKS = 5;
const ADDRESS = "0x00000000000000000000000000000000000a11ce";

/** What the chain says at one look: active in this round, active in the next; or that it is away. */
type Look = readonly [now: boolean, next: boolean] | "away";

describe("untilActive", function () {
  let lines: Record<string, unknown>[];
  let slept: number[];

  /** Waits while the chain says one thing after the other, and the last one for ever. */
  function wait(
    looks: readonly Look[],
    signal = new AbortController().signal,
    onSleep = () => undefined as void,
    rounds: ActivityModules["rounds"] = { current: () => 0 },
    until: (...modules: Parameters<typeof untilActive>) => Promise<void> = untilActive,
  ) {
    let look = 0;
    const present = () => {
      const said = looks[Math.min(look, looks.length - 1)]!;
      if (said === "away") throw new Error("no answer");
      return said;
    };
    const bonding = {
      isActive: async () => present()[0] && present()[1],
      getOrchestrator: async () => ({ active: present()[0] && present()[1], activeNext: present()[1] }),
    } as unknown as ActivityModules["bonding"];
    const clock = {
      now: () => 0,
      sleep: async (ms: number) => {
        slept.push(ms);
        // The chain goes on with each question, of which there is one at every fifth sleep.
        if (slept.length % LOOKS === 0) look += 1;
        onSleep();
      },
    };
    const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
    return until({ address: ADDRESS, pollMs: 250, signal }, { bonding, rounds, clock, log });
  }

  beforeEach(function () {
    [lines, slept] = [[], []];
  });

  it("says nothing and waits for nothing when the orchestrator is active", async function () {
    await wait([[true, true]]);
    expect([lines, slept]).to.deep.equal([[], []]);
  });

  it("says once that it waits, asks at every fifth look, and goes on when the stake is active", async function () {
    await wait([
      [false, true],
      [false, true],
      [false, true],
      [true, true],
    ]);
    expect(slept).to.deep.equal(Array.from({ length: 3 * LOOKS }, () => 250));
    expect(lines.map(({ code, address }) => [code, address])).to.deep.equal([
      ["StakeNotActive", ADDRESS],
      [undefined, ADDRESS],
    ]);
  });

  for (const [title, looks] of [
    ["whose stake does not suffice for the next round either", [[false, false]]],
    ["that leaves at the end of this round", [[true, false]]],
    [
      "that leaves while it waits",
      [
        [false, true],
        [false, false],
      ],
    ],
  ] as const) {
    it(`refuses one ${title}: NotRegistered`, async function () {
      const error: unknown = await wait(looks).catch((thrown: unknown) => thrown);
      expect((error as StreamflowError).code).to.equal("NotRegistered");
    });
  }

  it("outlives a chain that is away while it waits, but not one that never answered", async function () {
    await wait([[false, true], "away", [true, true]]);
    expect(lines.map(({ msg }) => msg)).to.include("activity not read");
    const error: unknown = await wait(["away"]).catch((thrown: unknown) => thrown);
    expect((error as Error).message).to.equal("no answer");
  });

  it("asks as soon as a round has begun, when it waits and when it sells", async function () {
    let round = 7;
    const begin = () => {
      if (slept.length === 2) round += 1;
    };
    const rounds = { current: () => round };
    const asked = async (until: Parameters<typeof wait>[4]) => {
      [slept, round] = [[], 7];
      let questions = 0;
      const stop = new AbortController();
      await wait([[false, true]], stop.signal, begin, rounds, (options, { bonding, ...modules }) =>
        until!(options, {
          ...modules,
          bonding: {
            ...bonding,
            isActive: async () => {
              questions += 1;
              if (slept.length > 0) stop.abort();
              return slept.length > 0;
            },
          } as ActivityModules["bonding"],
        }),
      );
      return [questions, slept.length];
    };
    expect(await asked(untilActive)).to.deep.equal([2, 2]);
    expect(await asked((...modules) => watchActivity(false, () => undefined, ...modules))).to.deep.equal([1, 2]);
  });

  it("ends at once, with the signal's reason, when it is told to", async function () {
    const stop = new AbortController();
    const reason = new Error("enough");
    const waiting = wait([[false, true]], stop.signal, () => {
      if (slept.length === 2) stop.abort(reason);
    });
    expect(await waiting.catch((thrown: unknown) => thrown)).to.equal(reason);
    expect(slept.length).to.equal(2);
  });

  it("tells of each change, and of none while the chain is away, until it is told to end", async function () {
    const [stop, changes] = [new AbortController(), [] as boolean[]];
    const looks: Look[] = [
      [true, true],
      [true, true],
      "away",
      [true, false],
      "away",
      [false, false],
      [false, true],
      [true, true],
    ];
    await wait(
      looks,
      stop.signal,
      () => {
        if (slept.length > LOOKS * looks.length) stop.abort();
      },
      undefined,
      (...modules) => watchActivity(true, (isActive) => changes.push(isActive), ...modules),
    );
    expect(changes).to.deep.equal([false, true]);
    expect(lines.map(({ msg, code }) => code ?? msg)).to.deep.equal([
      "activity not read",
      "SellingOff",
      "activity not read",
      "stake active",
    ]);
  });
});
