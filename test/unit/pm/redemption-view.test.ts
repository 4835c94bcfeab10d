import { expect } from "chai";
import type { Head, StoredWinner, WinnerStore } from "../../../offchain/pm/interface.ts";
import { RedemptionView } from "../../../offchain/pm/redemption-view.ts";
import { Chain__FakeForRedeemer, ROUND } from "./Chain__FakeForRedeemer.ts";
import { Clock__Fake } from "./Clock__Fake.ts";
import { ETHER, FACE, RECIPIENT, SENDER } from "./world.ts";
import { storedWinner } from "./winners.ts";

describe("RedemptionView", () => {
  let chain: Chain__FakeForRedeemer;
  let view: RedemptionView;
  let underway: Map<string, bigint>;
  /** What was read of the chain, as `call(argument)`. */
  let reads: string[];
  let start: number;
  beforeEach(() => {
    const clock = new Clock__Fake();
    start = clock.now();
    chain = new Chain__FakeForRedeemer(clock);
    underway = new Map();
    reads = [];
    const broker = new Proxy(chain, {
      get(target, name): unknown {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return (...args: unknown[]): unknown => {
          reads.push(`${String(name)}(${args.map(String).join()})`);
          return Reflect.apply(member, target, args);
        };
      },
    });
    const store: Partial<WinnerStore> = { underway: () => underway };
    view = new RedemptionView({ store: store as WinnerStore, broker });
  });

  const head = (time = start): Head => ({ number: 1, hash: "block 1", time });
  const candidates = (winners: readonly StoredWinner[], time?: number) => view.candidates(winners, head(time));

  it("knows of a winner when its round began, when it dies and until when a default can be claimed", async () => {
    const winner = storedWinner(0n, { faceValue: 7n });
    expect(await candidates([winner], start + 5)).to.deep.equal([
      {
        digest: winner.digest,
        sender: SENDER,
        faceValue: 7n,
        isClaimed: false,
        born: start,
        deadline: start + 3 * ROUND,
        claimBy: start + 2 * ROUND,
        since: start + 5,
        winner,
      },
    ]);
    const [claimed] = await candidates([storedWinner(1n, { creationRound: 12 }, "claimed")]);
    expect(claimed).to.include({ isClaimed: true, born: start + 2 * ROUND, deadline: start + 5 * ROUND });
    expect([9, 10, 12].map((round) => view.deadline(round))).to.deep.equal([
      undefined,
      start + 3 * ROUND,
      start + 5 * ROUND,
    ]);
  });

  it("remembers since when a winner waits, until it waits no more", async () => {
    const since = async (time: number, ...winners: StoredWinner[]) =>
      (await candidates(winners, start + time)).map((each) => each.since - start);
    const [first, second] = [storedWinner(0n), storedWinner(1n)];
    expect(await since(1, first)).to.deep.equal([1]);
    expect(await since(2, first, second)).to.deep.equal([1, 2]);
    expect(await since(3, second)).to.deep.equal([2]);
    expect(await since(4, first, second)).to.deep.equal([4, 2]);
  });

  it("reads the last round of a round once, and its times again each time: rounds to come may become longer", async () => {
    const winners = [storedWinner(0n), storedWinner(1n)];
    await candidates(winners);
    await candidates(winners);
    expect(reads.filter((read) => read === "lastRound(10)")).to.have.length(1);
    expect(reads.filter((read) => read === "roundStart(13)")).to.have.length(2);
    chain.roundStart = (round) => Promise.resolve(start + (round - 10) * 2 * ROUND);
    const [later] = await candidates(winners);
    expect(later!.deadline).to.equal(start + 6 * ROUND);
  });

  it("reads nothing when nothing waits", async () => {
    expect(await candidates([])).to.deep.equal([]);
    expect((await view.funds([])).size).to.equal(0);
    expect(reads).to.deep.equal([]);
  });

  it("knows what can pay each sender's winners, what is under way and when it can leave", async () => {
    chain.fund(SENDER, ETHER);
    chain.escrows.set(SENDER, 3n);
    chain.allocations.set(RECIPIENT, 2n);
    chain.withdrawRounds.set(RECIPIENT, 12);
    underway.set(RECIPIENT, FACE);
    const winners = [storedWinner(0n), storedWinner(1n), storedWinner(2n, { sender: RECIPIENT })];
    const funds = await view.funds(await candidates(winners));
    expect([...funds]).to.have.deep.members([
      [SENDER, { deposit: ETHER, allocation: 0n, escrow: 3n, withdrawRound: null, leaves: Infinity, underway: 0n }],
      [
        RECIPIENT,
        { deposit: 0n, allocation: 2n, escrow: 0n, withdrawRound: 12, leaves: start + 2 * ROUND, underway: FACE },
      ],
    ]);
    expect(reads.filter((read) => read.startsWith("funds"))).to.have.length(2);
  });
});
