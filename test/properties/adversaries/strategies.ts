import { id } from "ethers";
import { shownOf } from "../../../offchain/verification/game/lists.ts";
import type { Run } from "../../../offchain/verification/game/interface.ts";
import { encodeState } from "../../../offchain/vm/state.ts";
import { bondOf, evidenceOf, type Opened, saidBy } from "../../fixtures/disputes.ts";
import type { Adversary, Scene, Turn } from "./scene.ts";

/** Accuses, and lies on as long as it can. */
const LIAR: Omit<Adversary, "name"> = {
  role: "challenger",
  work: "good",
  begin: (scene) => scene.accuse(),
  turn: (turn) => turn.scene.move(turn),
};

/** Denies a fault, and lies on as long as it can. */
const DENIER: Omit<Adversary, "name"> = {
  role: "defender",
  work: "bad",
  begin: (scene) => scene.defend(scene.court.orchestrator, scene.lie()),
  turn: (turn) => turn.scene.move(turn),
};

const SILENT = (): Promise<boolean> => Promise.resolve(false);
const NOTHING = (): Promise<void> => Promise.resolve();

/** The same turn for a liar of either side. */
function bySides(name: string, changes: Partial<Adversary>): Adversary[] {
  return [
    { ...LIAR, ...changes, name: `a challenger that ${name}` },
    { ...DENIER, ...changes, name: `a defender that ${name}` },
  ];
}

/** Tries each of these, and then moves as a liar does. */
const after =
  (...attempts: readonly ((turn: Turn) => Promise<void>)[]): Adversary["turn"] =>
  async (turn) => {
    for (const attempt of attempts) await attempt(turn);
    return turn.scene.move(turn);
  };

/** A move of any account in a game, whatever is wrong with it. */
function moveOf(
  { scene, dispute, game, by }: Turn,
  changes: {
    by?: Turn["by"];
    list?: readonly string[];
    pick?: number;
    shown?: readonly string[];
    hashes?: readonly string[];
  },
): Promise<unknown> {
  const { list = game.list.hashes, pick = 1, hashes = Array<string>(16).fill(id("x")) } = changes;
  const { shown = shownAt(list, pick) } = changes;
  return scene.court.disputes
    .connect(changes.by ?? by)
    .move(dispute.id, dispute.claim.challenger, game.defender, pick, [...shown], [...hashes]);
}

/** Whatever the pick is: a wrong one has to be refused for itself. */
const shownAt = (hashes: readonly string[], pick: number) => shownOf(hashes, Math.min(Math.max(pick, 1), 16));

/** A proof, likewise: of the step that the adversary says is wrong, unless told otherwise. */
async function proofOf(
  { scene, dispute, game, by }: Turn,
  changes: { pick?: number; step?: bigint; proof?: Uint8Array; claim?: object } = {},
): Promise<unknown> {
  const { pick = 1, claim = {} } = changes;
  const { state, proof } = scene.court.trace.witnessAt(changes.step ?? game.list.from + BigInt(pick - 1));
  return scene.court.disputes
    .connect(by)
    .prove(
      dispute.id,
      game.defender,
      { ...dispute.claim, ...claim },
      pick,
      shownAt(game.list.hashes, pick),
      encodeState(state),
      changes.proof ?? proof,
    );
}

async function tryMalformed(turn: Turn): Promise<void> {
  const { scene, game } = turn;
  const { hashes } = game.list;
  const x = Array<string>(16).fill(id("x"));
  if (game.list.level === 1) return scene.attempt(moveOf(turn, {}), "WrongLevel");
  const shown = shownOf(hashes, 1);
  await scene.attempt(moveOf(turn, { shown: shown.slice(1) }), "ListLength");
  await scene.attempt(moveOf(turn, { shown: [...shown, id("x")] }), "ListLength");
  await scene.attempt(moveOf(turn, { shown, pick: 2 }), "ListMismatch");
  await scene.attempt(moveOf(turn, { list: [...hashes.slice(0, 16), id("x")] }), "ListMismatch");
  await scene.attempt(moveOf(turn, { hashes: x.slice(1) }), "ListLength");
  await scene.attempt(moveOf(turn, { hashes: [...x, id("x")] }), "ListLength");
  await scene.attempt(moveOf(turn, { hashes: [] }), "ListLength");
  await scene.attempt(moveOf(turn, { pick: 0 }), "OutOfBounds");
  await scene.attempt(moveOf(turn, { pick: 17 }), "OutOfBounds");
  await scene.attempt(moveOf(turn, { hashes: [...x.slice(1), hashes[1]!] }), "NoDisagreement");
  await scene.attempt(proofOf(turn), "WrongLevel");
}

async function tryOldLists(turn: Turn): Promise<void> {
  const { scene, dispute, game } = turn;
  if (game.list.level === 1) return;
  // The challenge's list, and the one that it has answered itself before.
  await scene.attempt(moveOf(turn, { list: dispute.list.hashes }), "ListMismatch");
  await scene.attempt(moveOf(turn, { list: [game.list.hashes[0]!, ...dispute.list.hashes.slice(1)] }), "ListMismatch");
}

/** Sends its move a second time before the other side has answered. */
async function moveTwice(turn: Turn): Promise<boolean> {
  const answer = await turn.scene.answer(turn);
  if (answer?.kind !== "move" || !(await turn.scene.move(turn))) return false;
  await turn.scene.attempt(moveOf(turn, answer), "NotParty");
  return true;
}

async function tryFalseProofs(turn: Turn): Promise<void> {
  const { scene, game } = turn;
  const { trace } = scene.court;
  const { from, level } = game.list;
  if (level !== 1) return scene.attempt(proofOf(turn), "WrongLevel");
  await scene.attempt(proofOf(turn), "NoDisagreement");
  await scene.attempt(proofOf(turn, { pick: 16 }), "NoDisagreement");
  await scene.attempt(proofOf(turn, { step: from + 1n }), "StateMismatch");
  await scene.attempt(proofOf(turn, { pick: 0, step: from }), "OutOfBounds");
  await scene.attempt(proofOf(turn, { pick: 17, step: from }), "OutOfBounds");
  await scene.attempt(proofOf(turn, { proof: new Uint8Array(0) }), "MachineProofLength");
  // A load or a store is among any four steps of the loop, and something else.
  const proofs = [0n, 1n, 2n, 3n].map((i) => trace.witnessAt(from + i).proof);
  const short = proofs.reduce((one, other) => (other.length < one.length ? other : one));
  const long = proofs.reduce((one, other) => (other.length > one.length ? other : one));
  const [shortPick, longPick] = [proofs.indexOf(short) + 1, proofs.indexOf(long) + 1];
  await scene.attempt(proofOf(turn, { pick: shortPick, proof: long }), "MachineProofLength");
  await scene.attempt(proofOf(turn, { pick: longPick, proof: short }), "MachineProofLength");
  const broken = (proof: Uint8Array, at: number): Uint8Array => proof.map((byte, i) => (i === at ? byte ^ 1 : byte));
  await scene.attempt(proofOf(turn, { pick: shortPick, proof: broken(short, 40) }), "MachineInstructionProofInvalid");
  await scene.attempt(
    proofOf(turn, { pick: longPick, proof: broken(long, long.length - 1) }),
    "MachineMemoryProofInvalid",
  );
}

async function tryOtherClaims(turn: Turn): Promise<void> {
  const { scene, dispute, game, by } = turn;
  const { id: challenge, claim } = dispute;
  const disputes = scene.court.disputes.connect(by);
  for (const other of [
    { bond: claim.bond * 2n },
    { defenceBond: claim.defenceBond * 9n },
    { clock: 0n },
    { challenger: by.address, slashFraction: 1n },
  ]) {
    await scene.attempt(proofOf(turn, { claim: other }), "ClaimMismatch");
    await scene.attempt(disputes.timeout(challenge, game.defender, { ...claim, ...other }), "ClaimMismatch");
    await scene.attempt(disputes.settle(challenge, { ...claim, ...other }), "ClaimMismatch");
  }
}

async function tryToEndIt({ scene, dispute, game, by }: Turn): Promise<void> {
  const { id: challenge, claim } = dispute;
  const [puppet] = scene.puppets;
  for (const who of [by, puppet!]) {
    const disputes = scene.court.disputes.connect(who);
    await scene.attempt(disputes.settle(challenge, claim), "NotSettleable");
    await scene.attempt(disputes.timeout(challenge, game.defender, claim), "Clock");
    await scene.attempt(disputes.release(challenge, game.defender, claim), "NotRefuted");
    await scene.attempt(disputes.timeout(challenge, scene.puppets[5]!, claim), "NotPlayed");
    await scene.attempt(disputes.withdraw(), "NothingKept");
  }
}

/** In the last second that it has for a move; a second later it cannot any more. */
async function moveLate(turn: Turn, seconds: bigint): Promise<boolean> {
  if (turn.game.list.level === 1) return false;
  await turn.scene.court.networkHelpers.time.setNextBlockTimestamp(turn.game.until - seconds);
  return turn.scene.move(turn);
}

/** Says of every state something else each time that it is asked. */
function forgetful(run: Run): Run {
  let asked = 0;
  return {
    hashesAt: async (steps) => {
      asked += 1;
      const truth = await run.hashesAt(steps);
      return steps.map((step, i) => (step % 2n === 0n ? id(`${asked} ${step}`) : truth[i]!));
    },
    witnessAt: (step) => run.witnessAt(step),
  };
}

/** Opens a challenge that is no challenge, and is refused. */
async function tryVoid(scene: Scene): Promise<void> {
  const { court } = scene;
  const { disputes, broadcaster } = court;
  const evidence = await evidenceOf(court);
  const value = await bondOf(court);
  for (const [changes, error] of [
    [{ verdict: 0 }, "NoFault"],
    [{ verdict: 1 }, "NoFault"],
    [{ verdict: 3 }, "NoFault"],
    [{ status: 0 }, "NoFault"],
    [{ status: 3 }, "NoFault"],
    [{ step: 0n }, "OutOfBounds"],
    [{ step: 2n ** 40n + 1n }, "OutOfBounds"],
  ] as const) {
    const { said } = await saidBy(court.trace, scene.falseEnd(changes));
    await scene.attempt(disputes.connect(broadcaster).challenge(evidence, said, { value }), error);
  }
}

/** Opens the same challenge again, also when it says something else of the run this time. */
async function tryAgain(scene: Scene, { evidence }: Opened): Promise<void> {
  const { court } = scene;
  for (const end of [scene.falseEnd(), scene.falseEnd({ step: 99n })]) {
    const { said } = await saidBy(scene.lie(end), end);
    const again = court.disputes.connect(court.broadcaster).challenge(evidence, said, { value: await bondOf(court) });
    await scene.attempt(again, "Exists");
  }
}

/** Another account sends what the honest side is about to send, or opens its challenge. */
async function tryAsAnother(turn: Turn): Promise<void> {
  const { scene, game } = turn;
  if (game.list.level === 1) return;
  for (const by of [scene.honest.account, ...scene.puppets.slice(0, 2)]) {
    await scene.attempt(moveOf(turn, { by }), "NotParty");
  }
}

/** Puppets say at once what the honest defender would say, so that it comes second, and then nothing any more. */
async function defendLikeTheHonest(scene: Scene): Promise<void> {
  await scene.accuse();
  for (const puppet of scene.puppets.slice(0, 2)) await scene.defend(puppet, scene.court.trace);
}

/** Every strategy that is played. */
export const ADVERSARIES: readonly Adversary[] = [
  ...bySides("lies on to the end", {}),

  // --- Wrong lengths of the run ---
  {
    ...LIAR,
    name: "a challenger that claims one step fewer",
    begin: (s) => s.accuse(s.falseEnd({ step: lengthOf(s) - 1n })),
  },
  {
    ...LIAR,
    name: "a challenger that claims one step more",
    begin: (s) => s.accuse(s.falseEnd({ step: lengthOf(s) + 1n })),
  },
  { ...LIAR, name: "a challenger that claims a shorter game", begin: (s) => s.accuse(s.falseEnd({ step: 99n })) },
  { ...LIAR, name: "a challenger that claims a longer game", begin: (s) => s.accuse(s.falseEnd({ step: 2n ** 17n })) },

  // --- Moves that are none ---
  ...bySides("moves with malformed lists and picks", {
    refused: ["ListLength", "ListMismatch", "NoDisagreement", "OutOfBounds", "WrongLevel"],
    turn: after(tryMalformed),
  }),
  ...bySides("answers lists of before", { refused: ["ListMismatch"], turn: after(tryOldLists) }),
  ...bySides("sends its move twice", { refused: ["NotParty"], turn: moveTwice }),
  ...bySides("hands in another claim", { refused: ["ClaimMismatch"], turn: after(tryOtherClaims) }),
  ...bySides("proves another step, or with a foreign proof", {
    refused: [
      "MachineInstructionProofInvalid",
      "MachineMemoryProofInvalid",
      "MachineProofLength",
      "NoDisagreement",
      "OutOfBounds",
      "StateMismatch",
      "WrongLevel",
    ],
    turn: after(tryFalseProofs),
  }),

  // --- Changing history ---
  {
    ...LIAR,
    name: "a challenger that contradicts its own lists",
    turn: (turn) => turn.scene.move(turn, forgetful(turn.scene.lie(turn.scene.falseEnd()))),
  },
  {
    ...DENIER,
    name: "a defender that contradicts its own lists",
    begin: (scene) => scene.defend(scene.court.orchestrator, forgetful(scene.court.trace)),
    turn: (turn) => turn.scene.move(turn, forgetful(turn.scene.court.trace)),
  },

  // --- Time ---
  ...bySides("stalls to the last second", { turn: (turn) => moveLate(turn, 0n) }),
  ...bySides("keeps one second for its last word", { turn: (turn) => moveLate(turn, 1n) }),
  {
    ...DENIER,
    name: "a defender that begins in the last second",
    begin: async (scene) => {
      const [dispute] = await scene.disputes();
      const { openedAt, clock } = dispute!.claim;
      await scene.court.networkHelpers.time.setNextBlockTimestamp(openedAt + clock);
      await DENIER.begin(scene);
    },
  },

  // --- Others in its place ---
  ...bySides("lets others move before", { refused: ["NotParty"], turn: after(tryAsAnother) }),
  ...bySides("ends the game before its time", {
    refused: ["Clock", "NotPlayed", "NotRefuted", "NotSettleable", "NothingKept"],
    turn: after(tryToEndIt),
  }),
  { ...LIAR, name: "a challenger whose puppets copy the honest defence", begin: defendLikeTheHonest },
  {
    ...LIAR,
    name: "a challenger whose puppet loses on purpose",
    begin: async (scene) => {
      await scene.accuse();
      for (const puppet of scene.puppets) await scene.defend(puppet, scene.lie(undefined, 5n));
    },
  },
  {
    ...DENIER,
    name: "a defender with puppets that all deny",
    begin: async (scene) => {
      for (const who of [scene.court.orchestrator, ...scene.puppets]) await scene.defend(who, scene.lie());
    },
  },

  // --- Doubles ---
  {
    ...LIAR,
    name: "a challenger that opens twice",
    refused: ["Exists"],
    begin: async (scene) => {
      await tryAgain(scene, await scene.accuse());
    },
  },
  {
    ...DENIER,
    name: "a defender that defends twice",
    refused: ["Exists"],
    begin: async (scene) => {
      await DENIER.begin(scene);
      await scene.attempt(DENIER.begin(scene), "Exists");
    },
  },
  {
    ...LIAR,
    name: "a challenger of many receipts at once",
    challenges: 8,
    begin: async (scene) => {
      for (let sequence = 0; sequence < 8; sequence += 1) await scene.accuse(scene.falseEnd(), sequence);
    },
  },

  // --- What cannot be challenged ---
  {
    ...LIAR,
    name: "a challenger of what is void or has not ended",
    refused: ["NoFault", "OutOfBounds"],
    challenges: 0,
    begin: tryVoid,
  },

  // --- Silence ---
  { ...LIAR, name: "a challenger that disappears after its challenge", turn: SILENT },
  { ...LIAR, name: "a challenger that disappears after a move", turn: (turn) => untilMove(turn, 1) },
  { ...DENIER, name: "a defender that never appears", begin: NOTHING },
  { ...DENIER, name: "a defender that disappears after its defence", turn: SILENT },
  { ...DENIER, name: "a defender that disappears after a move", turn: (turn) => untilMove(turn, 1) },

  // --- Both sides in one hand ---
  {
    name: "a pair that accuses itself of good work, and is silent",
    role: "both",
    work: "good",
    begin: (scene) => scene.accuse(),
    turn: SILENT,
  },
  {
    name: "a pair that accuses itself of good work, and refutes it",
    role: "both",
    work: "good",
    begin: async (scene) => {
      await scene.accuse();
      await scene.defend(scene.court.orchestrator, scene.court.trace);
    },
    turn: (turn) => turn.scene.move(turn, turn.by.address === turn.game.defender ? turn.scene.court.trace : undefined),
  },
  {
    name: "a pair that lies in both roles",
    role: "both",
    work: "good",
    begin: async (scene) => {
      await scene.accuse();
      await scene.defend(scene.court.orchestrator, scene.lie(undefined, 5n));
    },
    turn: (turn) => turn.scene.move(turn),
  },
];

const lengthOf = ({ court }: Scene): bigint => court.trace.witnessAt(2n ** 62n).state.step;

const untilMove = async (turn: Turn, moves: number): Promise<boolean> =>
  turn.number < moves && (await turn.scene.move(turn));
