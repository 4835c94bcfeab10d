import { expect } from "chai";
import { ThreadedJudge } from "../../../../offchain/verification/structure/threaded-judge.ts";
import { OUTPUT, SOURCE } from "../../../../offchain/vm/layout.ts";
import { expectCode } from "../../pm/coded.ts";
import { judge, PARAMETERS, stream } from "./streams.ts";

describe("a judge in a thread", () => {
  const [source, shorter] = [stream(8), stream(7)];
  const work = { parameters: PARAMETERS, source, outputs: [source, shorter] };

  it("judges each output by its row, as the program does", async () => {
    const threaded = new ThreadedJudge({ timeoutMs: 30_000 });
    try {
      const answers = await Promise.all([threaded.judge(work), threaded.judge({ ...work, outputs: [shorter] })]);
      expect(answers[0][0]).to.deep.equal(judge(source));
      expect(answers[0].map(({ verdict }) => verdict)).to.deep.equal(["pass", "fault"]);
      expect(answers[1].map(({ verdict }) => verdict)).to.deep.equal(["fault"]);
      expect(source, "kept by who asked").to.deep.equal(stream(8));
    } finally {
      await threaded.close();
    }
  });

  it("goes on in another thread after one has failed", async () => {
    const threaded = new ThreadedJudge({ timeoutMs: 30_000 });
    try {
      // More than its memory takes.
      const tooLarge = { ...work, source: new Uint8Array(OUTPUT - SOURCE + 1) };
      const [failed, next] = await Promise.allSettled([threaded.judge(tooLarge), threaded.judge(work)]);
      expect(failed.status).to.equal("rejected");
      expect(next.status).to.equal("fulfilled");
    } finally {
      await threaded.close();
    }
  });

  it("refuses parameters that no program reads, and goes on", async () => {
    const threaded = new ThreadedJudge({ timeoutMs: 30_000 });
    try {
      await expectCode(threaded.judge({ ...work, parameters: { ...PARAMETERS, pictures: 0 } }), "ParametersInvalid");
      expect(await threaded.judge(work)).to.have.length(2);
    } finally {
      await threaded.close();
    }
  });

  it("gives up after its time, with a code", async () => {
    const threaded = new ThreadedJudge({ timeoutMs: 1 });
    try {
      const long = stream(5_000);
      await expectCode(threaded.judge({ ...work, source: long, outputs: [long] }), "JudgementTimedOut");
    } finally {
      await threaded.close();
    }
  });
});
