import { expect } from "chai";
import { id, parseEther } from "ethers";
import {
  caseOf,
  challengeWith,
  type Court,
  defendWith,
  endOf,
  lieFrom,
  openCourt,
  type Opened,
  Outcome,
  play,
  programOf,
  Stage,
} from "../../../fixtures/disputes.ts";
import { shownOf } from "../../../../offchain/verification/game/lists.ts";
import { answerTo, listAfter } from "../../../../offchain/verification/game/player.ts";
import type { Answer, List, Run } from "../../../../offchain/verification/game/interface.ts";

const CLOCK = 43_200;
const STEPS = 3_000;

type Move = Extract<Answer, { kind: "move" }>;
type Proof = Extract<Answer, { kind: "prove" }>;

describe("DisputeGame, a game", function () {
  let court: Court;
  let restore: () => Promise<void>;
  let opened: Opened;
  let lie: Run;

  before(async () => {
    court = await openCourt(caseOf(programOf(STEPS, 2)));
    lie = lieFrom(court.trace, 1_234n);
    opened = await challengeWith(court, endOf(court.trace));
    const snapshot = await court.networkHelpers.takeSnapshot();
    restore = () => snapshot.restore();
  });
  beforeEach(() => restore());

  const refused = (sent: Promise<unknown>, error: string) =>
    expect(sent, error).to.be.revertedWithCustomError(court.disputes, `DisputeGame${error}`);
  /** Whatever the pick is: a wrong one has to be refused for itself. */
  const shownAt = (hashes: readonly string[], pick: number) => shownOf(hashes, Math.min(Math.max(pick, 1), 16));
  const begin = () => defendWith(court, opened, court.orchestrator, lie);
  const answer = async <A extends Answer>(run: Run, list: List) => (await answerTo(run, list)) as A;
  const move = (list: List, { pick, hashes }: Pick<Move, "pick" | "hashes">, by = court.broadcaster) =>
    court.disputes
      .connect(by)
      .move(opened.id, court.broadcaster, court.orchestrator, pick, shownAt(list.hashes, pick), [...hashes]);
  const gameOf = (defender = court.orchestrator) => court.disputes.gameOf(opened.id, court.broadcaster, defender);
  /** Goes on until the challenger has to prove. */
  const toProof = async () => {
    const first = await begin();
    const inner = await answer<Move>(court.trace, first);
    await move(first, inner);
    const own = lieFrom(court.trace, inner.next.from + 5n);
    // The defender disagrees with the challenger's true list, so it says something else.
    const reply = await answerTo(own, inner.next);
    if (reply?.kind !== "prove") throw new Error("not the last list");
    return { list: inner.next, reply };
  };

  describe("defend", function () {
    const defend = (
      by = court.others[0]!,
      changes: {
        list?: readonly string[];
        pick?: number;
        shown?: readonly string[];
        hashes?: readonly string[];
        value?: bigint;
        claim?: object;
      } = {},
    ) => {
      const { list = opened.list.hashes, pick = 1, hashes = Array<string>(16).fill(id("x")), claim = {} } = changes;
      const { shown = shownAt(list, pick) } = changes;
      const value = changes.value ?? BigInt(opened.claim.defenceBond);
      return court.disputes
        .connect(by)
        .defend(opened.id, { ...opened.claim, ...claim }, pick, [...shown], [...hashes], { value });
    };

    it("begins a game, with what has passed taken from the defender's clock", async function () {
      const { disputes, networkHelpers, others } = court;
      const openedAt = Number(opened.claim.openedAt);
      await networkHelpers.time.setNextBlockTimestamp(openedAt + 1_000);
      const hashes = Array.from({ length: 16 }, (_, i) => id(`h${i}`));
      await expect(defend(others[0], { pick: 3, hashes }))
        .to.emit(disputes, "Moved")
        .withArgs(opened.id, others[0], 3, hashes);
      const game = await gameOf(others[0]);
      expect(game.stage).to.equal(Stage.ChallengersTurn);
      expect([game.level, game.since]).to.deep.equal([2n, BigInt(openedAt + 1_000)]);
      expect([game.challengerClock, game.defenderClock]).to.deep.equal([BigInt(CLOCK), BigInt(CLOCK - 1_000)]);
      expect((await disputes.challengeOf(opened.id)).games).to.equal(1n);
      await refused(defend(others[0]), "Exists");
      await defend(others[1]);
      expect((await disputes.challengeOf(opened.id)).games).to.equal(2n);
    });

    it("is possible until one clock has passed", async function () {
      const { networkHelpers, others } = court;
      const until = Number(opened.claim.openedAt) + CLOCK;
      await networkHelpers.time.setNextBlockTimestamp(until);
      await defend();
      await networkHelpers.time.setNextBlockTimestamp(until + 1);
      await refused(defend(others[1]), "Clock");
    });

    it("asks for the claim, its list, a pick, another end, and the bond", async function () {
      const { hashes } = opened.list;
      const bond = BigInt(opened.claim.defenceBond);
      await refused(defend(undefined, { claim: { depth: 4 } }), "ClaimMismatch");
      await refused(defend(undefined, { claim: { bond: 1 } }), "ClaimMismatch");
      await refused(defend(undefined, { list: [...hashes.slice(0, 16), id("x")] }), "ListMismatch");
      const shown = shownOf(hashes, 3);
      for (const pick of [2, 4, 11]) await refused(defend(undefined, { pick, shown }), "ListMismatch");
      for (const [i, own] of shown.entries()) {
        expect(own).to.not.equal(id("x"));
        await refused(defend(undefined, { pick: 3, shown: shown.with(i, id("x")) }), "ListMismatch");
      }
      for (const wrong of [[], shown.slice(0, 1), shown.slice(0, 2), shown.slice(0, -1), [...shown, id("x")]])
        await refused(defend(undefined, { pick: 3, shown: wrong }), "ListLength");
      await refused(defend(undefined, { pick: 0 }), "OutOfBounds");
      await refused(defend(undefined, { pick: 17 }), "OutOfBounds");
      await refused(defend(undefined, { hashes: [...Array<string>(15).fill(id("x")), hashes[1]!] }), "NoDisagreement");
      await refused(defend(undefined, { hashes: Array<string>(15).fill(id("x")) }), "ListLength");
      await refused(defend(undefined, { hashes: Array<string>(17).fill(id("x")) }), "ListLength");
      await refused(defend(undefined, { value: bond - 1n }), "BondMismatch");
      await refused(defend(undefined, { value: bond + 1n }), "BondMismatch");
      const { disputes, others } = court;
      const none = disputes
        .connect(others[0])
        .defend(id("none"), opened.claim, 1, shownOf(hashes, 1), hashes.slice(1), { value: bond });
      await refused(none, "NotOpen");
    });
  });

  describe("move", function () {
    it("goes from one list to a part of it, and gives the turn to the other side", async function () {
      const { networkHelpers } = court;
      const first = await begin();
      const inner = await answer<Move>(court.trace, first);
      const { since, defenderClock } = await gameOf();
      await networkHelpers.time.setNextBlockTimestamp(since + 500n);
      await move(first, inner);
      const game = await gameOf();
      expect([game.stage, game.level]).to.deep.equal([Stage.DefendersTurn, 1n]);
      expect([game.challengerClock, game.defenderClock]).to.deep.equal([BigInt(CLOCK - 500), defenderClock]);
      expect(listAfter(first, inner.pick, inner.hashes)).to.deep.equal(inner.next);
    });

    it("takes time from who moves alone", async function () {
      const deep = await openCourt(caseOf(programOf(5_000, 2)));
      const { disputes, broadcaster, orchestrator, networkHelpers } = deep;
      const wrong = lieFrom(deep.trace, 4_321n);
      const challenge = await challengeWith(deep, endOf(deep.trace));
      const list = await defendWith(deep, challenge, orchestrator, wrong);
      const inner = await answer<Move>(deep.trace, list);
      const by = (who: typeof broadcaster) => disputes.connect(who);
      await by(broadcaster).move(
        challenge.id,
        broadcaster,
        orchestrator,
        inner.pick,
        [...inner.shown],
        [...inner.hashes],
      );
      const before = await disputes.gameOf(challenge.id, broadcaster, orchestrator);
      const reply = await answer<Move>(lieFrom(deep.trace, inner.next.from + 20n), inner.next);
      await networkHelpers.time.setNextBlockTimestamp(before.since + 777n);
      await by(orchestrator).move(
        challenge.id,
        broadcaster,
        orchestrator,
        reply.pick,
        [...reply.shown],
        [...reply.hashes],
      );
      const after = await disputes.gameOf(challenge.id, broadcaster, orchestrator);
      expect([after.stage, after.level]).to.deep.equal([Stage.ChallengersTurn, 1n]);
      expect(after.defenderClock).to.equal(before.defenderClock - 777n);
      expect(after.challengerClock).to.equal(before.challengerClock);
    });

    it("is refused to anybody but whose turn it is", async function () {
      const first = await begin();
      const inner = await answer<Move>(court.trace, first);
      for (const who of [court.orchestrator, court.stranger]) await refused(move(first, inner, who), "NotParty");
      await move(first, inner);
      await refused(move(inner.next, inner), "NotParty");
      const { disputes, stranger, orchestrator, broadcaster } = court;
      const list = [...first.hashes];
      const shown = shownOf(list, 1);
      // Who names itself as a party finds no game.
      await refused(
        disputes.connect(stranger).move(opened.id, stranger, orchestrator, 1, shown, list.slice(1)),
        "NotPlayed",
      );
      await refused(
        disputes.connect(stranger).move(opened.id, broadcaster, stranger, 1, shown, list.slice(1)),
        "NotPlayed",
      );
    });

    it("asks for the last list, a pick, and another end", async function () {
      const first = await begin();
      const inner = await answer<Move>(court.trace, first);
      const { pick, hashes } = inner;
      await refused(move(opened.list, inner), "ListMismatch");
      await refused(move(first, { pick: 0, hashes }), "OutOfBounds");
      await refused(move(first, { pick: 17, hashes }), "OutOfBounds");
      await refused(move(first, { pick, hashes: hashes.slice(1) }), "ListLength");
      await refused(move(first, { pick, hashes: [...hashes.slice(0, 15), first.hashes[pick]!] }), "NoDisagreement");
    });

    it("is refused where only a proof is left, and a proof where it is not", async function () {
      const first = await begin();
      const { disputes, broadcaster, orchestrator } = court;
      const shown = shownOf(first.hashes, 1);
      await refused(
        disputes.connect(broadcaster).prove(opened.id, orchestrator, opened.claim, 1, shown, "0x", "0x"),
        "WrongLevel",
      );
      await move(first, await answer<Move>(court.trace, first));
      const { next } = await answer<Move>(court.trace, first);
      await refused(move(next, { pick: 1, hashes: next.hashes.slice(1) }, orchestrator), "WrongLevel");
    });

    it("is refused when the clock has run out", async function () {
      const first = await begin();
      const inner = await answer<Move>(court.trace, first);
      const { since } = await gameOf();
      await court.networkHelpers.time.setNextBlockTimestamp(since + BigInt(CLOCK) + 1n);
      await refused(move(first, inner), "Clock");
    });
  });

  describe("prove", function () {
    const prove = (
      list: List,
      { pick, state, proof }: Pick<Proof, "pick" | "state" | "proof">,
      by = court.orchestrator,
    ) =>
      court.disputes
        .connect(by)
        .prove(opened.id, court.orchestrator, opened.claim, pick, shownAt(list.hashes, pick), state, proof);

    it("of a step that is as the list says is refused", async function () {
      const { list, reply } = await toProof();
      await refused(prove(list, reply), "NoDisagreement");
      expect((await gameOf()).stage).to.equal(Stage.DefendersTurn);
    });

    it("asks for the state before the step, the last list, and the turn", async function () {
      const { list, reply } = await toProof();
      await refused(prove(list, { ...reply, pick: reply.pick - 1 }), "StateMismatch");
      await refused(prove(list, { ...reply, pick: 0 }), "OutOfBounds");
      await refused(prove(list, reply, court.broadcaster), "NotParty");
      await refused(prove(opened.list, reply), "ListMismatch");
    });

    it("wins the game of a challenger that is right, and only that", async function () {
      const deep = await openCourt(caseOf(programOf(5_000, 2)));
      const wrong = lieFrom(deep.trace, 4_321n);
      const challenge = await challengeWith(deep, endOf(deep.trace));
      const list = await defendWith(deep, challenge, deep.orchestrator, wrong);
      const runs = { challenger: deep.trace, defender: wrong };
      await expect(play(deep, challenge, deep.orchestrator, runs, "challenger", list))
        .to.emit(deep.disputes, "GameEnded")
        .withArgs(challenge.id, deep.orchestrator, Stage.Lost);
      const { games, pot } = await deep.disputes.challengeOf(challenge.id);
      expect([games, pot]).to.deep.equal([0n, challenge.claim.defenceBond]);
      expect(await deep.disputes.outcomeOf(challenge.id)).to.equal(Outcome.Open);
    });
  });

  describe("timeout", function () {
    it("waits for the clock of who is to move", async function () {
      await begin();
      const { disputes, orchestrator, stranger, networkHelpers } = court;
      const { since } = await gameOf();
      const timeout = () => disputes.connect(stranger).timeout(opened.id, orchestrator, opened.claim);
      await networkHelpers.time.setNextBlockTimestamp(since + BigInt(CLOCK));
      await refused(timeout(), "Clock");
      await networkHelpers.time.setNextBlockTimestamp(since + BigInt(CLOCK) + 1n);
      await expect(timeout()).to.emit(disputes, "GameEnded").withArgs(opened.id, orchestrator, Stage.Won);
      expect(await disputes.outcomeOf(opened.id)).to.equal(Outcome.Refuted);
      await refused(timeout(), "NotOpen");
    });

    it("V4: ends a game once", async function () {
      const first = await begin();
      await move(first, await answer<Move>(court.trace, first));
      const { disputes, orchestrator, networkHelpers } = court;
      await networkHelpers.time.increase(CLOCK + 1);
      await disputes.timeout(opened.id, orchestrator, opened.claim);
      expect((await gameOf()).stage).to.equal(Stage.Lost);
      await refused(disputes.timeout(opened.id, orchestrator, opened.claim), "NotPlayed");
      await refused(disputes.timeout(opened.id, court.stranger, opened.claim), "NotPlayed");
      expect((await disputes.challengeOf(opened.id)).pot).to.equal(opened.claim.defenceBond);
    });
  });

  describe("release", function () {
    it("V4: returns the bond of a second defender, once, when the first has won", async function () {
      const { disputes, orchestrator, networkHelpers, others, ethers } = court;
      const [second] = others;
      await begin();
      await defendWith(court, opened, second!, lie);
      const release = (who = second!) => disputes.release(opened.id, who, opened.claim);
      await refused(release(), "NotRefuted");
      await networkHelpers.time.increase(CLOCK + 1);
      await disputes.timeout(opened.id, orchestrator, opened.claim);
      await refused(release(orchestrator), "NotPlayed");
      await refused(
        disputes.release(opened.id, second!, { ...opened.claim, defenceBond: parseEther("9") }),
        "ClaimMismatch",
      );
      await expect(release()).to.changeEtherBalances(
        ethers,
        [second!, disputes],
        [BigInt(opened.claim.defenceBond), -BigInt(opened.claim.defenceBond)],
      );
      expect((await gameOf(second)).stage).to.equal(Stage.Released);
      await refused(release(), "NotPlayed");
      expect(await ethers.provider.getBalance(disputes)).to.equal(0n);
    });
  });
});
