import { readFile } from "node:fs/promises";
import { expect } from "chai";
import {
  concat,
  computeAddress,
  dataSlice,
  getBytes,
  keccak256,
  recoverAddress,
  toBeHex,
  TypedDataEncoder,
} from "ethers";
import { network } from "hardhat";
import { disputeVectors } from "../../../scripts/dispute-vectors.ts";
import type { Machine } from "../../../types/index.ts";

interface Start {
  name: string;
  bytes: Record<"program" | "parameters" | "source" | "output", string>;
  program: string;
  parametersRoot: string;
  sourceRoot: string;
  sourceLength: number;
  outputRoot: string;
  outputLength: number;
  outputIndex: number;
  state: string;
  stateHash: string;
}

interface Move {
  kind: "move" | "prove";
  by: string;
  pick: number;
  hashes: string[];
  from: string;
  level: number;
  shown: string[];
  listRoot: string;
  state: string;
  proof: string;
  next: string;
}

interface Vectors {
  domain: Record<string, string>;
  types: { order: string; receipt: string };
  privateKeys: { order: string; receipt: string };
  messages: {
    name: string;
    order: { segment: Record<string, unknown>; signature: string };
    orderDigest: string;
    receipt: { receipt: Record<string, unknown>; signature: string };
    receiptDigest: string;
  }[];
  starts: Start[];
  game: {
    outputIndex: number;
    id: string;
    finalState: string;
    said: string;
    depth: number;
    list: string[];
    claim: Record<string, string>;
    claimHash: string;
    moves: Move[];
  };
}

/** By LIP-6, from the top down: a list of two is one pair, a longer one is two halves that share the hash between them. */
function rootOf(list: readonly string[]): string {
  if (list.length === 2) return keccak256(concat(list));
  const middle = (list.length - 1) / 2;
  return keccak256(concat([rootOf(list.slice(0, middle + 1)), rootOf(list.slice(middle))]));
}

/** What is shown belongs to the list, at its pick. */
function expectShown({ pick, shown }: Move, list: readonly string[]): void {
  expect(shown.slice(0, 2)).to.deep.equal([list[pick - 1], list[pick]]);
  let [from, width] = [pick - 1, 1];
  for (const sibling of shown.slice(2)) {
    const other = (from / width) % 2 === 0 ? from + width : from - width;
    expect(sibling).to.equal(rootOf(list.slice(other, other + width + 1)));
    [from, width] = [Math.min(from, other), 2 * width];
  }
  expect([from, width]).to.deep.equal([0, 16]);
}

const FILE = new URL("../../../LIPS/vectors/disputes.json", import.meta.url);

/** Of an EIP-712 type with those that it names, each of which begins with a capital. */
function typesOf(text: string): Record<string, { type: string; name: string }[]> {
  const types = [...text.matchAll(/([A-Z]\w*)\(([^)]*)\)/g)].map(([, name, fields]) => {
    const pairs = fields!.split(",").map((field) => field.split(" ") as [string, string]);
    return [name!, pairs.map(([type, name]) => ({ type, name }))] as const;
  });
  return Object.fromEntries(types);
}

const join = (left: string, right: string): string => keccak256(concat([left, right]));

/** Roots of trees of zeros, by their height. */
const ZEROS = [keccak256(new Uint8Array(128))];
while (ZEROS.length < 20) ZEROS.push(join(ZEROS.at(-1)!, ZEROS.at(-1)!));
const zeroRoot = (height: number): string => ZEROS[height]!;

/** Root of a region that begins with these bytes. */
function regionRoot(bytes: Uint8Array, height: number): string {
  let nodes = Array.from({ length: Math.max(1, Math.ceil(bytes.length / 128)) }, (_, i) => {
    const leaf = new Uint8Array(128);
    leaf.set(bytes.subarray(128 * i, 128 * (i + 1)));
    return keccak256(leaf);
  });
  for (let level = 0; level < height; level += 1) {
    if (nodes.length % 2 === 1) nodes.push(zeroRoot(level));
    nodes = Array.from({ length: nodes.length / 2 }, (_, i) => join(nodes[2 * i]!, nodes[2 * i + 1]!));
  }
  return nodes[0]!;
}

/** LIP-5, "Initial state". */
function startOf(start: Start): string {
  const m17 = join(join(join(start.program, zeroRoot(14)), zeroRoot(15)), zeroRoot(16));
  const m20 = join(join(join(m17, start.parametersRoot), zeroRoot(18)), zeroRoot(19));
  const memoryRoot = join(m20, join(start.sourceRoot, start.outputRoot));
  const registers = Array.from({ length: 31 }, (_, i) => {
    const values: Record<number, number> = { 10: start.sourceLength, 11: start.outputLength, 12: start.outputIndex };
    return toBeHex(values[i + 1] ?? 0, 4);
  });
  return concat([memoryRoot, new Uint8Array(17), ...registers]);
}

describe("LIPS/vectors/disputes.json", () => {
  let text: string;
  let vectors: Vectors;
  let machine: Machine;
  before(async () => {
    text = await readFile(FILE, "utf8");
    vectors = JSON.parse(text) as Vectors;
    const { ethers } = await network.create<"l1">();
    machine = await ethers.deployContract("Machine");
  });

  it("is what `npm run lips:vectors` writes", async () => expect(text).to.equal(await disputeVectors()));

  it("has the digests and signatures that ethers makes of the same messages", () => {
    const { domain, types, privateKeys } = vectors;
    for (const { name, order, orderDigest, receipt, receiptDigest } of vectors.messages) {
      expect(TypedDataEncoder.hash(domain, typesOf(types.order), order.segment), name).to.equal(orderDigest);
      expect(TypedDataEncoder.hash(domain, typesOf(types.receipt), receipt.receipt), name).to.equal(receiptDigest);
      expect(recoverAddress(orderDigest, order.signature), name).to.equal(computeAddress(privateKeys.order));
      expect(recoverAddress(receiptDigest, receipt.signature), name).to.equal(computeAddress(privateKeys.receipt));
    }
  });

  it("has the roots and the start state that LIP-5 makes of the bytes, and the contract of the roots", async () => {
    for (const start of vectors.starts) {
      const { program, parameters, source, output } = start.bytes;
      expect(regionRoot(getBytes(program), 14), start.name).to.equal(start.program);
      expect(regionRoot(getBytes(parameters), 17), start.name).to.equal(start.parametersRoot);
      expect(regionRoot(getBytes(source), 19), start.name).to.equal(start.sourceRoot);
      expect(regionRoot(getBytes(output), 19), start.name).to.equal(start.outputRoot);
      expect(startOf(start), start.name).to.equal(start.state);
      expect(keccak256(start.state), start.name).to.equal(start.stateHash);
      expect(await machine.startHash(start), start.name).to.equal(start.stateHash);
    }
  });

  it("has a challenge whose name, list and claim are hashed as LIP-6 says", () => {
    const { game, messages, starts } = vectors;
    expect(game.id).to.equal(keccak256(concat([messages[0]!.receiptDigest, toBeHex(game.outputIndex, 32)])));
    expect(game.list).to.have.length(17);
    expect(game.list[0]).to.equal(starts[0]!.stateHash);
    expect(game.list[16]).to.equal(keccak256(game.finalState));
    expect(game.said).to.equal(concat([game.finalState, ...game.list.slice(1, 16)]));
    const steps = BigInt(dataSlice(game.finalState, 41, 49));
    expect([dataSlice(game.finalState, 36, 37), dataSlice(game.finalState, 37, 41)]).to.deep.equal([
      "0x01",
      "0x00000002",
    ]);
    expect(steps > 16n ** BigInt(game.depth - 1) && steps <= 16n ** BigInt(game.depth)).to.equal(true);
    expect(game.claim["listRoot"]).to.equal(rootOf(game.list));
    const words = Object.values(game.claim).map((value) => toBeHex(value, 32));
    expect(words).to.have.length(13);
    expect(game.claimHash).to.equal(keccak256(concat(words)));
  });

  it("has lists that follow from one another, and a step that the contract executes otherwise than the last of them says", async () => {
    const { game } = vectors;
    let [list, from, level] = [game.list, 0n, game.depth];
    for (const move of game.moves.filter(({ kind }) => kind === "move")) {
      expect(move.hashes).to.have.length(16);
      expect(move.hashes[15]).to.not.equal(list[move.pick]);
      expectShown(move, list);
      level -= 1;
      from += BigInt(move.pick - 1) * 16n ** BigInt(level);
      list = [list[move.pick - 1]!, ...move.hashes];
      expect([BigInt(move.from), move.level, move.listRoot]).to.deep.equal([from, level, rootOf(list)]);
    }
    const { kind, by, pick, state, proof, next } = game.moves.at(-1)!;
    expectShown(game.moves.at(-1)!, list);
    expect({ kind, by, level }).to.deep.equal({ kind: "prove", by: "challenger", level: 1 });
    expect(keccak256(state)).to.equal(list[pick - 1]);
    expect(BigInt(dataSlice(state, 41, 49))).to.equal(from + BigInt(pick - 1));
    expect(await machine.step(game.claim["program"]!, state, proof)).to.equal(next);
    expect(next).to.not.equal(list[pick]);
  });
});
