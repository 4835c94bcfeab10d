import { expect } from "chai";
import { depthOf } from "../../offchain/verification/game/player.ts";
import { caseOf, type Court, loopOf, openCourt } from "../fixtures/disputes.ts";
import { type Adversary, Scene } from "./adversaries/scene.ts";
import { ADVERSARIES } from "./adversaries/strategies.ts";

/** Runs whose games have an odd and an even number of lists, so that either side has the last word. */
const RUNS = [
  { depth: 3, times: 300 },
  { depth: 4, times: 1_100 },
] as const;
const VERDICTS = { good: 1, bad: 2 } as const;

interface Place {
  readonly depth: number;
  readonly work: Adversary["work"];
  readonly court: Court;
  readonly restore: () => Promise<void>;
}

describe("adversaries", () => {
  const places: Place[] = [];
  before(async () => {
    for (const { depth, times } of RUNS) {
      for (const work of ["good", "bad"] as const) {
        const court = await openCourt(caseOf(loopOf(times, VERDICTS[work])));
        expect(depthOf(court.trace.witnessAt(2n ** 62n).state.step)).to.equal(depth);
        const snapshot = await court.networkHelpers.takeSnapshot();
        places.push({ depth, work, court, restore: () => snapshot.restore() });
      }
    }
  });

  for (const adversary of ADVERSARIES) {
    it(`V1: who is right wins against ${adversary.name}, and all money is accounted for`, async function () {
      const met = new Set<string>();
      for (const { court, restore } of places.filter(({ work }) => work === adversary.work)) {
        await restore();
        const scene = await Scene.open(court, adversary);
        await scene.play();
        await scene.judge();
        for (const error of scene.met) met.add(error);
      }
      expect([...met].sort(), "what was refused").to.deep.equal([...(adversary.refused ?? [])].sort());
    });
  }
});
