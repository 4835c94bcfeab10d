import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { keccak256 } from "ethers";
import hre from "hardhat";
import type { Run } from "../../../offchain/verification/game/interface.ts";
import type { Receipt } from "../../../offchain/verification/interface.ts";
import { answerTo } from "../../../offchain/verification/game/player.ts";
import { writeEvidence } from "../../../offchain/verification/evidence/directory.ts";
import type { MadeMove } from "../../../tasks/dispute/move.ts";
import type { OpenedDispute } from "../../../tasks/dispute/open.ts";
import type { Dispute } from "../../../tasks/dispute/read.ts";
import type { Settled } from "../../../tasks/dispute/settle.ts";
import {
  caseOf,
  challengeWith,
  type Court,
  defendWith,
  endOf,
  endWith,
  type Evidence,
  evidenceOf,
  lieFrom,
  loopOf,
  openCourt,
  type Opened,
  passClock,
} from "../../fixtures/disputes.ts";
import { EXECUTE, READ, writeElf } from "../../fixtures/elf.ts";
import { temporaryDirectory } from "../../fixtures/protocol.ts";
import { expectRefusal, runTask } from "../../fixtures/tasks.ts";
import type { Ran } from "../../fixtures/tasks.ts";

/** {1} Of a run: enough for four lists, so that both sides move. */
const ROUNDS = 2_000;
/** Numbers of accounts. */
const [BROADCASTER, ORCHESTRATOR, DELEGATOR, STRANGER] = ["1", "2", "3", "4"];

describe("hardhat dispute", () => {
  /** The work was a fault, or good. */
  let guilty: Court;
  let innocent: Court;
  let restore: () => Promise<void>;

  before(async function () {
    const chain = await hre.network.getOrCreate<"l1">();
    guilty = await openCourt(caseOf(loopOf(ROUNDS, 2)), undefined, chain);
    innocent = await openCourt(caseOf(loopOf(ROUNDS, 1)), undefined, chain);
    const snapshot = await innocent.networkHelpers.takeSnapshot();
    restore = () => snapshot.restore();
  });
  beforeEach(() => restore());

  /** A directory as `streamflow` writes them, and the file of the program. */
  async function filesOf(court: Court, evidence: Evidence): Promise<{ evidence: string; program: string }> {
    const { judged } = court;
    const directory = temporaryDirectory();
    const receipt = evidence.receipt as unknown as Receipt;
    const { stream, sequence, sourceRoot, sourceLength, profilesHash, service, sender, orchestrator } = receipt;
    const segment = {
      ...{ sender, stream, sequence, sourceRoot, sourceLength, profilesHash, service },
      recipient: orchestrator,
      timestamp: Number(evidence.orderTimestamp),
    };
    const signed = {
      order: { segment, signature: evidence.orderSignature as string },
      receipt: { receipt, signature: evidence.receiptSignature as string },
      outputIndex: 0,
    };
    await writeEvidence(directory, { ...signed, parameters: judged.parameters }, judged);
    const program = path.join(directory, "program.elf");
    await writeFile(program, writeElf(0, [{ address: 0, flags: READ | EXECUTE, bytes: judged.program }]));
    return { evidence: directory, program };
  }

  const run = <T>(court: Court, name: string, args: Record<string, unknown>): Promise<Ran<T>> =>
    runTask<T>(`dispute ${name}`, { dir: court.dir, ...args });
  const refused = (court: Court, name: string, args: Record<string, unknown>, message: string): Promise<void> =>
    expectRefusal(`dispute ${name}`, { dir: court.dir, ...args }, message);
  const show = async (court: Court, id: string): Promise<Dispute> =>
    (await run<Dispute>(court, "show", { dispute: id, json: true })).result;
  const settle = async (court: Court, id: string, from = STRANGER): Promise<string[]> =>
    (await run<Settled[]>(court, "settle", { dispute: id, from, json: true })).result.map(({ kind }) => kind);

  /** The broadcaster says of good work that it is a fault. */
  async function accuse(): Promise<{ opened: Opened; lie: Run }> {
    const said = endWith(endOf(innocent.trace), { verdict: 2 });
    const { step } = innocent.trace.witnessAt(2n ** 40n).state;
    const lie = lieFrom(innocent.trace, 5_000n, { hash: keccak256(said), step });
    return { opened: await challengeWith(innocent, said, { run: lie }), lie };
  }

  /** A side plays from its own knowledge, without the tasks. */
  async function reply(court: Court, { id }: { id: string }, defender: string, run: Run): Promise<void> {
    const { claim, games } = await show(court, id);
    const { rounds, turn } = games.find((game) => game.defender === defender)!;
    const { list } = rounds.at(-1)!;
    const answer = await answerTo(run, list);
    if (answer?.kind !== "move") throw new Error("no move");
    const mover = await court.ethers.getSigner(turn === "challenger" ? claim.challenger : defender);
    await court.disputes
      .connect(mover)
      .move(id, claim.challenger, defender, answer.pick, [...answer.shown], [...answer.hashes]);
  }

  it("opens a challenge from evidence, and settles it when nobody has defended", async function () {
    const files = await filesOf(guilty, await evidenceOf(guilty));
    const { result } = await run<OpenedDispute>(guilty, "open", { ...files, from: BROADCASTER, json: true });
    expect(result.bond).to.equal(await guilty.disputes.bondFor(0));
    const { outcome, claim, games, list } = await show(guilty, result.id);
    expect({ outcome, games }).to.deep.equal({ outcome: "open", games: [] });
    expect([claim.challenger, claim.orchestrator]).to.deep.equal([
      guilty.broadcaster.address,
      guilty.orchestrator.address,
    ]);
    expect(list.hashes[0]).to.equal(guilty.trace.hashesAt([0n])[0]);
    expect(await settle(guilty, result.id)).to.deep.equal([]);
    await passClock(guilty);
    const { printed } = await run(guilty, "settle", { dispute: result.id.slice(0, 10), from: STRANGER });
    expect(printed)
      .to.include("settled: nobody has refuted it")
      .and.to.match(/a fault: [\d.,]+ LPT slashed/);
    expect(await settle(guilty, result.id)).to.deep.equal([]);
    expect((await show(guilty, result.id)).end!.loss).to.be.greaterThan(0n);
  });

  it("opens nothing without a fault, without the program, or with other bytes", async function () {
    const files = await filesOf(innocent, await evidenceOf(innocent));
    const from = BROADCASTER;
    await refused(innocent, "open", { ...files, from }, "the program says pass: only a fault can be challenged");
    await refused(innocent, "open", { ...files, program: "", from }, "name its file with --program");
    const other = writeElf(0, [{ address: 0, flags: READ | EXECUTE, bytes: loopOf(1, 2) }]);
    await writeFile(files.program, other);
    await refused(innocent, "open", { ...files, from }, "the receipt names");
    const bounded = await filesOf(innocent, await evidenceOf(innocent, { stepBound: 100n }));
    await refused(innocent, "open", { ...bounded, from }, "does not end within the 100 steps");
    await writeFile(path.join(files.evidence, "evidence.json"), "{");
    await refused(innocent, "open", { ...files, from }, "EvidenceInvalid");
    await refused(
      innocent,
      "open",
      { ...files, evidence: path.join(files.evidence, "absent"), from },
      "EvidenceInvalid",
    );
  });

  it("V1: moves for a challenger that is right, from the evidence to the proof, and shows the game", async function () {
    const evidence = await evidenceOf(guilty);
    const files = await filesOf(guilty, evidence);
    const opened = await challengeWith(guilty, endOf(guilty.trace), { evidence });
    const defender = guilty.orchestrator.address;
    const lie = lieFrom(guilty.trace, 1_234n);
    const move = { dispute: opened.id, ...files, from: BROADCASTER };
    await refused(guilty, "move", move, "there is no game in which the challenger is to move");
    await defendWith(guilty, opened, guilty.orchestrator, lie);
    await refused(guilty, "move", { ...move, from: ORCHESTRATOR }, "the challenger is to move, within 1");
    await refused(
      guilty,
      "move",
      { ...move, defender: DELEGATOR },
      `The game of ${defender}: the challenger is to move`,
    );

    expect((await run<MadeMove>(guilty, "move", { ...move, json: true })).result).to.include({
      kind: "move",
      defender,
    });
    await reply(guilty, opened, defender, lie);
    const { printed } = await run(guilty, "show", { dispute: opened.id });
    for (const round of (await show(guilty, opened.id)).games[0]!.rounds) {
      for (const hash of round.list.hashes) expect(printed).to.include(hash.slice(2, 10));
    }
    expect(printed).to.include(`The game of ${defender}: the challenger is to move`).and.to.include("65,536");

    expect((await run<MadeMove>(guilty, "move", { ...move, json: true })).result.kind).to.equal("prove");
    const { games, pot, claim } = await show(guilty, opened.id);
    expect(games[0]!.rounds.map(({ by, list: { from, level } }) => [by, from, level])).to.deep.equal([
      ["challenger", 0n, 4],
      ["defender", 0n, 3],
      ["challenger", 1_024n, 2],
      ["defender", 1_232n, 1],
    ]);
    expect([games[0]!.stage, pot]).to.deep.equal(["lost", claim.defenceBond]);
    await passClock(guilty);
    expect(await settle(guilty, opened.id, BROADCASTER)).to.deep.equal(["settle"]);
  });

  it("V1: defends good work from the evidence to the end of the game; another defender's bond is released", async function () {
    const { opened, lie } = await accuse();
    const files = await filesOf(innocent, opened.evidence);
    const move = { dispute: opened.id, ...files, from: DELEGATOR };
    await run(innocent, "move", { ...move, from: STRANGER });
    expect((await run(innocent, "move", move)).printed).to.include(`defended dispute ${opened.id.slice(0, 14)}`);
    const defender = innocent.delegator.address;
    await reply(innocent, opened, defender, lie);
    expect((await run<MadeMove>(innocent, "move", move)).result.kind).to.equal("move");
    await refused(innocent, "move", move, "the challenger is to move");
    await refused(innocent, "move", { ...move, from: BROADCASTER }, "this side is not right, and has no move");
    await passClock(innocent);
    expect((await run(innocent, "list", { open: true })).printed).to.include("the challenger's clock ran out");
    expect(await settle(innocent, opened.id)).to.deep.equal(["timeout", "release"]);
    const { outcome, games } = await show(innocent, opened.id);
    expect(outcome).to.equal("refuted");
    expect(games.map(({ stage }) => stage).sort()).to.deep.equal(["released", "won"]);
    await refused(innocent, "move", { ...move, from: ORCHESTRATOR }, "cannot be defended any more: refuted");
  });

  it("settles with what an account did not take", async function () {
    const { opened } = await accuse();
    const files = await filesOf(innocent, opened.evidence);
    await run(innocent, "move", { dispute: opened.id, ...files, from: ORCHESTRATOR });
    // Code that takes no payments, for as long as the dispute lasts.
    const { address } = innocent.orchestrator;
    await innocent.networkHelpers.setCode(address, "0xfe");
    await passClock(innocent);
    expect(await settle(innocent, opened.id)).to.deep.equal(["timeout"]);
    const kept = await innocent.disputes.keptFor(address);
    expect(kept).to.be.greaterThan(0n);
    await innocent.networkHelpers.setCode(address, "0x");
    const { printed } = await run(innocent, "settle", { dispute: opened.id, from: ORCHESTRATOR });
    expect(printed).to.include("that the account had not taken").and.to.include("refuted");
    expect(await innocent.disputes.keptFor(address)).to.equal(0n);
  });

  it("lists challenges, the newest first, and says which name is wrong", async function () {
    expect((await run(guilty, "list", { open: false })).printed).to.include("nothing was ever challenged");
    expect((await run(guilty, "list", { open: true })).printed).to.include("no challenge is open");
    const ids: string[] = [];
    for (const sequence of [0, 1]) {
      const evidence = await evidenceOf(guilty, { sequence });
      ids.push((await challengeWith(guilty, endOf(guilty.trace), { evidence })).id);
    }
    await passClock(guilty);
    await settle(guilty, ids[0]!);
    const { result, printed } = await run<Dispute[]>(guilty, "list", { open: false });
    expect(result.map(({ id, outcome }) => [id, outcome])).to.deep.equal([
      [ids[1], "open"],
      [ids[0], "sustained"],
    ]);
    for (const text of [
      `of ${guilty.orchestrator.address}`,
      `by ${guilty.broadcaster.address}`,
      "open; can be settled",
    ]) {
      expect(printed).to.include(text);
    }
    expect(Math.max(...printed.split("\n").map((line) => line.length))).to.be.at.most(120);
    const open = (await run<Dispute[]>(guilty, "list", { open: true, json: true })).result;
    expect(open.map(({ id }) => id)).to.deep.equal([ids[1]]);
    await refused(guilty, "show", { dispute: "12" }, "is not the name of a dispute");
    await refused(guilty, "show", { dispute: `0x${"00".repeat(32)}` }, "there is no dispute");
    const files = await filesOf(guilty, await evidenceOf(guilty, { sequence: 7 }));
    await refused(
      guilty,
      "move",
      { dispute: ids[1], ...files, from: ORCHESTRATOR },
      "cannot be defended any more: since",
    );
  });

  it("takes evidence of its own dispute alone", async function () {
    const opened = await challengeWith(guilty, endOf(guilty.trace));
    const files = await filesOf(guilty, await evidenceOf(guilty, { sequence: 7 }));
    await refused(
      guilty,
      "move",
      { dispute: opened.id, ...files, from: ORCHESTRATOR },
      "is evidence for another dispute",
    );
  });
});
