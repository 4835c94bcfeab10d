import { concat, hexlify, id, keccak256 } from "ethers";
import type { Result } from "ethers";
import { readInterface } from "../../../deploy/artifacts.ts";
import { DEFAULT_LADDER } from "../../../offchain/media/ladder.ts";
import { ARITY } from "../../../offchain/verification/game/interface.ts";
import { shownOf } from "../../../offchain/verification/game/lists.ts";
import {
  OUTPUT_TYPE,
  RECEIPT_TYPE,
  SEGMENT_TYPE,
  VERIFICATION_DOMAIN_NAME,
} from "../../../offchain/verification/messages.ts";
import { REGION_BYTES } from "../../../offchain/verification/root.ts";
import { encodeState, stateHash, Status, Verdict } from "../../../offchain/vm/state.ts";
import type { Call, Chain } from "./chain.ts";
import { stepOf } from "./machine.ts";
import { GPU } from "./scene.ts";
import type { Scene } from "./scene.ts";

/** {1} Of the run: 2^32, but for the bytes that would be zero. */
const STEPS = 2n ** 32n - 1n;
/** {1} Between defence and proof. */
const MOVES = 6;
/** {h} When the games are played; when they are settled, more than a clock later; a time in the round before that can be challenged still. */
const [EARLY, SETTLEMENT, LATE] = [1, 14, 23];
/** {bytes} Of source and outputs. */
const LENGTH = REGION_BYTES - 1;

/** Who opens the challenge and has signed the order, and who has signed the receipt. */
interface Keys {
  readonly challenger: string;
  readonly receipt: string;
}

interface Opened {
  readonly gas: number;
  readonly id: string;
  readonly claim: Result;
  readonly list: readonly string[];
}

/** {gas} */
interface Costs {
  /** Of what hands in a list: the challenge, the defence and the moves. */
  readonly lists: readonly number[];
  readonly prove: number;
  readonly settle: number;
  readonly total: number;
}

/**
 * One dispute about a run of 2^32 steps, from the challenge to the slash: a list with the challenge, one with the defence and six with moves, a step, and a settlement when the clock has
 * passed.
 *
 * Nothing runs that long. Of all the states the contract looks into two, the last one, as the challenger says it, and the one that it steps from. It takes the hashes of all the others
 * as they come, and does the same with every list. So they are arbitrary, without a byte that is zero (calldata is paid by the byte), but for that of a real state in the last list, whose
 * step is a store, the dearest, with a real proof. The base fee, at which moves are refunded, is zero on this chain: so are the refunds, which takes no instruction less.
 */
async function dispute(scene: Scene, workedAt: number): Promise<Costs> {
  const { chain, cast } = scene;
  const opened = await open(scene, { challenger: cast.broadcaster, receipt: cast.node }, workedAt);
  const { lists, prove } = await play(scene, opened);
  const settling = chain.call(cast.broadcaster, "DisputeGame", "settle", opened.id, opened.claim);
  const settle = await chain.gasOf(settling, SETTLEMENT);
  const { loss } = await eventOf(chain, "ChallengeSettled");
  if (loss === 0n) throw new Error("the dispute ended without a slash");
  const total = [...lists, prove, settle].reduce((sum, gas) => sum + gas, 0);
  return { lists, prove, settle, total };
}

/** About work of this round, in which the pool was touched. */
export async function disputes(scene: Scene): Promise<Record<string, number>> {
  const { chain, cast } = scene;
  chain.round++;
  const authorize = chain.call(cast.node, "DisputeGame", "authorizeReceiptKey", cast.stranger, chain.round);
  await chain.mine([scene.touch(cast.other), scene.touch(cast.node), authorize], EARLY);
  const workedAt = chain.time;
  const keys = { challenger: cast.hotKey, receipt: cast.stranger };
  const hotKeys = await chain.aside(() => open(scene, keys, workedAt));

  const { lists, prove, settle, total } = await dispute(scene, workedAt);
  const [challenge, defend, ...moves] = lists as [number, number, ...number[]];
  return {
    "dispute.total.2e32steps": total,
    "dispute.challenge": challenge,
    "dispute.challenge.hotKeys": hotKeys.gas,
    "dispute.defend": defend,
    "dispute.move": Math.max(...moves),
    "dispute.prove": prove,
    "dispute.settle": settle,
    "dispute.rounds": lists.length + 1,
  };
}

/** About work of the round before; in both, stake has entered the pool and left it. */
export async function busyDisputes(scene: Scene): Promise<Record<string, number>> {
  const { chain, cast } = scene;
  await chain.mine([], LATE);
  const workedAt = chain.time;
  chain.round++;
  await chain.mine([scene.touch(cast.other), ...scene.traffic()], EARLY);
  const { settle, total } = await dispute(scene, workedAt);
  return { "dispute.total.busy": total, "dispute.settle.busy": settle };
}

async function open({ chain, cast }: Scene, keys: Keys, workedAt: number): Promise<Opened> {
  const { program } = stepOf("store");
  const receipt = {
    orchestrator: cast.node,
    sender: cast.broadcaster,
    stream: word("stream"),
    sequence: 2n ** 64n - 1n,
    sourceRoot: word("source"),
    sourceLength: LENGTH,
    outputs: DEFAULT_LADDER.map(({ name }) => ({ root: word(name), length: LENGTH })),
    profilesHash: word("profiles"),
    service: GPU,
    program: hexlify(program.root()),
    parametersRoot: word("parameters"),
    stepBound: 2n ** 64n - 1n,
    timestamp: workedAt,
  };
  const order = { ...receipt, recipient: receipt.orchestrator };
  const evidence = {
    receipt,
    receiptSignature: await sign(chain, keys.receipt, { Receipt: RECEIPT_TYPE, Output: OUTPUT_TYPE }, receipt),
    orderTimestamp: workedAt,
    orderSignature: await sign(chain, keys.challenger, { Segment: SEGMENT_TYPE }, order),
    outputIndex: 1,
  };
  const x = new Int32Array(32).fill(-1);
  const memoryRoot = Buffer.from(word("memory").slice(2), "hex");
  const end = { memoryRoot, pc: 2 ** 32 - 1, status: Status.halted, verdict: Verdict.fault, step: STEPS, x };
  const between = words("challenge").slice(1);
  const said = concat([encodeState(end), ...between]);
  const [bond] = (await chain.read("DisputeGame", "bondFor", 0)) as unknown as [bigint];
  const challenge = chain.call(keys.challenger, "DisputeGame", "challenge", evidence, said);
  const gas = await chain.gasOf({ ...challenge, value: bond }, EARLY);
  const { id: name, claim, startHash } = await eventOf(chain, "ClaimMade");
  return { gas, id: name as string, claim: claim as Result, list: [startHash as string, ...between, stateHash(end)] };
}

/** From the defence to the proof, by which the challenger wins. */
async function play({ chain, cast }: Scene, opened: Opened): Promise<{ lists: number[]; prove: number }> {
  const { challenger, defenceBond } = opened.claim as unknown as { challenger: string; defenceBond: bigint };
  const step = stepOf("store");
  const lists = [opened.gas];
  let list = opened.list;
  /** Disagrees with the last of the hashes. */
  const say = async (hashes: readonly string[], send: (...args: unknown[]) => Call): Promise<void> => {
    lists.push(await chain.gasOf(send(ARITY, shownOf(list, ARITY), hashes), EARLY));
    list = [list[ARITY - 1]!, ...hashes];
  };
  await say(words("defence"), (...args) => ({
    ...chain.call(cast.node, "DisputeGame", "defend", opened.id, opened.claim, ...args),
    value: defenceBond,
  }));
  for (let move = 1; move <= MOVES; move++) {
    const hashes = words(`move ${move}`);
    if (move === MOVES) hashes[ARITY - 2] = stateHash(step.state());
    const mover = move % 2 === 1 ? challenger : cast.node;
    await say(hashes, (...args) => chain.call(mover, "DisputeGame", "move", opened.id, challenger, cast.node, ...args));
  }
  const shown = [ARITY, shownOf(list, ARITY), encodeState(step.state()), step.proof()];
  const proving = chain.call(challenger, "DisputeGame", "prove", opened.id, cast.node, opened.claim, ...shown);
  return { lists, prove: await chain.gasOf(proving, EARLY) };
}

async function sign(
  chain: Chain,
  key: string,
  types: Readonly<Record<string, string>>,
  message: Readonly<Record<string, unknown>>,
): Promise<string> {
  const domain = {
    name: VERIFICATION_DOMAIN_NAME,
    version: "1",
    chainId: chain.chainId,
    verifyingContract: chain.addresses.BondingManager,
  };
  const fields = Object.entries(types).map(([name, type]) => [name, fieldsOf(type)]);
  const signer = await chain.ethers.getSigner(key);
  return signer.signTypedData(domain, Object.fromEntries(fields) as Record<string, Field[]>, message);
}

interface Field {
  readonly type: string;
  readonly name: string;
}

/** Of a type as EIP-712 encodes it. */
function fieldsOf(type: string): Field[] {
  const list = type.slice(type.indexOf("(") + 1, type.indexOf(")"));
  return list.split(",").map((field) => {
    const [type, name] = field.split(" ") as [string, string];
    return { type, name };
  });
}

/** The arguments of this event of the game in the last block. */
async function eventOf(chain: Chain, name: string): Promise<Result> {
  const abi = readInterface("DisputeGame");
  const filter = { address: chain.addresses.DisputeGame, fromBlock: "latest", topics: [abi.getEvent(name)!.topicHash] };
  const [log] = (await chain.request("eth_getLogs", filter)) as { topics: string[]; data: string }[];
  if (log === undefined) throw new Error(`no event ${name}`);
  return abi.parseLog(log)!.args;
}

/** 32 bytes, none of which is zero. */
function word(label: string): string {
  return keccak256(id(label)).replace(/(?<=^0x(?:..)*)00/g, "ff");
}

/** As many as a move says. */
function words(label: string): string[] {
  return Array.from({ length: ARITY }, (_, i) => word(`${label} ${i}`));
}
