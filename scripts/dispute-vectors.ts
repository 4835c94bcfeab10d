import { AbiCoder, concat, hexlify, id, keccak256 } from "ethers";
import { createSigner, signDigest } from "../offchain/pm/crypto.ts";
import { disputeId } from "../offchain/verification/evidence/evidence.ts";
import type { SignedWork } from "../offchain/verification/evidence/interface.ts";
import type { Run } from "../offchain/verification/game/interface.ts";
import { listRoot } from "../offchain/verification/game/lists.ts";
import { answerTo, depthOf, firstList } from "../offchain/verification/game/player.ts";
import type { Receipt, Segment, VerificationDomain } from "../offchain/verification/interface.ts";
import {
  RECEIPT_TYPE,
  receiptDigest,
  receiptToWire,
  SEGMENT_TYPE,
  segmentDigest,
  segmentToWire,
  VERIFICATION_DOMAIN_NAME,
} from "../offchain/verification/messages.ts";
import { REGION_BYTES, segmentRoot } from "../offchain/verification/root.ts";
import { assemble } from "../offchain/vm/assembler.ts";
import { type Case, parametersTree, programTree, startMachine, startOf } from "../offchain/vm/start.ts";
import { encodeState, stateHash, Verdict } from "../offchain/vm/state.ts";
import { Trace } from "../offchain/vm/trace.ts";

// Test vectors with which another implementation of disputes can check itself: LIPS/vectors/disputes.json.

const DOMAIN: VerificationDomain = {
  chainId: 31_337n,
  verifyingContract: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
};
const SENDER_KEY = `0x${"11".repeat(32)}`;
const ORCHESTRATOR_KEY = `0x${"22".repeat(32)}`;
const SENDER = createSigner(SENDER_KEY).address;
const ORCHESTRATOR = createSigner(ORCHESTRATOR_KEY).address;
const ZERO = `0x${"00".repeat(32)}`;
const ONES = `0x${"ff".repeat(32)}`;

/** Loads and stores in a loop, and says fault after more than 4,096 steps, so that a game has four lists: in one of three a defender that is wrong has the last word, and no proof. */
const PROGRAM = assemble(`
  li s0, 0x02000000
  li t0, 900
loop:
  lw t1, 0(s0)
  addi t1, t1, 1
  sw t1, 0(s0)
  addi t0, t0, -1
  bne t0, zero, loop
  li a7, 93
  li a0, 2
  ecall
`);

const text = (word: string): Uint8Array => new TextEncoder().encode(word);
const JUDGED: Case = {
  program: PROGRAM,
  parameters: text("parameters"),
  source: text("source"),
  output: text("output"),
  outputIndex: 1,
};

const RECEIPT: Receipt = {
  orchestrator: ORCHESTRATOR,
  sender: SENDER,
  stream: id("stream"),
  sequence: 7,
  sourceRoot: segmentRoot(JUDGED.source),
  sourceLength: JUDGED.source.length,
  outputs: [
    { root: segmentRoot(text("another output")), length: 14 },
    { root: segmentRoot(JUDGED.output), length: JUDGED.output.length },
  ],
  profilesHash: id("profiles"),
  service: id("CPUTranscoding"),
  program: hexlify(programTree(PROGRAM).root()),
  parametersRoot: hexlify(parametersTree(JUDGED.parameters).root()),
  stepBound: 100_000n,
  timestamp: 1_800_000_000,
};

const MESSAGES: readonly (readonly [name: string, changes: Partial<Receipt>])[] = [
  ["an ordinary receipt with two outputs", {}],
  ["no output", { outputs: [] }],
  ["no program", { program: ZERO, parametersRoot: ZERO, stepBound: 0n }],
  [
    "every number at its smallest",
    { sequence: 0, sourceLength: 0, stepBound: 0n, timestamp: 0, outputs: [{ root: ZERO, length: 0 }] },
  ],
  [
    "everything at its largest",
    {
      ...{ stream: ONES, sourceRoot: ONES, profilesHash: ONES, service: ONES, program: ONES, parametersRoot: ONES },
      ...{ sequence: Number.MAX_SAFE_INTEGER, timestamp: Number.MAX_SAFE_INTEGER, stepBound: 2n ** 64n - 1n },
      sourceLength: REGION_BYTES,
      outputs: Array.from({ length: 32 }, () => ({ root: ONES, length: REGION_BYTES })),
    },
  ],
];

function sign(receipt: Receipt): SignedWork {
  const { orchestrator, sender, stream, sequence, sourceRoot, sourceLength, profilesHash, service } = receipt;
  const segment: Segment = {
    ...{ sender, stream, sequence, sourceRoot, sourceLength, profilesHash, service },
    recipient: orchestrator,
    timestamp: receipt.timestamp,
  };
  return {
    order: { segment, signature: signDigest(SENDER_KEY, segmentDigest(segment, DOMAIN)) },
    receipt: { receipt, signature: signDigest(ORCHESTRATOR_KEY, receiptDigest(receipt, DOMAIN)) },
  };
}

function messageVector([name, changes]: (typeof MESSAGES)[number]): object {
  const { order, receipt } = sign({ ...RECEIPT, ...changes });
  return {
    name,
    order: segmentToWire(order),
    orderDigest: segmentDigest(order.segment, DOMAIN),
    receipt: receiptToWire(receipt),
    receiptDigest: receiptDigest(receipt.receipt, DOMAIN),
  };
}

const STARTS: readonly (readonly [name: string, changes: Partial<Case>])[] = [
  ["the run of the game below", {}],
  ["nothing but a program", { parameters: text(""), source: text(""), output: text(""), outputIndex: 0 }],
  ["segments of several leaves, the last output", { source: ramp(1_000), output: ramp(129), outputIndex: 2 ** 32 - 1 }],
];

function ramp(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i);
}

function startVector([name, changes]: (typeof STARTS)[number]): object {
  const judged = { ...JUDGED, ...changes };
  const { program, parameters, source, output, outputIndex } = judged;
  const state = startMachine(startOf(judged)).state();
  return {
    name,
    bytes: Object.fromEntries(
      Object.entries({ program, parameters, source, output }).map(([region, bytes]) => [region, hexlify(bytes)]),
    ),
    program: hexlify(programTree(program).root()),
    parametersRoot: hexlify(parametersTree(parameters).root()),
    sourceRoot: segmentRoot(source),
    sourceLength: source.length,
    outputRoot: segmentRoot(output),
    outputLength: output.length,
    outputIndex,
    state: hexlify(encodeState(state)),
    stateHash: stateHash(state),
  };
}

/** A defender that says of every state from this step on something else. */
const LIE_FROM = 2_345n;

/** Knows the run, and says from `LIE_FROM` on the hash of the number of the step. */
function liar(run: Run): Run {
  return {
    hashesAt: async (steps) => {
      const truth = await run.hashesAt(steps);
      return steps.map((step, i) => (step < LIE_FROM ? truth[i]! : id(`step ${step}`)));
    },
    witnessAt: (step) => run.witnessAt(step),
  };
}

/** In the order of `IDisputeGame.Claim`. */
const CLAIM_TYPES = ["bytes32", "bytes32", "bytes32", "address", "address", ...Array<string>(8).fill("uint256")];

function claimOf(listRoot: string, depth: number) {
  const { service, program, orchestrator, sender } = RECEIPT;
  return {
    service,
    program,
    listRoot,
    orchestrator,
    challenger: sender,
    faultRound: "20833",
    openedAt: "1800000060",
    clock: "43200",
    depth: depth.toString(),
    gasPriceCap: "50",
    slashFraction: (5n * 10n ** 16n).toString(),
    bond: (125n * 10n ** 15n).toString(),
    defenceBond: (125n * 10n ** 15n).toString(),
  };
}

/** The challenger is right. */
async function gameVector(): Promise<object> {
  const trace = new Trace(startOf(JUDGED));
  const { state: end } = trace.witnessAt(RECEIPT.stepBound);
  if (end.verdict !== Verdict.fault) throw new Error("the run ends without a fault");
  const first = await firstList(trace, depthOf(end.step));
  const claim = claimOf(listRoot(first.hashes), first.level);
  const moves: object[] = [];
  for (let list = first, mover = "defender"; ; mover = mover === "defender" ? "challenger" : "defender") {
    const answer = await answerTo(mover === "defender" ? liar(trace) : trace, list);
    if (answer?.kind === "move") {
      const { pick, shown, hashes, next } = answer;
      const range = { from: next.from.toString(), level: next.level };
      moves.push({ kind: "move", by: mover, pick, shown, hashes, ...range, listRoot: listRoot(next.hashes) });
      list = next;
      continue;
    }
    if (answer === null || mover === "defender") throw new Error("the challenger does not win");
    const { pick, shown, state, proof } = answer;
    const begin = list.from + BigInt(pick - 1);
    const step = { state: hexlify(state), proof: hexlify(proof), next: trace.hashesAt([begin + 1n])[0] };
    moves.push({ kind: "prove", by: mover, pick, shown, ...step });
    return {
      outputIndex: JUDGED.outputIndex,
      id: disputeId({ ...sign(RECEIPT), outputIndex: JUDGED.outputIndex }, DOMAIN),
      finalState: hexlify(encodeState(end)),
      said: concat([encodeState(end), ...first.hashes.slice(1, -1)]),
      depth: first.level,
      list: first.hashes,
      claim,
      claimHash: keccak256(AbiCoder.defaultAbiCoder().encode(CLAIM_TYPES, Object.values(claim))),
      moves,
    };
  }
}

/** The text of the file. */
export async function disputeVectors(): Promise<string> {
  const vectors = {
    domain: { name: VERIFICATION_DOMAIN_NAME, version: "1", ...DOMAIN, chainId: DOMAIN.chainId.toString() },
    types: { order: SEGMENT_TYPE, receipt: RECEIPT_TYPE },
    privateKeys: { order: SENDER_KEY, receipt: ORCHESTRATOR_KEY },
    messages: MESSAGES.map(messageVector),
    starts: STARTS.map(startVector),
    game: await gameVector(),
  };
  return `${JSON.stringify(vectors, null, 2)}\n`;
}
