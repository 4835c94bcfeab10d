import path from "node:path";
import { expect } from "chai";
import { concat, Contract, dataSlice, getAddress, id, ZeroHash } from "ethers";
import { conclude } from "../../deploy/alpha/conclude.ts";
import { claimNext, fits, lastRoundOf } from "../../deploy/alpha/claims.ts";
import { pendingOf, switchCalls, switchTransaction } from "../../deploy/alpha/enact.ts";
import type { AlphaCall } from "../../deploy/alpha/enact.ts";
import { prepare } from "../../deploy/alpha/prepare.ts";
import { writeAlphaRecord } from "../../deploy/alpha/record.ts";
import { handOverController, upgrade } from "../../deploy/alpha/upgrade.ts";
import { readArtifact, readInterface } from "../../deploy/artifacts.ts";
import { openSender } from "../../deploy/sender.ts";
import { readDeployment } from "../../deploy/contracts.ts";
import { Refusal } from "../../sim/model/refusal.ts";
import { Rounds } from "../../sim/model/rounds.ts";
import { AlphaWorld } from "../fixtures/alpha.ts";
import type { AlphaOptions } from "../fixtures/alpha.ts";
import { buildAlpha } from "../fixtures/alpha-history.ts";
import type { History } from "../fixtures/alpha-history.ts";
import { fundDeposit, redeemAs, toRound } from "../fixtures/protocol.ts";
import { approveModule, punish } from "../fixtures/staking.ts";
import type { Stage } from "../fixtures/staking.ts";
import type { Protocol } from "../fixtures/protocol.ts";
import { Chain } from "../properties/chain.ts";
import { Migrated } from "../properties/alpha/migrated.ts";
import { scheduleOf } from "../properties/deployed.ts";
import { View } from "../properties/bonding/view.ts";

const LPT = 10n ** 18n;
const UNBONDING = 7n;
/** {block} A round of the alpha. */
const BLOCKS = 10_000n;
const TRANSCODERS = 27;
const DELEGATORS = 540;
/** {round} */
const IDLE = 100n;

interface Locks {
  readonly amount: bigint;
  readonly withdrawRound: bigint;
}

/** What somebody has of the alpha, as its contracts say. */
interface Had {
  readonly stake: bigint;
  readonly fees: bigint;
  readonly delegate: string;
  readonly locks: readonly Locks[];
}

describe("The alpha's upgrade to Streamflow", function () {
  this.timeout(900_000);

  let world: AlphaWorld;
  let p: Protocol;
  let model: Migrated;
  let rounds: Rounds;
  let pendingJob: number;
  let order: string[];
  const had = new Map<string, Had>();
  const sums = { supply: 0n, lpt: 0n, eth: 0n };
  let streamflow: Contract;
  let snapshot: { restore: () => Promise<void> };

  before(async () => {
    world = await AlphaWorld.open({
      accounts: TRANSCODERS + DELEGATORS,
      transcoders: 25,
      unbondingPeriod: UNBONDING,
      roundLength: BLOCKS,
    });
    pendingJob = await buildAlpha(world, { transcoders: TRANSCODERS, rounds: 12, seed: 7 });
    await remember();
    p = await world.upgrade();
    order = (await p.bonding.orchestratorsFrom(1, 1_000)).map((each) => getAddress(each));
    const { ethers } = p;
    streamflow = new Contract(world.network.bondingManager, readInterface("AlphaBonding"), ethers.provider);
    snapshot = await p.networkHelpers.takeSnapshot();
  });

  beforeEach(async () => {
    await snapshot.restore();
    rounds = new Rounds(await scheduleOf(await Chain.of(p)));
    rounds.now = BigInt(await p.networkHelpers.time.latest());
    model = new Migrated(rounds, world.model, order, world.parameters, UNBONDING);
  });

  /** Reads everything before the upgrade. */
  async function remember(): Promise<void> {
    const { ethers } = world.connection;
    const { bondingManager, roundsManager, token, minter } = world.network;
    const bonding = new Contract(bondingManager, readInterface("AlphaBondingManager"), ethers.provider);
    const clock = new Contract(roundsManager, readInterface("AlphaRoundsManager"), ethers.provider);
    const lpt = new Contract(token, readInterface("AlphaToken"), ethers.provider);
    const round = (await clock.getFunction("currentRound")()) as bigint;
    for (const who of world.accounts) {
      const [stake, fees] = (await bonding.getFunction("pendingOf")(who, round)) as [bigint, bigint];
      const delegator = (await bonding.getFunction("getDelegator")(who)) as unknown as {
        delegateAddress: string;
        nextUnbondingLockId: bigint;
      };
      const locks: Locks[] = [];
      for (let n = 0n; n < delegator.nextUnbondingLockId; n++) {
        const [amount, withdrawRound] = (await bonding.getFunction("getDelegatorUnbondingLock")(who, n)) as [
          bigint,
          bigint,
        ];
        locks.push({ amount, withdrawRound });
      }
      had.set(who, { stake, fees, delegate: delegator.delegateAddress, locks });
    }
    sums.supply = (await lpt.getFunction("totalSupply")()) as bigint;
    sums.lpt = (await lpt.getFunction("balanceOf")(minter)) as bigint;
    sums.eth = await ethers.provider.getBalance(minter);
  }

  const positionOf = async (who: string): Promise<{ stake: bigint; fees: bigint; imported: boolean }> =>
    (await streamflow.getFunction("alphaPositionOf")(who)) as { stake: bigint; fees: bigint; imported: boolean };

  async function toRoundOf(round: bigint): Promise<void> {
    await toRound(p, round);
    rounds.now = rounds.startOf(round);
  }

  /** Everybody's stake and waiting stake, as contract and model have it. */
  async function expectModel(accounts: readonly string[] = world.accounts): Promise<void> {
    const view = new View(model, rounds.current);
    for (const who of accounts) {
      const { stake, waiting, lockCount } = await p.bonding.getDelegator(who);
      expect(words(stake, waiting, lockCount), `${who} in round ${rounds.current}`).to.equal(
        words(view.stakeOf(who), view.waitingOf(who), BigInt(model.account(who).lockCount)),
      );
    }
  }

  it("has an alpha to begin with that has everything which must be carried", () => {
    const all = [...had.values()];
    expect(world.model.pool).to.have.length(25);
    expect(all.filter(({ stake }) => stake > 0n)).to.have.length.at.least(500);
    expect(all.flatMap(({ locks }) => locks).filter(({ amount }) => amount > 0n)).to.have.length.at.least(50);
    expect(all.filter(({ fees }) => fees > 0n)).to.have.length.at.least(200);
    expect([...world.model.deposits.values()].filter((each) => each > 0n)).to.have.length.at.least(3);
    expect(world.model.jobs[pendingJob]!.claims.some(({ paid }) => !paid)).to.equal(true);
    // Whoever resigned and stands elsewhere, with delegators left behind.
    expect([...model.pools.values()].filter(({ registered }) => !registered)).to.have.length.at.least(1);
    expect([...model.pools.values()].filter(({ registered, jailed }) => registered && jailed)).to.have.length.at.least(
      1,
    );
  });

  it("computes rewards and fees as a ledger does that pays everybody at the end of each round", () => {
    for (const [who, { stake, fees, delegate }] of had) {
      const account = world.model.account(who);
      expect(words(stake, fees), who).to.equal(words(account.stake, account.fees));
      expect(BigInt(delegate)).to.equal(BigInt(account.delegate ?? 0n));
    }
  });

  it("S7: the upgrade changes neither the sum of LPT nor that of ETH", async () => {
    const { token } = p;
    expect(await token.totalSupply()).to.equal(sums.supply);
    expect(await token.balanceOf(p.bonding)).to.equal(sums.lpt);
    expect(await token.balanceOf(world.network.minter)).to.equal(0n);
    expect(await p.ethers.provider.getBalance(world.plan.funds.address)).to.equal(sums.eth);
    expect(await p.ethers.provider.getBalance(world.network.minter)).to.equal(0n);
    expect(sums.lpt).to.equal(world.model.held);
    expect(sums.eth).to.equal(world.model.ether);
  });

  it("S7: the upgrade keeps every position, lock and fee, untouched and touched", async () => {
    const show = async (): Promise<void> => {
      for (const [who, { stake, fees, delegate, locks }] of had) {
        const shown = await p.bonding.getDelegator(who);
        expect(words(shown.waiting, shown.stake, shown.orchestrator), who).to.equal(words(stake, 0n, delegate));
        expect(shown.lockCount).to.equal(BigInt(locks.length));
        const position = await positionOf(who);
        expect(words(position.stake, position.fees), who).to.equal(words(stake, fees));
        for (const [n, { amount, withdrawRound }] of locks.entries()) {
          const lock = await p.bonding.getUnbondingLock(who, n);
          expect(words(lock.amount, lock.withdrawRound), `${who} ${n}`).to.equal(words(amount, withdrawRound));
        }
      }
    };
    await show();
    for (const who of world.accounts) {
      await world.send({ from: world.deployer, on: "streamflow", method: "importPosition", args: [who] });
    }
    await show();
  });

  it("S2: all stake of an alpha works from the first round on, with its votes", async () => {
    const first = rounds.current + 1n;
    await toRoundOf(first);
    await expectModel();
    const { active } = await p.bonding.totalActiveStake();
    expect(active).to.equal(new View(model, first).emission.active);
    await toRoundOf(first + 1n);
    for (const who of world.accounts.slice(0, 60)) {
      const delegate = BigInt(await p.bonding.getPastDelegate(who, first));
      expect(
        words(await p.bonding.getPastBalanceOf(who, first), await p.bonding.getPastVotes(who, first), delegate),
        who,
      ).to.equal(
        words(model.balanceOf(who, first), model.votesOf(who, first), BigInt(model.delegateOf(who, first) ?? 0n)),
      );
    }
  });

  it("S6: who does nothing for a hundred rounds after the upgrade is whole", async () => {
    await toRoundOf(rounds.current + IDLE);
    await expectModel();
    const view = new View(model, rounds.current);
    for (const who of world.accounts) {
      const pool = model.pools.get(model.account(who).orchestrator ?? "");
      const { stake } = had.get(who)!;
      if (pool?.willEarn === true && pool.commission.rewardCut < 10n ** 18n) {
        expect(view.stakeOf(who) > stake, `${who} has earned`).to.equal(true);
      } else {
        expect(view.stakeOf(who) >= stake, `${who} has lost nothing`).to.equal(true);
      }
    }
    // They act as if they always had been there.
    for (const who of world.accounts.slice(20, 80)) {
      const { stake } = await p.bonding.getDelegator(who);
      if (stake === 0n || model.pools.get(model.account(who).orchestrator!)?.registered !== true) continue;
      await world.send({ from: who, on: "streamflow", method: "unbond", args: [stake] });
      model.unbond(who, stake);
    }
    await expectModel(world.accounts.slice(0, 120));
  });

  it("pays locks of the alpha in their round, and not before", async () => {
    const open = [...had].flatMap(([who, { locks }]) => locks.map((lock, n) => ({ who, n, ...lock })));
    const left = open.filter(({ amount }) => amount > 0n);
    const last = left.reduce((a, { withdrawRound }) => (withdrawRound > a ? withdrawRound : a), 0n);
    let paid = 0;
    const first = rounds.current;
    for (let round = first; round <= last; round++) {
      if (round > rounds.current) await toRoundOf(round);
      for (const { who, n, amount, withdrawRound } of left) {
        const call = { from: who, on: "streamflow", method: "withdrawStake", args: [n] } as const;
        if (withdrawRound === round + 1n) {
          expect(await refusalOf(world.send(call))).to.equal("BondingManagerWithdrawTooEarly");
        } else if (withdrawRound === round || (withdrawRound < round && round === first)) {
          const before = await p.token.balanceOf(who);
          await world.send(call);
          expect((await p.token.balanceOf(who)) - before).to.equal(amount);
          expect(await refusalOf(world.send(call))).to.equal("BondingManagerNoSuchLock");
          paid++;
        }
      }
    }
    expect(paid).to.equal(left.length);
  });

  it("lets a lock of the alpha be bonded again, but for a pause", async () => {
    const [who, { locks, stake, delegate }] = [...had].find(
      ([, { locks, delegate }]) =>
        locks.some(({ amount }) => amount > LPT) && world.model.pool.includes(getAddress(delegate)),
    )!;
    const n = locks.findIndex(({ amount }) => amount > LPT);
    const call = { from: who, on: "streamflow", method: "rebond", args: [n, delegate] } as const;
    await p.bonding.pause();
    expect(await refusalOf(world.send(call))).to.equal("EnforcedPause");
    await p.bonding.unpause();
    const held = await p.token.balanceOf(p.bonding);
    await world.send(call);
    expect((await p.bonding.getDelegator(who)).waiting).to.equal(stake + locks[n]!.amount);
    expect((await p.bonding.getUnbondingLock(who, n)).amount).to.equal(0n);
    expect(await refusalOf(world.send(call))).to.equal("BondingManagerNoSuchLock");
    expect(await p.token.balanceOf(p.bonding)).to.equal(held);
  });

  it("moves deposits to the TicketBroker or pays them, when their owner asks", async () => {
    const owners = [...world.model.deposits].filter(([, amount]) => amount > 0n);
    const [[mover, moved], [leaver, left]] = owners as [[string, bigint], [string, bigint]];
    const total = await p.ethers.provider.getBalance(world.plan.funds.address);
    const escrow = moved / 3n;
    await world.send({ from: mover, on: "deposits", method: "moveDeposit", args: [escrow] });
    const account = await p.broker.getSender(mover);
    expect(words(account.deposit, account.escrow)).to.equal(words(moved - escrow, escrow));
    expect(await p.ethers.provider.getBalance(p.broker)).to.equal(moved);

    const before = await p.ethers.provider.getBalance(leaver);
    await world.send({ from: leaver, on: "deposits", method: "withdrawDeposit" });
    expect((await p.ethers.provider.getBalance(leaver)) - before).to.equal(left);
    expect(await p.ethers.provider.getBalance(world.plan.funds.address)).to.equal(total - moved - left);

    for (const who of [mover, leaver]) {
      const again = { from: who, on: "deposits", method: "withdrawDeposit" } as const;
      expect(await refusalOf(world.send(again))).to.equal("AlphaDepositsNothing");
    }
  });

  it("finishes the claim that was under way, and pays all fees of the alpha to the wei", async () => {
    const { transcoder, claims } = world.model.jobs[pendingJob]!;
    const claim = claims.findIndex(({ paid }) => !paid);
    const call = { from: world.deployer, on: "deposits", method: "distributeFees", args: [pendingJob, claim] } as const;
    if ((await world.block()) < claims[claim]!.end) {
      expect(await refusalOf(world.send(call))).to.equal("AlphaJobRefused");
    }
    await world.mine(30n);
    // Some have taken their fees before.
    const early = world.accounts.slice(100, 120);
    const paid = new Map<string, bigint>();
    for (const who of early) paid.set(who, await withdrawFees(who));
    await world.send(call);
    expect(await refusalOf(world.send(call))).to.equal("AlphaJobRefused");

    const { delegated, feeShare } = world.model.delegate(transcoder);
    const { amount } = claims[claim]!;
    const shared = (amount * feeShare) / 1_000_000n;
    for (const who of world.accounts) {
      const { stake, fees, delegate } = had.get(who)!;
      const late = getAddress(delegate) === transcoder ? (((shared << 128n) / delegated) * stake) >> 128n : 0n;
      const own = who === transcoder ? amount - shared : 0n;
      expect((paid.get(who) ?? 0n) + (await withdrawFees(who)), who).to.equal(fees + late + own);
      expect(await withdrawFees(who)).to.equal(0n);
    }
    const left = await p.ethers.provider.getBalance(world.plan.funds.address);
    const owed = [...world.model.deposits.values()].reduce((a, b) => a + b, 0n);
    // Roundings: less than a wei for each account and round.
    expect(left >= owed && left - owed < 13n * BigInt(world.accounts.length), `${left - owed} wei are left`).to.equal(
      true,
    );
  });

  it("lets delegators of who resigned leave it, and claim fees where they go", async () => {
    const [closed] = [...model.pools].find(([, { registered }]) => !registered)!;
    const who = world.accounts.find((each) => model.account(each).orchestrator === closed)!;
    const to = world.model.pool[3]!;
    await toRoundOf(rounds.current + 1n);
    const stake = (await p.bonding.getDelegator(who)).stake;
    expect(await refusalOf(world.send({ from: who, on: "streamflow", method: "bond", args: [LPT, closed] }))).to.equal(
      "BondingManagerNotRegistered",
    );
    await world.send({ from: who, on: "streamflow", method: "unbond", args: [stake] });
    const lock = (await p.bonding.getDelegator(who)).lockCount - 1n;
    await toRoundOf(rounds.current + 2n);
    await world.send({ from: who, on: "streamflow", method: "rebond", args: [lock, to] });
    const { stake: nothing, waiting, orchestrator } = await p.bonding.getDelegator(who);
    expect(words(nothing, waiting, orchestrator)).to.equal(words(0n, stake, to));

    await toRoundOf(rounds.current + 1n);
    const own = (await p.bonding.getDelegator(who)).claimedBefore;
    for (const orchestrator of [closed, to]) {
      await world.send({ from: world.deployer, on: "streamflow", method: "pullFees", args: [orchestrator, 10] });
    }
    await world.send({ from: who, on: "streamflow", method: "withdrawFees", args: [who, 2n ** 256n - 1n] });
    expect((await p.bonding.getDelegator(who)).claimedBefore > own).to.equal(true);
    // And whoever resigned can come back under its own name, once it stands nowhere else.
    const left = (await p.bonding.getDelegator(closed)).stake;
    await world.send({ from: closed, on: "streamflow", method: "unbond", args: [left] });
    await world.send({ from: closed, on: "streamflow", method: "register", args: [0n, 0n, 0n] });
    expect(await p.bonding.isRegistered(closed)).to.equal(true);
  });

  it("goes on counting rounds where the blocks have got to", async () => {
    const topics = p.rounds.interface.encodeFilterTopics("ScheduleStarted", []);
    const [log] = await p.ethers.provider.getLogs({ address: world.network.roundsManager, topics, fromBlock: 0 });
    const block = await p.ethers.provider.getBlock(log!.blockNumber);
    const [active] = await p.rounds.schedule();
    const { roundLength } = world.parameters.rounds;
    const over = ((BigInt(log!.blockNumber) % BLOCKS) * BigInt(roundLength)) / BLOCKS;
    expect(active.startRound).to.equal(world.model.round);
    expect(active.startTime).to.equal(BigInt(block!.timestamp) - over);
    expect(active.roundLength).to.equal(BigInt(roundLength));
    expect(await streamflow.getFunction("alphaLastRound")()).to.equal(world.model.round);
  });

  it("shares fees of Streamflow with positions that nobody has touched", async () => {
    const recipient = world.model.pool[3]!;
    await toRoundOf(rounds.current + 1n);
    await fundDeposit(p, 2n * LPT);
    await redeemAs(p, { recipient });
    const round = rounds.current;
    await toRoundOf(round + 3n);
    await world.send({ from: world.deployer, on: "streamflow", method: "pullFees", args: [recipient, 1] });
    model.addFees(recipient, round, LPT);

    const behind = world.accounts.filter((each) => model.account(each).orchestrator === recipient);
    let sum = 0n;
    for (const who of behind) {
      const fees = await p.bonding.claimableFees(who);
      const before = await p.ethers.provider.getBalance(who);
      await world.send({ from: who, on: "streamflow", method: "withdrawFees", args: [who, 2n ** 256n - 1n] });
      expect((await p.ethers.provider.getBalance(who)) - before, who).to.equal(fees);
      expect(fees, who).to.equal(model.withdrawFees(who));
      if (who !== recipient) expect(fees > 0n, who).to.equal(true);
      sum += fees;
    }
    expect(behind).to.have.length.at.least(5);
    // A wei for each of them, and what belongs to nobody's units.
    expect(sum <= LPT && LPT - sum < 1_000n, `${LPT - sum} wei are left`).to.equal(true);
  });

  it("lets who was not in the alpha's pool begin to work when it says so", async () => {
    const [aside] = [...model.pools].find(([, { registered, jailed }]) => registered && jailed)!;
    expect((await p.bonding.getOrchestrator(aside)).activeNext).to.equal(false);
    await world.send({ from: aside, on: "streamflow", method: "unjail" });
    expect((await p.bonding.getOrchestrator(aside)).jailed).to.equal(false);
  });

  it("lets nobody but the controller's owner begin, and nobody act before", async () => {
    const call = { from: world.accounts[0]!, on: "streamflow", method: "initialize" } as const;
    const args = [p.deployment.accessManager, p.parameters.bonding];
    expect(await refusalOf(world.send({ ...call, args }))).to.equal("AlphaUnauthorized");
  });

  it("refuses who may not do what the parts in front can do", async () => {
    const { deployer } = world;
    const [, someone] = world.accounts;
    for (const [on, method, args, error] of [
      ["streamflow", "addAlphaFees", [someone, 1n], "AlphaImportNotJobsManager"],
      ["streamflow", "withdrawAlphaFees", [`0x${"0".repeat(40)}`], "AlphaImportZeroReceiver"],
      ["clock", "initialize", [deployer, 86_400n, 0n, 1n], "AlphaRoundsOtherStart"],
      ["clock", "initializeFromAlpha", [deployer, 86_400n], "AlphaUnauthorized"],
      ["funds", "payFees", [deployer, 1n], "AlphaFundsUnauthorized"],
      ["funds", "payDeposit", [deployer, 1n], "AlphaFundsUnauthorized"],
      ["funds", "moveDeposit", [deployer, 1n, 0n], "AlphaFundsUnauthorized"],
    ] as const) {
      expect(await refusalOf(world.send({ from: deployer, on, method, args })), method).to.equal(error);
    }
  });

  it("needs parts that are small enough to grow", () => {
    for (const name of ["AlphaBonding", "AlphaViews", "AlphaRounds", "AlphaFunds", "AlphaDeposits"] as const) {
      expect(readArtifact(name).deployedBytecode.length / 2 - 1, name).to.be.at.most(20_000);
    }
  });

  it("has nothing left to do when it is done", async () => {
    expect(await pendingOf(p.ethers.provider, await world.transactions())).to.have.length(0);
  });

  const withdrawFees = async (who: string): Promise<bigint> => {
    const before = await p.ethers.provider.getBalance(who);
    await world.send({ from: who, on: "streamflow", method: "withdrawAlphaFees", args: [who] });
    return (await p.ethers.provider.getBalance(who)) - before;
  };
});

const NETWORKS: readonly (readonly [string, AlphaOptions, History])[] = [
  ["a small one", { accounts: 20, transcoders: 3 }, { transcoders: 4, rounds: 8, seed: 3 }],
  [
    "one with short rounds and periods, without inflation",
    { accounts: 36, transcoders: 12, roundLength: 1_000n, unbondingPeriod: 2n, inflation: 0n },
    { transcoders: 14, rounds: 10, seed: 4 },
  ],
  [
    "one that mints more than Streamflow allows",
    { accounts: 14, transcoders: 2, roundLength: 50_000n, unbondingPeriod: 30n, inflation: 5_000n },
    { transcoders: 4, rounds: 9, seed: 5 },
  ],
];

describe("An upgrade of the alpha that is interrupted at every step", function () {
  for (const [name, options, history] of NETWORKS) {
    it(`goes on where it was, and ends as one that was not: ${name}`, async () => {
      const world = await AlphaWorld.open(options);
      await buildAlpha(world, history);
      const { provider } = world.connection.ethers;
      const [signer] = await world.connection.ethers.getSigners();
      const operator = { signer: signer!, alpha: world.network, dir: world.dir };
      const { token, bondingManager } = world.network;
      // Gifts of strangers stop nothing.
      await world.send({ from: world.accounts[0]!, on: "token", method: "transfer", args: [bondingManager, 1n] });
      await world.send({ from: world.accounts[0]!, on: "funds", method: "depositETH", value: 1n });

      const done: string[] = [];
      for (;;) {
        // Whoever goes on knows nothing but the controller and the directory.
        await prepare(operator);
        const [next] = await pendingOf(provider, await world.transactions());
        if (next === undefined) break;
        await world.make(next);
        done.push(next.description);
        if (next.calls.length === 0) continue;
        const lpt = new Contract(token, readInterface("AlphaToken"), provider);
        const held = (await lpt.getFunction("balanceOf")(bondingManager)) as bigint;
        const eth = await provider.getBalance(world.plan.funds.address);
        expect(words(await lpt.getFunction("totalSupply")(), held, eth)).to.equal(
          words(world.model.supply, world.model.held + 1n, world.model.ether + 1n),
        );
        // Nobody has to wait for the imports.
        const who = world.accounts.find((each) => world.model.account(each).stake > LPT)!;
        expect(await refusalOf(world.send({ from: who, on: "streamflow", method: "unbond", args: [1n] }))).to.equal(
          null,
        );
      }
      expect(new Set(done).size, "each once").to.equal(done.length);
      expect(done).to.have.length((await world.transactions()).length);

      // Governance takes over, and `deployment.json` is what every command reads.
      const { governance } = world.parameters;
      const parameters = { ...world.parameters, governance: { ...governance, administrator: "governor" as const } };
      for (let n = 0; n < 2; n++) await conclude(operator, world.plan, parameters);
      const { contracts } = readDeployment(path.join(world.dir, "deployment.json"));
      expect(contracts.BondingManager.proxy).to.equal(world.network.bondingManager);
      const p = await world.protocol();
      expect((await p.accessManager.hasRole(0n, world.deployer)).isMember).to.equal(false);
      expect((await p.accessManager.hasRole(0n, p.governor)).isMember).to.equal(true);
    });
  }
});

describe("The one transaction that makes Streamflow of an alpha", function () {
  let world: AlphaWorld;

  beforeEach(async () => {
    world = await AlphaWorld.open({ accounts: 20, transcoders: 3 });
    await buildAlpha(world, { transcoders: 4, rounds: 8, seed: 3 });
    const [handOver] = await world.transactions();
    await world.make(handOver!);
  });

  const calls = (): Promise<AlphaCall[]> => switchCalls(world.connection.ethers.provider, world.plan, world.parameters);

  /** The alpha is as it was: its users act, and the upgrade is still to be made. */
  async function expectAlpha(): Promise<void> {
    const who = world.model.pool[0]!;
    await world.bond(who, LPT, who);
    const left = await pendingOf(world.connection.ethers.provider, await world.transactions());
    expect(left[0]!.calls).not.to.have.length(0);
    await world.upgrade();
  }

  for (const [description, error] of [
    ["Give the LPT to the stake and the minting right to the Minter", "AlphaWitnessStakeDiffers"],
    ["Note supply, LPT and ETH", "AlphaWitnessSupplyDiffers"],
  ] as const) {
    it(`is undone as a whole without "${description}"`, async () => {
      const all = await calls();
      const left = all.filter((each) => each.description !== description);
      expect(left).to.have.length(all.length - 1);
      expect(await refusalOf(world.make(switchTransaction(world.plan, left)))).to.equal(error);
      await expectAlpha();
    });
  }

  it("is undone as a whole if a wei of ETH goes elsewhere", async () => {
    const { alpha, accessManager } = world.plan;
    const bondingManager = (address: string): AlphaCall => ({
      ...{ target: alpha.controller, description: "" },
      data: readInterface("AlphaController").encodeFunctionData("setContractInfo", [id("BondingManager"), address]),
    });
    const thief: AlphaCall = {
      ...{ target: alpha.minter, description: "" },
      data: readInterface("AlphaMinter").encodeFunctionData("trustedWithdrawETH", [world.accounts[0]!, 1n]),
    };
    const [begin, ...rest] = await calls();
    const changed = [
      ...[begin!, bondingManager(accessManager.address), thief, bondingManager(alpha.bondingManager)],
      ...rest,
    ];
    const made = world.make(switchTransaction(world.plan, changed));
    expect(await refusalOf(made)).to.equal("AlphaWitnessEtherDiffers");
    await expectAlpha();
  });

  it("is refused if somebody has begun a round since it was made, and is made anew", async () => {
    const [, before] = await world.transactions();
    await world.passRounds();
    expect(await refusalOf(world.make(before!))).to.equal("AlphaWitnessInflationMoved");
    await expectAlpha();
  });
});

describe("An orchestrator of the alpha that is imported rounds after the upgrade", function () {
  it("S5: slashed for the round of its import, it and who stands behind it have the votes of what is left, untouched and touched", async () => {
    const world = await AlphaWorld.open({ accounts: 20, transcoders: 3 });
    await buildAlpha(world, { transcoders: 4, rounds: 8, seed: 3 });
    const [handOver, switching] = await world.transactions();
    for (const each of [handOver!, switching!]) await world.make(each);
    world.model.settle();
    const p = await world.protocol();
    const module = await approveModule(p);
    const [orchestrator] = world.model.pool;
    const { delegated } = world.model.delegate(orchestrator!);
    const behind = world.accounts.filter((who) => world.model.account(who).delegate === orchestrator);
    expect(behind).to.have.length.at.least(4);
    /** What each of them could vote with when `round` began; sum and vote of their orchestrator are the same, but for roundings. */
    const votesOf = async (round: bigint): Promise<string[]> => {
      const votes = await Promise.all(behind.map((who) => p.bonding.getPastBalanceOf(who, round)));
      const sum = votes.reduce((all, each) => all + each, 0n);
      const left = (await p.bonding.getPastVotes(orchestrator!, round)) - sum;
      expect(left >= 0n && left < 1_000n, `${left} wei are nobody's`).to.equal(true);
      return votes.map(String);
    };
    const slash = async (fault: bigint): Promise<bigint> =>
      (await punish({ ...p, module } as Stage, { orchestrator: await p.ethers.getSigner(orchestrator!), fault })).loss;

    const round = await p.rounds.currentRound();
    await world.send({
      ...{ from: world.deployer, on: "streamflow", method: "importOrchestrators" },
      args: [[orchestrator]],
    });
    // Their stake enters with the next round: what it did in this one is nobody's loss.
    expect(await slash(round)).to.equal(0n);
    await toRound(p, round + 1n);
    const taken = await slash(round + 1n);
    expect(taken > 0n && taken < delegated).to.equal(true);
    // Out of jail it votes again.
    const back = (await p.rounds.currentRound()) + BigInt(world.parameters.bonding.jailPeriod) + 1n;
    await toRound(p, back - 1n);
    await world.send({ from: orchestrator!, on: "streamflow", method: "unjail" });
    await toRound(p, back + 2n);

    const untouched = [await votesOf(back), await votesOf(back + 1n)];
    for (const [n, who] of behind.entries()) {
      const { stake } = world.model.account(who);
      const left = BigInt(untouched[0]![n]!);
      const expected = stake - stake / 20n;
      expect(left <= expected && expected - left < 100n, `${who} has ${left} of ${expected}`).to.equal(true);
      await world.send({ from: world.deployer, on: "streamflow", method: "importPosition", args: [who] });
    }
    expect([await votesOf(back), await votesOf(back + 1n)]).to.deep.equal(untouched);
  });
});

describe("Orchestrators of the alpha that have not claimed for two hundred rounds", function () {
  it("are imported one by one, as ten of them are more than a transaction takes", async () => {
    const count = 10;
    const world = await AlphaWorld.open({ accounts: count, transcoders: count, roundLength: 50n });
    const [signer] = await world.connection.ethers.getSigners();
    await world.passRounds();
    for (const who of world.accounts) {
      await world.send({ from: who, on: "bonding", method: "bond", args: [LPT, who] });
      await world.send({ from: who, on: "bonding", method: "transcoder", args: [0n, 0n] });
    }
    for (let round = 0; round < 200; round++) {
      await world.passRounds();
      for (const who of world.accounts) await world.send({ from: who, on: "bonding", method: "reward" });
    }
    const sent: string[] = [];
    writeAlphaRecord(world.dir, { alpha: world.network });
    const options = { signer: signer!, dir: world.dir, onTransaction: (step: string) => void sent.push(step) };
    await handOverController(options);
    for (let n = 0; n < 2; n++) await upgrade({ ...options, parameters: world.parameters });
    expect(sent.slice(2)).to.deep.equal(world.accounts.map((_, n) => `Import orchestrator ${n + 1}`));
    expect(await pendingOf(world.connection.ethers.provider, await world.transactions())).to.deep.equal([]);
  });
});

describe("An orchestrator of the alpha that has not claimed for thousands of rounds", function () {
  this.timeout(900_000);

  it("is imported by the same command, after its claims in parts, with all that they give", async () => {
    const world = await AlphaWorld.open({ accounts: 3, transcoders: 1, roundLength: 10n });
    const [orchestrator, delegator] = world.accounts as [string, string];
    const { ethers } = world.connection;
    await world.passRounds();
    await world.bond(orchestrator, 10n * LPT, orchestrator);
    await world.transcoder(orchestrator, 100_000n, 500_000n);
    await world.bond(delegator, 10n * LPT, orchestrator);
    for (let round = 0; round < 2_600; round++) {
      await world.passRounds();
      await world.reward(orchestrator);
    }
    const sent: string[] = [];
    writeAlphaRecord(world.dir, { alpha: world.network });
    const [signer] = await ethers.getSigners();
    const options = { signer: signer!, dir: world.dir, onTransaction: (step: string) => void sent.push(step) };
    await handOverController(options);
    for (let n = 0; n < 2; n++) await upgrade({ ...options, parameters: world.parameters });
    world.model.settle();
    expect(sent[2]).to.match(new RegExp(`^Claim for ${orchestrator} through round \\d+, of \\d+$`));
    expect(sent.slice(3)).to.deep.equal(["Import orchestrator 1"]);
    expect(await pendingOf(ethers.provider, await world.transactions())).to.deep.equal([]);
    const streamflow = new Contract(world.network.bondingManager, readInterface("AlphaBonding"), ethers.provider);
    const stakeOf = async (who: string): Promise<bigint> =>
      ((await streamflow.getFunction("alphaPositionOf")(who)) as { stake: bigint }).stake;
    expect(await stakeOf(orchestrator)).to.equal(world.model.account(orchestrator).stake);

    // Who stands behind it cannot act either, before somebody claims for it.
    const importing = {
      to: world.network.bondingManager,
      data: streamflow.interface.encodeFunctionData("importPosition", [delegator]),
    };
    const sender = await openSender(options, ethers.provider);
    expect(await fits(ethers.provider, sender.address, importing)).to.equal(false);
    const last = await lastRoundOf(ethers.provider, world.network);
    const steps: bigint[] = [];
    for (let done = 0n; done < last;) steps.push((done = await claimNext(sender, world.network, delegator, done)));
    expect(steps.length).to.equal(2);
    expect(steps.at(-1)).to.equal(last);
    expect(await fits(ethers.provider, sender.address, importing)).to.equal(true);
    await sender.send("import", importing.to, importing.data);
    expect(await stakeOf(delegator)).to.equal(world.model.account(delegator).stake);
  });

  it("is told why, when nothing can be claimed yet", async () => {
    const world = await AlphaWorld.open({ accounts: 1 });
    const [signer] = await world.connection.ethers.getSigners();
    const sender = await openSender({ signer: signer! }, world.connection.ethers.provider);
    const claiming = claimNext(sender, world.network, world.accounts[0]!, 0n);
    expect(await claiming.catch((error: unknown) => error)).to.be.instanceOf(Error);
  });
});

describe("A call for a lock of the alpha without its arguments", function () {
  this.timeout(600_000);

  it("is refused, as the alpha refused it, and is not about lock 0", async () => {
    const world = await AlphaWorld.open({ accounts: 1, roundLength: 50n, unbondingPeriod: 1n });
    const [who] = world.accounts as [string];
    await world.passRounds();
    await world.bond(who, 2n * LPT, who);
    await world.unbond(who, LPT);
    await world.passRounds();
    const { withdrawStake, rebond } = {
      withdrawStake: id("withdrawStake(uint256)"),
      rebond: id("rebond(uint256,address)"),
    };
    const refused = async (data: string): Promise<void> => {
      const sent = world.sendTo(who, world.network.bondingManager, data).then(
        () => "done",
        () => "refused",
      );
      expect(await sent).to.equal("refused");
    };
    const short = [
      dataSlice(withdrawStake, 0, 4),
      dataSlice(rebond, 0, 4),
      concat([dataSlice(rebond, 0, 4), ZeroHash]),
    ];
    // The alpha itself has the first one in this form.
    await refused(short[0]!);
    await world.upgrade();
    for (const data of short) await refused(data);
    await world.send({ from: who, on: "streamflow", method: "withdrawStake", args: [0] });
  });
});

describe("A lock of an alpha whose unbonding period was changed", function () {
  for (const period of [1n, 1_000n])
    it(`is shown as it is, with a period of ${period} rounds at the end`, async () => {
      const world = await AlphaWorld.open({ accounts: 20, transcoders: 3 });
      await buildAlpha(world, { transcoders: 4, rounds: 8, seed: 3 });
      const args = [period, 3n, 100n];
      await world.send({ from: world.deployer, on: "bonding", method: "setParameters", args });
      const p = await world.upgrade();
      const last = world.model.round;
      let locks = 0;
      for (const who of world.accounts)
        for (let n = 0n; n < (await p.bonding.getDelegator(who)).lockCount; n++) {
          const { amount, round, withdrawRound } = await p.bonding.getUnbondingLock(who, n);
          if (amount === 0n) continue;
          locks++;
          expect(withdrawRound > 0n).to.equal(true);
          // It left in the alpha, whatever its period says.
          expect(round <= last, `${round} <= ${last}`).to.equal(true);
        }
      expect(locks).to.be.at.least(3);
    });
});

/** As text: a process that runs tests cannot tell another one of a bigint within an array. */
const words = (...values: readonly unknown[]): string => values.map(String).join(", ");

/** The name of the error with which a call is refused; null: it was not. */
async function refusalOf(call: Promise<void>): Promise<string | null> {
  try {
    await call;
    return null;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.name;
  }
}
