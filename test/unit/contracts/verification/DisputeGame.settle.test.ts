import { expect } from "chai";
import { parseEther } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import {
  accuse as accuseOf,
  bondOf,
  caseOf,
  challengeWith,
  type Court,
  defendWith,
  endOf,
  evidenceOf,
  lieFrom,
  openCourt,
  type Opened,
  Outcome,
  passClock,
  playOut,
  programOf,
} from "../../../fixtures/disputes.ts";
import type { Run } from "../../../../offchain/verification/game/interface.ts";
import { bondAs, passRounds } from "../../../fixtures/protocol.ts";

const CLOCK = 43_200;
const PENALTY = 25n * 10n ** 15n;

describe("DisputeGame, the end", () => {
  /** The work was a fault. */
  let guilty: Court;
  /** The work was good. */
  let innocent: Court;
  const restores: (() => Promise<void>)[] = [];

  before(async () => {
    guilty = await openCourt(caseOf(programOf(300, 2)));
    innocent = await openCourt(caseOf(programOf(300, 1)));
    for (const court of [guilty, innocent]) {
      const snapshot = await court.networkHelpers.takeSnapshot();
      restores.push(() => snapshot.restore());
    }
  });
  beforeEach(async () => {
    for (const restore of restores) await restore();
  });

  const refused = (court: Court, sent: Promise<unknown>, error: string) =>
    expect(sent, error).to.be.revertedWithCustomError(court.disputes, `DisputeGame${error}`);
  const balanceOf = (court: Court, who: HardhatEthersSigner) => court.ethers.provider.getBalance(who);

  /** An accuser says that the good work of `innocent` is a fault. */
  const accuse = (sequence = 0) => accuseOf(innocent, 200n, sequence);

  /** The defender plays it to its end and wins. */
  async function refute({ opened, run }: { opened: Opened; run: Run }, by = innocent.orchestrator): Promise<void> {
    await playOut(innocent, opened, by, { challenger: run, defender: innocent.trace }, "defender");
  }

  describe("settle", function () {
    it("V2, V4: slashes what nobody has defended, once, and pays bounty and bond", async function () {
      const { disputes, bonding, token, treasury, broadcaster, orchestrator, delegator, stranger, ethers } = guilty;
      await bondAs(guilty, delegator, parseEther("30000"), orchestrator);
      await passRounds(guilty, 3n);
      const opened = await challengeWith(guilty, endOf(guilty.trace));
      const { bond } = opened.claim;
      await refused(guilty, disputes.settle(opened.id, opened.claim), "NotSettleable");
      await passClock(guilty);
      await refused(guilty, disputes.settle(opened.id, { ...opened.claim, slashFraction: 1n }), "ClaimMismatch");
      const before = (await bonding.getOrchestrator(orchestrator)).totalStake;
      const [held, kept] = [await token.balanceOf(broadcaster), await token.balanceOf(treasury)];
      const settled = disputes.connect(stranger).settle(opened.id, opened.claim);
      await expect(settled).to.changeEtherBalances(ethers, [broadcaster, disputes], [BigInt(bond), -BigInt(bond)]);
      const [event] = await disputes.queryFilter(disputes.filters.ChallengeSettled());
      const { outcome, loss, bounty } = event!.args;
      expect(outcome).to.equal(Outcome.Sustained);
      expect(loss * 20n).to.be.closeTo(before, 100n);
      expect(await token.balanceOf(broadcaster)).to.equal(held + bounty);
      expect(await token.balanceOf(treasury)).to.equal(kept + loss - bounty);
      // Half of what the orchestrator's own part lost (BondingManager.slash), which is not all of it.
      expect(bounty).to.be.greaterThan(0n);
      expect(bounty * 2n).to.be.lessThan(loss);
      expect((await bonding.getOrchestrator(orchestrator)).disputes).to.equal(0n);
      await refused(guilty, disputes.settle(opened.id, opened.claim), "NotOpen");
    });

    it("V1: takes the bond of a defender that has lost for the challenger's costs, and the rest for the treasury", async function () {
      const { disputes, treasury, broadcaster, orchestrator, ethers } = guilty;
      const opened = await challengeWith(guilty, endOf(guilty.trace));
      const lie = lieFrom(guilty.trace, 100n);
      await playOut(guilty, opened, orchestrator, { challenger: guilty.trace, defender: lie }, "challenger");
      await passClock(guilty);
      const [before, poor] = [await balanceOf(guilty, broadcaster), await ethers.provider.getBalance(treasury)];
      const { costs, pot } = await disputes.challengeOf(opened.id);
      expect(pot).to.equal(opened.claim.defenceBond);
      const sent = await disputes.connect(broadcaster).settle(opened.id, opened.claim);
      const receipt = (await sent.wait())!;
      const spent = receipt.gasUsed * receipt.gasPrice;
      const got = (await balanceOf(guilty, broadcaster)) + spent - before - BigInt(opened.claim.bond);
      expect(got).to.be.greaterThan(costs * 10n ** 9n);
      expect(await ethers.provider.getBalance(treasury)).to.equal(poor + pot - got);
      expect(pot - got).to.be.greaterThan(PENALTY);
      expect(await ethers.provider.getBalance(disputes)).to.equal(0n);
    });

    it("V1: refunds every move of who is right, and not much more than it has cost", async function () {
      const { disputes, broadcaster, orchestrator, provider } = guilty;
      await provider.request({ method: "hardhat_setNextBlockBaseFeePerGas", params: ["0x4a817c800"] }); // 20 gwei
      const before = await balanceOf(guilty, broadcaster);
      const opened = await challengeWith(guilty, endOf(guilty.trace));
      const lie = lieFrom(guilty.trace, 100n);
      await playOut(guilty, opened, orchestrator, { challenger: guilty.trace, defender: lie }, "challenger");
      await passClock(guilty);
      await disputes.connect(broadcaster).settle(opened.id, opened.claim);
      // Tips are its own: they are what is missing, a gwei for each gas.
      const after = await balanceOf(guilty, broadcaster);
      expect(after).to.be.greaterThan(before - parseEther("0.0015"));
      expect(after).to.be.lessThan(before + parseEther("0.002"));
    });

    it("waits for every game that is being played", async function () {
      const { disputes, orchestrator, stranger } = guilty;
      const opened = await challengeWith(guilty, endOf(guilty.trace));
      const lie = lieFrom(guilty.trace, 100n);
      await guilty.networkHelpers.time.increase(CLOCK - 100);
      for (const who of [orchestrator, stranger]) await defendWith(guilty, opened, who, lie);
      await guilty.networkHelpers.time.increase(200);
      await refused(guilty, disputes.settle(opened.id, opened.claim), "NotSettleable");
    });

    it("V4: judges a round once: a second fault of it costs nothing more, and pays its challenger", async function () {
      const { disputes, bonding, broadcaster, orchestrator, ethers } = guilty;
      const first = await challengeWith(guilty, endOf(guilty.trace));
      const second = await challengeWith(guilty, endOf(guilty.trace), {
        evidence: await evidenceOf(guilty, { sequence: 1 }),
      });
      await passClock(guilty);
      await disputes.settle(first.id, first.claim);
      const { totalStake } = await bonding.getOrchestrator(orchestrator);
      const settled = disputes.settle(second.id, second.claim);
      await expect(settled).to.emit(disputes, "ChallengeSettled").withArgs(second.id, Outcome.Sustained, 0, 0);
      await expect(settled).to.changeEtherBalance(ethers, broadcaster, BigInt(second.claim.bond));
      expect((await bonding.getOrchestrator(orchestrator)).totalStake).to.equal(totalStake);
      expect((await bonding.getOrchestrator(orchestrator)).disputes).to.equal(0n);
    });

    it("cannot be made to end without a slash by too little gas", async function () {
      const { disputes } = guilty;
      const opened = await challengeWith(guilty, endOf(guilty.trace));
      await passClock(guilty);
      for (const gasLimit of [80_000, 120_000, 160_000, 180_000]) {
        await expect(disputes.settle(opened.id, opened.claim, { gasLimit })).to.revert(guilty.ethers);
      }
      await disputes.settle(opened.id, opened.claim);
      const [event] = await disputes.queryFilter(disputes.filters.ChallengeSettled());
      expect(event!.args.loss).to.be.greaterThan(0n);
    });
  });

  describe("refutation", function () {
    it("V1, V2: of a false accusation pays the defender's moves from the accuser's bond, the rest goes to the treasury", async function () {
      const { disputes, bonding, orchestrator, treasury, ethers, broadcaster } = innocent;
      const before = await balanceOf(innocent, orchestrator);
      const stake = (await bonding.getOrchestrator(orchestrator)).totalStake;
      const accused = await accuse();
      const accuser = await balanceOf(innocent, broadcaster);
      await refute(accused);
      expect(await disputes.outcomeOf(accused.opened.id)).to.equal(Outcome.Refuted);
      expect((await bonding.getOrchestrator(orchestrator)).disputes).to.equal(0n);
      expect((await bonding.getOrchestrator(orchestrator)).totalStake).to.equal(stake);
      expect(await balanceOf(innocent, orchestrator)).to.be.greaterThan(before - parseEther("0.001"));
      expect(await ethers.provider.getBalance(treasury)).to.be.greaterThan(PENALTY);
      expect(await ethers.provider.getBalance(disputes)).to.equal(0n);
      expect(await balanceOf(innocent, broadcaster)).to.be.at.most(accuser);
      await refused(innocent, disputes.settle(accused.opened.id, accused.opened.claim), "NotOpen");
    });

    it("V1: can be done by anyone, whatever other defenders do wrong on purpose", async function () {
      const { disputes, stranger, others } = innocent;
      const accused = await accuse();
      // The accuser's puppet defends, and lets itself lose.
      const [puppet] = others;
      await defendWith(innocent, accused.opened, puppet!, lieFrom(innocent.trace, 5n));
      await refute(accused, stranger);
      expect(await disputes.outcomeOf(accused.opened.id)).to.equal(Outcome.Refuted);
      await disputes.release(accused.opened.id, puppet!, accused.opened.claim);
      expect(await innocent.ethers.provider.getBalance(disputes)).to.equal(0n);
    });

    it("keeps what a winner does not take, and pays it later", async function () {
      const { disputes, ethers, networkHelpers } = innocent;
      const { opened } = await accuse();
      // An account that becomes a contract without a way to take money.
      const [refuser] = innocent.others;
      await defendWith(innocent, opened, refuser!, innocent.trace);
      await networkHelpers.setCode(refuser!.address, "0x60006000fd");
      await passClock(innocent);
      await expect(disputes.timeout(opened.id, refuser!, opened.claim)).to.emit(disputes, "PaymentKept");
      const kept = await disputes.keptFor(refuser!);
      expect(kept).to.be.greaterThan(BigInt(opened.claim.defenceBond));
      expect(await ethers.provider.getBalance(disputes)).to.equal(kept);
      await expect(disputes.connect(refuser).withdraw())
        .to.be.revertedWithCustomError(disputes, "DisputeGameNotPaid")
        .withArgs(refuser!, kept);
      await networkHelpers.setCode(refuser!.address, "0x");
      await expect(disputes.connect(refuser).withdraw()).to.changeEtherBalances(
        ethers,
        [refuser!, disputes],
        [kept, -kept],
      );
      await expect(disputes.connect(refuser).withdraw())
        .to.be.revertedWithCustomError(disputes, "DisputeGameNothingKept")
        .withArgs(refuser!);
    });
  });

  describe("economics", function () {
    it("V4: challenging oneself loses money, for every part of the stake that is one's own", async function () {
      const { disputes, bonding, token, orchestrator, delegator, broadcaster } = guilty;
      for (const foreign of ["0", "10000", "500000"]) {
        await restores[0]!();
        if (foreign !== "0") await bondAs(guilty, delegator, parseEther(foreign), orchestrator);
        await passRounds(guilty, 3n);
        const worth = async () =>
          (await bonding.getDelegator(orchestrator)).stake + (await token.balanceOf(broadcaster));
        const before = await worth();
        const opened = await challengeWith(guilty, endOf(guilty.trace));
        await passClock(guilty);
        await disputes.settle(opened.id, opened.claim);
        expect(await worth(), foreign).to.be.lessThan(before - parseEther("200"));
      }
    });

    it("V4: losing to oneself costs the penalty at least, and spares nobody anything", async function () {
      const { orchestrator, broadcaster } = innocent;
      const worth = async () => (await balanceOf(innocent, orchestrator)) + (await balanceOf(innocent, broadcaster));
      const before = await worth();
      await refute(await accuse());
      expect(await worth()).to.be.lessThan(before - PENALTY);
    });

    it("V4: many false accusations at once leave the defender whole, and each costs twice the one before", async function () {
      const { disputes, orchestrator, ethers } = innocent;
      const before = await balanceOf(innocent, orchestrator);
      const accusations = [];
      for (let i = 0; i < 12; i += 1) {
        expect(await bondOf(innocent)).to.equal((await disputes.bondFor(0)) << BigInt(i));
        accusations.push(await accuse(i));
      }
      // With all ETH there is, 30 could be open at a time.
      expect(await disputes.bondFor(31)).to.be.greaterThan(parseEther("125000000"));
      for (const accusation of accusations) await refute(accusation);
      expect(await balanceOf(innocent, orchestrator)).to.be.greaterThan(before - parseEther("0.006"));
      expect(await ethers.provider.getBalance(disputes)).to.equal(0n);
      expect(await bondOf(innocent)).to.equal(await disputes.bondFor(0));
    });
  });

  describe("parameters", function () {
    it("bind within their bounds, and challenges to come alone", async function () {
      const { disputes, parameters } = guilty;
      const old = parameters.disputes;
      const opened = await challengeWith(guilty, endOf(guilty.trace));
      const set = (changes: object) => disputes.setParameters({ ...old, ...changes });
      for (const [name, least, most] of [
        ["openingWindow", 600n, 10_800n],
        ["clock", 60n, 604_800n],
        ["slashFraction", 1n, 5n * 10n ** 17n],
        ["gasPriceCap", 0n, 10_000n],
        ["penalty", 1n, parseEther("10")],
      ] as const) {
        for (const value of least === 0n ? [most + 1n] : [least - 1n, most + 1n]) {
          await expect(set({ [name]: value }), name)
            .to.be.revertedWithCustomError(disputes, "DisputeGameOutOfBounds")
            .withArgs(value, least, most);
        }
        if (name !== "clock") for (const value of [least, most]) await set({ [name]: value });
      }
      const most = (13n * 86_400n - 10_800n) / 2n;
      await set({ clock: most });
      await expect(set({ clock: most + 1n }))
        .to.be.revertedWithCustomError(disputes, "DisputeGameUnbondingTooShort")
        .withArgs(14n * 86_400n, 14n * 86_400n + 2n);
      const changed = { openingWindow: 600n, clock: 60n, slashFraction: 7n, gasPriceCap: 1n, penalty: 5n };
      await expect(disputes.setParameters(changed)).to.emit(disputes, "ParametersChanged");
      const { openingWindow, clock, slashFraction, gasPriceCap, penalty } = await disputes.parameters();
      expect({ openingWindow, clock, slashFraction, gasPriceCap, penalty }).to.deep.equal(changed);
      expect(await disputes.bondFor(0)).to.equal(2_000_000n * 10n ** 9n + 5n);

      await guilty.networkHelpers.time.increase(100);
      await refused(guilty, disputes.settle(opened.id, opened.claim), "NotSettleable");
      const next = await challengeWith(guilty, endOf(guilty.trace), {
        evidence: await evidenceOf(guilty, { sequence: 1 }),
      });
      expect([next.claim.clock, next.claim.slashFraction, next.claim.gasPriceCap]).to.deep.equal([60n, 7n, 1n]);
    });
  });
});
