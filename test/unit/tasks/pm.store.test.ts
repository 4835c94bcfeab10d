import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { getAddress } from "ethers";
import hre from "hardhat";
import { developmentWallet } from "../../../offchain/eth/keys.ts";
import { createSigner } from "../../../offchain/pm/crypto.ts";
import type { NodeStore, StoreIdentity } from "../../../offchain/store/interface.ts";
import { openStore, storeFile } from "../../../offchain/store/sqlite.ts";
import { FACE, win } from "../../../tasks/devnet/win.ts";
import type { RedemptionProposal, RedemptionResult } from "../../../tasks/pm/redeem.ts";
import type { HeldTickets } from "../../../tasks/pm/tickets.ts";
import { deployProtocol, fundDeposit, passRounds, type Protocol } from "../../fixtures/protocol.ts";
import { expectRefusal, runTask, type Ran } from "../../fixtures/tasks.ts";

const RECIPIENT = developmentWallet(2);
const SENDER = developmentWallet(1);
const POOR = developmentWallet(5);
const ALL = { state: "", sender: "", limit: "50" };
const REDEEM = { keyFile: "", dryRun: false, claimDefaults: false, wait: "60" };

describe("hardhat pm, on a node's store", () => {
  let p: Protocol;
  let restore: () => Promise<void>;
  let identity: StoreIdentity;
  let dataDir: string;
  let keyFile: string;

  before(async function () {
    p = await deployProtocol(await hre.network.getOrCreate<"l1">());
    const { chainId } = await p.ethers.provider.getNetwork();
    identity = { address: RECIPIENT.address, chainId, broker: await p.broker.getAddress() };
    const snapshot = await p.networkHelpers.takeSnapshot();
    restore = () => snapshot.restore();
  });
  beforeEach(async function () {
    await restore();
    dataDir = await mkdtemp(join(tmpdir(), "streamflow-pm-"));
    keyFile = join(dataDir, "account.key");
    await writeFile(keyFile, RECIPIENT.privateKey, { mode: 0o600 });
  });
  afterEach(() => rm(dataDir, { recursive: true }));

  /** As the node has it. */
  async function withStore<T>(use: (store: NodeStore) => Promise<T>): Promise<T> {
    const store = openStore({ path: storeFile(dataDir), identity });
    try {
      return await use(store);
    } finally {
      store.close();
    }
  }

  /** Winners of the present round, of the senders in turn. */
  const winAll = (count: number, senders = [SENDER]): Promise<void> =>
    withStore(async (store) => {
      store.recipient.secret(() => new Uint8Array(32));
      const round = Number(await p.rounds.currentRound());
      const signers = senders.map(({ privateKey }) => createSigner(privateKey));
      for (let i = 0; i < count; i += 1) {
        await win(store, { recipient: RECIPIENT.address, signers, domain: identity, round });
      }
    });

  const tickets = (args: Record<string, unknown> = {}): Promise<Ran<HeldTickets>> =>
    runTask("pm tickets", { dir: p.dir, dataDir, ...ALL, ...args });
  const redeem = (args: Record<string, unknown> = {}): Promise<Ran<RedemptionResult>> =>
    runTask("pm redeem", { dir: p.dir, dataDir, ...REDEEM, keyFile, ...args });
  const propose = (args: Record<string, unknown> = {}): Promise<Ran<RedemptionProposal>> =>
    runTask("pm redeem", { dir: p.dir, dataDir, ...REDEEM, dryRun: true, ...args });
  const refused = (name: string, args: Record<string, unknown>, message: string): Promise<void> => {
    const rest = name === "pm tickets" ? ALL : { ...REDEEM, keyFile };
    return expectRefusal(name, { dir: p.dir, dataDir, ...rest, ...args }, message);
  };
  const indices = (names: readonly { commitmentIndex: bigint }[]): bigint[] =>
    names.map(({ commitmentIndex }) => commitmentIndex);
  const states = ({ totals }: HeldTickets): string[] => totals.map(({ state, count }) => `${count} ${state}`);

  it("both say what is wrong with the directory, the key or the network", async function () {
    await refused("pm tickets", { dataDir: "" }, "--data-dir");
    await refused("pm tickets", {}, "StoreNotFound");
    await winAll(1);
    await refused("pm tickets", { state: "lost" }, "waiting, in-flight, included, paid, in-default, expired");
    await refused("pm tickets", { limit: "0" }, "not a number from 1");
    await refused("pm redeem", { keyFile: "" }, "--key-file");
    await writeFile(keyFile, SENDER.privateKey, { mode: 0o600 });
    await refused("pm redeem", {}, "StoreMismatch");
    await rm(storeFile(dataDir));
    openStore({ path: storeFile(dataDir), identity: { ...identity, broker: SENDER.address } }).close();
    await refused("pm tickets", {}, "StoreMismatch");
    await refused("pm redeem", {}, "StoreMismatch");
  });

  it("tickets lists what a node holds while it runs: newest first, by state and sender, with totals", async function () {
    await winAll(3, [SENDER, POOR]);
    await withStore(async () => {
      const { result, printed } = await tickets();
      expect(result).to.deep.include({ recipient: RECIPIENT.address, round: 1, left: 0 });
      expect(indices(result.tickets)).to.deep.equal([2n, 1n, 0n]);
      expect(result.tickets[0]).to.deep.equal({
        ...{ sender: SENDER.address, creationRound: 1, commitmentIndex: 2n, faceValue: FACE },
        ...{ state: "waiting", lastRound: 3, transaction: null, note: "" },
      });
      expect(result.totals).to.deep.equal([{ state: "waiting", count: 3, faceValue: 3n * FACE }]);
      for (const text of [RECIPIENT.address, "0.003 ETH", POOR.address, "1/2", "It is round 1."]) {
        expect(printed).to.include(text);
      }

      const ofPoor = await tickets({ sender: "5", json: true });
      expect(indices(ofPoor.result.tickets)).to.deep.equal([1n]);
      expect(JSON.parse(ofPoor.printed)).to.have.nested.property("totals[0].faceValue", FACE.toString());
      expect((await tickets({ state: "paid" })).result).to.deep.include({ tickets: [], left: 0 });
      const newest = await tickets({ limit: "1" });
      expect([indices(newest.result.tickets), newest.result.left]).to.deep.equal([[2n], 2]);
      expect(newest.printed).to.include("2 older ones are not shown: --limit 3");
    });
  });

  it("redeem refuses while the node has the store; what it would do can be asked all the same", async function () {
    await fundDeposit(p, FACE);
    await winAll(2, [SENDER, POOR]);
    await withStore(async (store) => {
      await refused("pm redeem", {}, "StoreInUse");
      const { result, printed } = await propose();
      expect(result.transactions).to.have.length(1);
      const [{ kind, tickets: proposed, gas, cost }] = result.transactions as [
        RedemptionProposal["transactions"][number],
      ];
      expect([kind, indices(proposed), cost]).to.deep.equal(["redeem", [0n], gas * result.gasPrice]);
      expect(gas).to.be.within(50_000n, 100_000n);
      expect(result.skipped.map(({ sender, reason }) => [sender, reason])).to.deep.equal([
        [POOR.address, `its sender has 0 wei for it, ${FACE} wei are needed`],
      ]);
      expect(printed).to.include("Would send 1 transactions for 1 winners of 0.001 ETH").and.to.include("Nothing was");
      expect(store.winners.waiting(0)).to.have.length(2);
      expect((await p.broker.getSender(SENDER.address)).deposit).to.equal(FACE);
    });
  });

  it("redeem pays what can be paid, together and at once, though a failure is not long ago", async function () {
    await fundDeposit(p, 3n * FACE);
    await winAll(4, [SENDER, POOR]);
    await withStore(async (store) => {
      const [first] = store.winners.waiting(0);
      store.winners.postpone(first!.digest, Date.now() + 3_600_000, "the node was down");
      return Promise.resolve();
    });
    const balance = await p.ethers.provider.getBalance(RECIPIENT.address);
    const { result, printed } = await redeem();
    const spent = balance - (await p.ethers.provider.getBalance(RECIPIENT.address));
    expect(indices(result.paid)).to.have.members([0n, 2n]);
    expect(new Set(result.paid.map(({ transaction }) => transaction)).size).to.equal(1);
    expect(result.cost).to.equal(spent);
    expect(indices(result.skipped)).to.have.members([1n, 3n]);
    expect(result).to.deep.include({ claimed: [], expired: [], inFlight: [] });
    expect((await p.broker.getSender(SENDER.address)).deposit).to.equal(FACE);
    expect(printed).to.include("Paid: 2 winners, 0.002 ETH").and.to.include("Skipped: 2");
    expect(printed).to.include("its sender has 0 wei for it");

    const held = (await tickets()).result;
    expect(states(held)).to.deep.equal(["2 waiting", "2 paid"]);
    const paid = held.tickets.filter(({ state }) => state === "paid");
    expect(paid.map(({ transaction }) => transaction)).to.deep.equal([
      ...[result.paid[0]!.transaction, result.paid[0]!.transaction],
    ]);
    expect((await redeem({ json: true })).result).to.deep.include({ paid: [], cost: 0n });
  });

  it("redeem gives up what is too late, and says so", async function () {
    await winAll(1);
    await passRounds(p, 3n);
    expect(states((await tickets()).result), "nobody has looked at it yet").to.deep.equal(["1 expired"]);
    expect(indices((await propose()).result.expired)).to.deep.equal([0n]);
    const { result } = await redeem();
    expect(result.expired.map(({ reason }) => reason)).to.deep.equal(["its last round is over"]);
    expect((await tickets({ state: "expired" })).result.tickets[0]).to.include({ note: "its last round is over" });
  });

  it("redeem presents defaults when it is asked to, and has them settled when their sender can pay again", async function () {
    await fundDeposit(p, 0n, FACE);
    await winAll(1);
    await passRounds(p, 1n);
    const [begin, end] = await Promise.all([p.rounds.roundStart(2), p.rounds.roundStart(3)]);
    await p.networkHelpers.time.increaseTo((begin + end) / 2n);
    expect(indices((await redeem()).result.skipped), "not asked to").to.deep.equal([0n]);
    const { result } = await redeem({ claimDefaults: true });
    expect(indices(result.claimed)).to.deep.equal([0n]);
    expect(result.cost).to.be.above(0n);
    expect(states((await tickets()).result)).to.deep.equal(["1 in-default"]);
    expect((await redeem()).result, "claimed before").to.deep.include({ cost: 0n, paid: [] });

    await fundDeposit(p, FACE);
    expect((await propose()).result.transactions.map(({ kind }) => kind)).to.deep.equal(["settle"]);
    expect(indices((await redeem()).result.paid)).to.deep.equal([0n]);
    expect(states((await tickets()).result)).to.deep.equal(["1 paid"]);
  });

  it("redeem says what is not final when its time is over, and goes on from there", async function () {
    await fundDeposit(p, FACE);
    await winAll(1);
    await p.ethers.provider.send("evm_setAutomine", [false]);
    const { result, printed } = await redeem({ wait: "3" });
    expect(indices(result.inFlight)).to.deep.equal([0n]);
    expect(printed).to.include("not final after 3 s");
    const held = (await tickets()).result;
    expect(states(held)).to.deep.equal(["1 in-flight"]);
    expect(held.tickets[0]?.transaction).to.equal(result.inFlight[0]?.transaction);
    expect((await propose()).result).to.deep.include({ transactions: [], underway: 1 });
    await p.ethers.provider.send("evm_setAutomine", [true]);
    await p.networkHelpers.mine();
    const next = (await redeem()).result;
    expect(next.paid[0]?.transaction).to.equal(result.inFlight[0]?.transaction);
    expect(getAddress(next.recipient)).to.equal(RECIPIENT.address);
  });
});
