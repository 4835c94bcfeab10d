import { expect } from "chai";
import { Schedule } from "../../../offchain/eth/schedule.ts";
import { Verifications } from "../../../offchain/eth/verifications.ts";
import { ZERO_HASH } from "../../../offchain/verification/messages.ts";
import type { RoundsManager, ServiceRegistry } from "../../../types/index.ts";

const GAME = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const PROGRAM = `0x${"12".repeat(32)}`;

/** Rounds of 100 s, round 10 from 1,000 s on; of 50 s from round 20 on, when that is decided. */
class Chain__Fake {
  isAway = false;
  isShortened = false;
  asked: string[] = [];
  module = GAME;

  readonly rounds = {
    schedule: () => {
      this.#ask("schedule");
      const none = { startTime: 0n, startRound: 0n, roundLength: 0n };
      const pending = this.isShortened ? { startTime: 2_000n, startRound: 20n, roundLength: 50n } : none;
      return Promise.resolve({ active: { startTime: 1_000n, startRound: 10n, roundLength: 100n }, pending });
    },
    roundAt: (time: bigint) => {
      this.#ask(`roundAt ${time}`);
      return Promise.resolve(9n);
    },
  } as unknown as RoundsManager;

  readonly registry = {
    verificationAt: (_service: string, round: bigint) => {
      this.#ask(`verificationAt ${round}`);
      return Promise.resolve({ module: this.module, program: PROGRAM, fromRound: 0n });
    },
  } as unknown as ServiceRegistry;

  #ask(what: string): void {
    if (this.isAway) throw new Error("away");
    this.asked.push(what);
  }
}

describe("Verifications", () => {
  let chain: Chain__Fake;
  let verifications: Verifications;
  beforeEach(() => {
    chain = new Chain__Fake();
    verifications = new Verifications(chain.registry, new Schedule(chain.rounds, 60_000), GAME, 60_000);
  });

  const rounds = () => chain.asked.filter((what) => what.startsWith("verificationAt")).map((what) => what.slice(15));

  it("is asked once for each round, and for the next one ahead", async () => {
    for (const time of [1_050, 1_099, 1_050]) expect(await verifications.programFor("a", time)).to.equal(PROGRAM);
    expect(rounds()).to.have.members(["10", "11"]);
    await verifications.programFor("a", 1_100);
    expect(rounds()).to.have.members(["10", "11", "12"]);
  });

  it("follows a change of the rounds' length", async () => {
    chain.isShortened = true;
    await verifications.programFor("a", 1_999);
    await verifications.programFor("a", 2_049);
    await verifications.programFor("a", 2_150);
    expect(rounds()).to.have.members(["19", "20", "21", "23", "24"]);
  });

  it("asks the chain for a round before its present schedule", async () => {
    await verifications.programFor("a", 999);
    expect(chain.asked).to.include("roundAt 999");
  });

  it("is none on another contract", async () => {
    chain.module = "0x0000000000000000000000000000000000000001";
    expect(await verifications.programFor("a", 1_050)).to.equal(ZERO_HASH);
  });

  it("N1: is known of services that were read ahead, though nobody had asked for them when the chain went away", async () => {
    await verifications.readAhead(["a", "b"], 1_050);
    chain.isAway = true;
    for (const service of ["a", "b"])
      for (const time of [1_050, 1_150]) expect(await verifications.programFor(service, time)).to.equal(PROGRAM);
  });

  it("N1: is known while the chain is away, also in the round after", async () => {
    await verifications.programFor("a", 1_050);
    chain.isAway = true;
    for (const time of [1_050, 1_150]) expect(await verifications.programFor("a", time)).to.equal(PROGRAM);
    const error = await verifications.programFor("a", 1_250).catch((thrown: Error) => thrown);
    expect((error as Error).message).to.equal("away");
  });
});
