import { expect } from "chai";
import { isStreamflowError } from "../../../../offchain/errors.ts";
import { ThreadedRun } from "../../../../offchain/verification/game/threaded-run.ts";
import { startOf } from "../../../../offchain/vm/start.ts";
import { Trace } from "../../../../offchain/vm/trace.ts";
import { assemble } from "../../../../offchain/vm/assembler.ts";
import { caseOf, loopOf } from "../../../fixtures/disputes.ts";

const STEPS = [0n, 100n, 7n, 2n ** 40n];

describe("a run in a thread", () => {
  it("answers as the trace does, however many ask at once", async () => {
    const judged = caseOf(loopOf(1_000, 2));
    const [run, trace] = [new ThreadedRun(judged, { timeoutMs: 60_000 }), new Trace(startOf(judged))];
    const [hashes, witness] = await Promise.all([run.hashesAt(STEPS), run.witnessAt(123n)]);
    expect(hashes).to.deep.equal(trace.hashesAt(STEPS));
    const expected = trace.witnessAt(123n);
    expect(witness.state.step).to.equal(123n);
    expect([...witness.state.memoryRoot]).to.deep.equal([...expected.state.memoryRoot]);
    expect([...witness.proof]).to.deep.equal([...expected.proof]);
    await run.close();
  });

  it("is given up when it takes too long", async () => {
    const run = new ThreadedRun(caseOf(assemble("loop: beq zero, zero, loop")), { timeoutMs: 200 });
    const error: unknown = await run.hashesAt([2n ** 50n]).catch((thrown: unknown) => thrown);
    expect(isStreamflowError(error, "RunTimedOut")).to.equal(true);
    expect(await run.hashesAt([0n]).catch((thrown: Error) => thrown.message)).to.equal("the run is closed");
  });

  it("ends in the middle of an answer when it is closed", async () => {
    const run = new ThreadedRun(caseOf(assemble("loop: beq zero, zero, loop")), { timeoutMs: 60_000 });
    const answer = run.hashesAt([2n ** 50n]).catch((thrown: Error) => thrown.message);
    await run.close();
    expect(await answer).to.be.oneOf(["the run is closed", "the run's thread has ended"]);
  });

  it("tells who asks what went wrong in the thread", async () => {
    const judged = { ...caseOf(loopOf(1, 2)), parameters: new Uint8Array(2 ** 24 + 1) };
    const run = new ThreadedRun(judged, { timeoutMs: 60_000 });
    expect(await run.hashesAt([0n]).catch((thrown: Error) => thrown.message)).to.match(/bytes are more than/);
  });
});
