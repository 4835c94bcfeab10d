import { expect } from "chai";
import { id, parseEther } from "ethers";
import hre from "hardhat";
import type { DelegatorView } from "../../../tasks/delegator/show.ts";
import type { OrchestratorDetails } from "../../../tasks/orchestrators/show.ts";
import type { Orchestrator } from "../../../tasks/orchestrators/read.ts";
import type { RoundsStatus } from "../../../tasks/rounds/status.ts";
import { expectRefusal, runTask } from "../../fixtures/tasks.ts";
import {
  bondAs,
  deployProtocol,
  fundDeposit,
  impersonate,
  passRounds,
  redeemAs,
  registerAs,
} from "../../fixtures/protocol.ts";
import type { Protocol } from "../../fixtures/protocol.ts";
import { CPU } from "../../fixtures/registry.ts";

const ONE_LPT = parseEther("1");
const ONE = 10n ** 18n;

/** No table may be wider than a terminal. */
const widthOf = (printed: string): number => Math.max(...printed.split("\n").map((line) => line.length));

describe("hardhat rounds, orchestrators and delegator", () => {
  let p: Protocol;
  let large: Protocol["orchestrator"];
  let restore: () => Promise<void>;

  before(async function () {
    p = await deployProtocol(await hre.network.getOrCreate<"l1">());
    large = p.others[0]!;
    await registerAs(p, p.orchestrator);
    await registerAs(p, large, { selfStake: parseEther("1000000"), rewardCut: 0n, feeShare: ONE });
    await p.bonding.connect(p.others[1]).register(0, 0, 0);
    await bondAs(p, p.delegator, 1000n * ONE_LPT, p.orchestrator);
    await passRounds(p, 1n);
    const snapshot = await p.networkHelpers.takeSnapshot();
    restore = () => snapshot.restore();
  });

  beforeEach(async function () {
    await restore();
  });

  const run = async <T>(name: string, args: Record<string, unknown>) => runTask<T>(name, { dir: p.dir, ...args });

  /** A dispute about a fault of the present round, opened by who may. */
  async function dispute(): Promise<Protocol["orchestrator"]> {
    const module = await p.treasury.getAddress();
    await p.registry.approveVerification(CPU, module, id("program"));
    await passRounds(p, 15n);
    const judge = await impersonate(p, module);
    await p.bonding.connect(judge).openDispute(CPU, p.orchestrator, await p.rounds.currentRound());
    return judge;
  }

  describe("rounds status", function () {
    it("tells of the present round, however long nobody has acted", async function () {
      for (const idle of [0n, 1n, 5n]) {
        await restore();
        const round = idle === 0n ? await p.rounds.currentRound() : await passRounds(p, idle);
        const { result } = await run<RoundsStatus>("rounds status", { json: true });
        // What it tells must be what the Minter settles when somebody acts.
        await p.bonding.reward(p.orchestrator);
        const [stakers, treasury] = await p.minter.settledMint();
        expect(result.round).to.equal(round);
        expect(result.mint).to.deep.equal({
          inflation: await p.minter.inflation(),
          supply: await p.token.totalSupply(),
          stakers,
          treasury,
        });
        expect(result.bondingRate).to.equal((result.activeStake * ONE) / result.mint.supply);
        expect(result.activeStake).to.equal((await p.bonding.totalActiveStake()).active);
        expect(result.orchestrators).to.deep.equal({ registered: 3, active: 2, jailed: 0 });
        expect(result).to.include({ begins: await p.rounds.roundStart(round), lastAnnounced: null, nextLength: null });
      }
    });

    it("shows what is announced", async function () {
      await p.rounds.setRoundLength(3600);
      await p.rounds.initializeRound();
      const { printed } = await run("rounds status", {});
      for (const text of [
        "round 2",
        "1 h from round 3 on (20",
        "of round 2",
        "10.06 %, the target is 50 %",
        "3 registered, 2 active",
      ])
        expect(printed).to.include(text);
      expect(widthOf(printed)).to.be.at.most(100);
      const { result } = await run<RoundsStatus>("rounds status", { json: true });
      expect(result.nextLength).to.deep.equal({
        roundLength: 3600n,
        fromRound: 3n,
        fromTime: await p.rounds.roundStart(3n),
      });
    });
  });

  describe("orchestrators", function () {
    it("list sorts by stake, with what is announced", async function () {
      await p.bonding.connect(p.orchestrator).setCommission(ONE / 8n, ONE);
      const { printed, result } = await run<Orchestrator[]>("orchestrators list", { active: false });
      expect(result.map(({ address }) => address)).to.deep.equal([
        large.address,
        p.orchestrator.address,
        p.others[1]!.address,
      ]);
      expect(printed).to.match(new RegExp(`${large.address} │ active   │ 1,000,000 │ 1,000,000 │    0 % │ 100 %`));
      expect(printed).to.match(
        new RegExp(`${p.orchestrator.address} │ active   │     6,000 │     5,000 │   10 % │  50 %`),
      );
      expect(printed).to.include("from 5: cut 12.5 %, share 100 %");
      expect(printed).to.match(new RegExp(`${p.others[1]!.address} │ inactive`));
      expect(widthOf(printed)).to.be.at.most(100);
      const active = await run("orchestrators list", { active: true, json: true });
      expect(JSON.parse(active.printed)).to.have.length(2);
    });

    it("list shows disputes and jail", async function () {
      const judge = await dispute();
      expect((await run("orchestrators list", { active: false })).printed).to.include("1 open dispute: takes no stake");
      const round = await p.rounds.currentRound();
      await p.bonding.connect(judge).slash(CPU, p.orchestrator, round, ONE / 20n, p.stranger);
      await p.bonding.connect(judge).closeDispute(CPU, p.orchestrator, round);
      const { printed } = await run("orchestrators list", { active: false });
      expect(printed).to.match(new RegExp(`${p.orchestrator.address} │ jailed`));
      expect(printed).to.include(`jailed, at least until round ${round + 7n}`);
    });

    it("show adds offer, delegators and fees", async function () {
      await p.registry.connect(p.orchestrator).setServiceURI("https://node\u001b.example");
      await p.registry.connect(p.orchestrator).setServices([CPU]);
      await bondAs(p, p.stranger, ONE_LPT, p.orchestrator);
      await bondAs(p, p.others[2]!, ONE_LPT, p.orchestrator);
      await p.bonding.connect(p.others[2]).unbond(ONE_LPT);
      await fundDeposit(p, parseEther("10"));
      await redeemAs(p);
      await redeemAs(p, { commitmentIndex: 1n, faceValue: parseEther("2"), creationRound: 1n });
      await passRounds(p, 3n);

      const args = { orchestrator: p.orchestrator.address, rounds: "10", delegators: "1" };
      expect((await run("orchestrators show", args)).printed)
        .to.include("3 ETH of closed rounds")
        .and.include("no fees have come in");
      await p.bonding.pullFees(p.orchestrator, 10);
      const { result, printed } = await run<OrchestratorDetails>("orchestrators show", args);
      expect(result.offer).to.deep.equal({
        uri: "https://node\u001b.example",
        services: ["CPUTranscoding"],
        regions: [],
        listed: true,
      });
      expect(result.delegators.map(({ address }) => address)).to.deep.equal([p.delegator.address, p.stranger.address]);
      expect(result.feesOutside).to.equal(0n);
      // Nothing was at stake in round 1, so all of it was kept.
      expect(result.fees).to.deep.equal([
        { round: 2n, fees: ONE, shared: ONE / 2n, stake: 6000n * ONE_LPT, ratio: ONE / 12_000n },
        { round: 1n, fees: 2n * ONE, shared: 0n, stake: 0n, ratio: 0n },
      ]);
      for (const text of ["https://node\u{fffd}.example", "CPUTranscoding", "and 1 more", "83,333.33", "anywhere"])
        expect(printed).to.include(text);
      expect(printed).not.to.include("\u001b");
      expect(widthOf(printed)).to.be.at.most(100);
      const older = await run<OrchestratorDetails>("orchestrators show", { ...args, rounds: "1" });
      expect(older.result.fees.map(({ round }) => round)).to.deep.equal([2n]);
    });

    it("show refuses who is none", async function () {
      const args = { dir: p.dir, orchestrator: p.stranger.address, rounds: "10", delegators: "20" };
      await expectRefusal("orchestrators show", args, "not a registered orchestrator");
      await expectRefusal("orchestrators show", { ...args, orchestrator: "x" }, "x is not an address");
      await expectRefusal("orchestrators show", { ...args, rounds: "0" }, "not a number from 1 to");
    });
  });

  describe("delegator show", function () {
    it("compares the fee ratio of all orchestrators over closed rounds with its own", async function () {
      await fundDeposit(p, parseEther("100"));
      // Rounds 2 to 4: one orchestrator earns in two of them, the other one in one.
      await redeemAs(p);
      await passRounds(p, 1n);
      await p.bonding.reward(p.orchestrator);
      const stake = await p.bonding.getOrchestrator(p.orchestrator);
      await redeemAs(p, { commitmentIndex: 1n, faceValue: parseEther("3") });
      await redeemAs(p, { recipient: large.address, faceValue: parseEther("4") });
      await p.bonding.connect(p.delegator).unbond((await p.bonding.getDelegator(p.delegator)).stake);
      await passRounds(p, 1n);
      await redeemAs(p, { commitmentIndex: 2n });
      await passRounds(p, 3n);
      const args = { address: p.delegator.address, rounds: "10" };
      expect((await run("delegator show", args)).printed).to.include("4 ETH not called in yet");
      await p.bonding.pullFees(p.orchestrator, 10);
      await p.bonding.pullFees(large, 10);

      const { result, printed } = await run<DelegatorView>("delegator show", args);
      expect(result.rounds).to.deep.equal({ first: 1n, last: 4n });
      const one = result.orchestrators.find(({ address }) => address === p.orchestrator.address)!;
      const [last, third, second] = one.fees;
      // Nobody touched the pool in that round: its stake is followed back from the next one.
      expect(second!.ratio).to.be.closeTo(ONE / 12_000n, 10n);
      expect(third!.stake).to.equal(stake.totalStake - stake.commission);
      expect(third!.ratio).to.equal((parseEther("1.5") * ONE) / third!.stake);
      expect(last!.ratio > 0n).to.equal(true);
      expect(one.feeRatio).to.equal((last!.ratio + third!.ratio + second!.ratio) / 4n);
      // It was behind nobody in the last round.
      expect(result.feeRatio).to.equal((third!.ratio + second!.ratio) / 4n);
      expect(result.orchestrator).to.equal(null);
      // A stake of a million makes the smallest ratio of those that earn.
      expect(result.orchestrators.map(({ address }) => address)).to.deep.equal([
        p.orchestrator.address,
        large.address,
        p.others[1]!.address,
      ]);
      expect(printed).to.include("1 to 4, all closed");
      expect(widthOf(printed)).to.be.at.most(100);
    });

    it("marks whom the account stands behind, and says when nothing is closed", async function () {
      const { result, printed } = await run<DelegatorView>("delegator show", { address: "3", rounds: "10" });
      expect(result.orchestrator).to.equal(p.orchestrator.address);
      expect(printed).to.include("no round is closed yet").and.include("the account stands behind it");
      expect(printed).to.match(/ {2}inactive/);
      const own = await run("delegator show", { address: p.orchestrator.address, rounds: "10" });
      expect(own.printed).to.include("this account");
    });

    it("refuses what cannot be meant", async function () {
      await expectRefusal("delegator show", { dir: p.dir, address: "0x1", rounds: "10" }, "0x1 is not an address");
      await expectRefusal("delegator show", { dir: p.dir, address: "0", rounds: "many" }, "not a number from 1 to");
    });
  });
});
