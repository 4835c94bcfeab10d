import { expect } from "chai";
import { keccak256 } from "ethers";
import type { Run } from "../../offchain/verification/game/interface.ts";
import { decodeState } from "../../offchain/vm/state.ts";
import {
  caseOf,
  challengeWith,
  type Court,
  endOf,
  endWith,
  lieFrom,
  openCourt,
  Outcome,
  passClock,
  playOut,
  programOf,
  type Side,
} from "../fixtures/disputes.ts";
import { LONG } from "./effort.ts";

/** {1} Of so many first lies one is tried; in a long run all are. */
const STRIDE = LONG ? 1n : 7n;

/** Plays one dispute in which one side says of the run what is so, and the other lies from one step on; the honest one has to win it. */
async function dispute(court: Court, right: Side, firstLie: bigint): Promise<void> {
  const { disputes, trace, orchestrator, broadcaster } = court;
  const end = endOf(trace);
  const runs: Record<Side, Run> = { challenger: trace, defender: trace };
  let said = end;
  if (right === "challenger") {
    runs.defender = lieFrom(trace, firstLie);
  } else {
    said = endWith(end, { verdict: 2 });
    runs.challenger = lieFrom(trace, firstLie, { hash: keccak256(said), step: decodeState(said).step });
  }
  const opened = await challengeWith(court, said, { run: runs.challenger });
  await playOut(court, opened, orchestrator, runs, right);
  if (right === "challenger") {
    await passClock(court);
    await disputes.connect(broadcaster).settle(opened.id, opened.claim);
  }
  const won = right === "challenger" ? Outcome.Sustained : Outcome.Refuted;
  expect(await disputes.outcomeOf(opened.id), `${right} is right, lie from ${firstLie}`).to.equal(won);
  expect(await court.ethers.provider.getBalance(disputes)).to.equal(0n);
}

describe("disputes", () => {
  for (const { arity, steps } of [
    { arity: 2, steps: 64 },
    { arity: 16, steps: 256 },
  ]) {
    for (const right of ["challenger", "defender"] as const) {
      it(`V1: the ${right} wins whenever it is right, wherever the other side's lie begins, in ${steps} steps by ${arity}`, async function () {
        const court = await openCourt(caseOf(programOf(steps, right === "challenger" ? 2 : 1)), arity);
        const start = await court.networkHelpers.takeSnapshot();
        for (let firstLie = 1n; firstLie <= BigInt(steps); firstLie += STRIDE) {
          await dispute(court, right, firstLie);
          await start.restore();
        }
      });
    }
  }
});
