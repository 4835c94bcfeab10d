import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { asStreamflowError, CATALOGUE, StreamflowError, type ErrorCode } from "../../offchain/errors.ts";
import { fromProblem, toProblem } from "../../offchain/net/problem.ts";
import { errorsDoc } from "../../scripts/errors-doc.ts";

const CODES = Object.keys(CATALOGUE) as ErrorCode[];

describe("error catalogue", () => {
  it("is in alphabetical order and says of each code what happened and what to do", () => {
    expect(CODES).to.deep.equal([...CODES].sort());
    for (const code of CODES) {
      const { status, title, remedy } = CATALOGUE[code];
      expect(status, code).to.be.within(400, 599);
      expect(title, code).to.match(/^\S.*\.$/);
      expect(remedy, code).to.match(/^\S.*\.$/);
    }
  });

  it("is what docs/errors.md shows", async () => {
    const file = fileURLToPath(new URL("../../docs/errors.md", import.meta.url));
    expect(await readFile(file, "utf8"), "run `npm run docs:errors`").to.equal(await errorsDoc());
  });

  it("crosses the wire and comes back with code, detail and data", () => {
    const error = new StreamflowError("LowPMBalance", "the deposit is 1 wei, 2 are needed", {
      depositWei: "1",
      neededWei: "2",
    });
    const problem = toProblem(error);
    expect(problem).to.include({ status: 402, code: "LowPMBalance", remedy: CATALOGUE.LowPMBalance.remedy });
    const back = fromProblem(problem.status, JSON.parse(JSON.stringify(problem)), "http://peer");
    expect(back).to.include({ code: "LowPMBalance", message: error.message });
    expect(back.data).to.deep.equal(error.data);
  });

  it("takes an answer that is no problem of ours as PeerFailed", () => {
    for (const body of [
      undefined,
      "text",
      { code: "Invented", detail: "x" },
      { code: "toString", detail: "x" },
      { code: 7 },
    ]) {
      expect(fromProblem(500, body, "http://peer").code).to.equal("PeerFailed");
    }
  });

  it("keeps what went wrong inside to itself", () => {
    const error = asStreamflowError(new Error("/home/operator/secret: no such file"));
    expect(error.code).to.equal("InternalError");
    expect(toProblem(error).detail).to.equal(CATALOGUE.InternalError.title);
  });
});
