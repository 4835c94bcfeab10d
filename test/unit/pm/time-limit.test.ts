import { setImmediate as turn } from "node:timers/promises";
import { expect } from "chai";
import { withTimeLimit } from "../../../offchain/pm/time-limit.ts";
import { Clock__Fake } from "./Clock__Fake.ts";

const LIMIT = 1_000;

describe("withTimeLimit", () => {
  let clock: Clock__Fake;
  let stop: AbortController;
  let answer: PromiseWithResolvers<string>;
  let port: { name: string; ask(what: string): Promise<string>; tell(): string };
  beforeEach(() => {
    clock = new Clock__Fake();
    stop = new AbortController();
    answer = Promise.withResolvers<string>();
    const inner = {
      name: "node",
      ask: (what: string) => answer.promise.then((text) => `${what} ${text}`),
      tell() {
        return this.name;
      },
    };
    port = withTimeLimit(inner, LIMIT, clock, stop.signal);
  });

  const failure = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => "none",
      (error: Error) => error.message,
    );

  it("passes on what is asked and what is answered in time, and no limit runs on", async () => {
    const asked = port.ask("echo");
    clock.advance(LIMIT - 1);
    await turn();
    expect(clock.sleepers).to.equal(1);
    answer.resolve("hello");
    expect(await asked).to.equal("echo hello");
    await turn();
    expect(clock.sleepers).to.equal(0);
  });

  it("passes on failures, and no limit runs on", async () => {
    answer.reject(new Error("no such method"));
    expect(await failure(port.ask("echo"))).to.equal("no such method");
    await turn();
    expect(clock.sleepers).to.equal(0);
  });

  it("fails when there is no answer in time, however the answer turns out later", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", note);
    try {
      const asked = failure(port.ask("echo"));
      clock.advance(LIMIT);
      expect(await asked).to.equal("no answer within 1000 ms");
      answer.reject(new Error("the connection broke"));
      await turn();
      await turn();
      expect(unhandled).to.deep.equal([]);
    } finally {
      process.off("unhandledRejection", note);
    }
  });

  it("fails with the signal's reason when that aborts", async () => {
    const asked = failure(port.ask("echo"));
    stop.abort(new Error("closed"));
    expect(await asked).to.equal("closed");
    expect(clock.sleepers).to.equal(0);
  });

  it("leaves alone what does not answer later", () => {
    expect(port.name).to.equal("node");
    expect(port.tell()).to.equal("node");
    expect(clock.sleepers).to.equal(0);
  });
});
