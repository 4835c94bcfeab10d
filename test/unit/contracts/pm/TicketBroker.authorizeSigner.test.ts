import { expect } from "chai";
import { ZeroAddress } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { batchesOf, fundDeposit, loadProtocol, redemptionOf, ticketOf, toRound } from "../../../fixtures/protocol.ts";
import type { Protocol, TicketOptions } from "../../../fixtures/protocol.ts";

describe("TicketBroker.authorizeSigner", function () {
  let p: Protocol;
  let broker: Protocol["broker"];
  let key: HardhatEthersSigner;
  let tried: bigint;

  beforeEach(async function () {
    p = await loadProtocol();
    broker = p.broker.connect(p.broadcaster);
    key = p.others[0]!;
    tried = 0n;
    await fundDeposit(p, 10_000n, 1n);
    await toRound(p, 10n);
  });

  const signedBy = (options: TicketOptions) => ticketOf(p, { signer: key, commitmentIndex: tried++, ...options });
  const redeem = async (options: TicketOptions) =>
    p.broker.connect(p.orchestrator).redeem(...redemptionOf(await signedBy(options)));
  /** {wei ETH} The most that one more winner of the key can take; null: it may not sign. */
  const roomIn = async (creationRound: bigint): Promise<bigint | null> => {
    const redemption = redemptionOf(await signedBy({ creationRound, faceValue: 9_000n }));
    const receipt = await (await p.broker.connect(p.orchestrator).redeemBatch(batchesOf([redemption]))).wait();
    const skipped = broker.interface.parseLog(receipt!.logs[0]!)!;
    const { name, args } = broker.interface.parseError(skipped.args["reason"] as string)!;
    if (name === "TicketBrokerInvalidSignature") return null;
    expect(name).to.equal("TicketBrokerSignerCapExceeded");
    const [, cap, need] = args as unknown as [string, bigint, bigint];
    return cap - (need - 9_000n);
  };

  it("reverts for the zero address", async function () {
    await expect(broker.authorizeSigner(ZeroAddress, 10, 1)).to.be.revertedWithCustomError(
      broker,
      "TicketBrokerZeroAddress",
    );
  });

  it("reverts for rounds that are over", async function () {
    await expect(broker.authorizeSigner(key, 9, 1))
      .to.be.revertedWithCustomError(broker, "TicketBrokerSignerRoundOver")
      .withArgs(9, 10);
    await broker.authorizeSigner(key, 10, 1);
  });

  it("reverts for rounds and caps that do not exist", async function () {
    await expect(broker.authorizeSigner(key, 2n ** 32n, 1)).to.be.revertedWithCustomError(
      broker,
      "SafeCastOverflowedUintDowncast",
    );
    await expect(broker.authorizeSigner(key, 10, 2n ** 96n)).to.be.revertedWithCustomError(
      broker,
      "SafeCastOverflowedUintDowncast",
    );
    await broker.authorizeSigner(key, 2n ** 32n - 1n, 2n ** 96n - 1n);
  });

  it("lets a new key sign tickets of the present round and of later ones, for its sender alone", async function () {
    expect(await roomIn(10n)).to.equal(null);
    await expect(broker.authorizeSigner(key, 11, 100))
      .to.emit(broker, "SignerAuthorized")
      .withArgs(p.broadcaster.address, key.address, 11, 100, 10);
    expect(await broker.signerOf(p.broadcaster, key)).to.deep.equal([11n, 100n, 0n, 10n]);
    expect(await broker.signerOf(p.stranger, key)).to.deep.equal([0n, 0n, 0n, 0n]);
    for (const [round, room] of [
      [8n, null],
      [9n, null],
      [10n, 100n],
    ] as const) {
      expect(await roomIn(round), `in ${round}`).to.equal(room);
    }
    await toRound(p, 12n);
    for (const [round, room] of [
      [10n, 100n],
      [11n, 100n],
      [12n, null],
    ] as const) {
      expect(await roomIn(round), `in ${round}`).to.equal(room);
    }
    await broker.fund(p.stranger, 0, { value: 10_000n });
    await expect(redeem({ sender: p.stranger.address })).to.be.revertedWithCustomError(
      broker,
      "TicketBrokerInvalidSignature",
    );
  });

  it("counts the winners of each creation round against the cap, to the wei", async function () {
    await broker.authorizeSigner(key, 20, 100);
    await redeem({ faceValue: 60n });
    await expect(redeem({ faceValue: 41n }))
      .to.be.revertedWithCustomError(broker, "TicketBrokerSignerCapExceeded")
      .withArgs(key.address, 100, 101);
    await redeem({ faceValue: 40n });
    expect(await broker.spentBy(p.broadcaster, key, 10)).to.equal(100);
    await expect(redeem({ faceValue: 1n })).to.be.revertedWithCustomError(broker, "TicketBrokerSignerCapExceeded");
    await redeem({ faceValue: 0n });
    await toRound(p, 11n);
    await redeem({ faceValue: 100n });
    expect(await broker.spentBy(p.broadcaster, key, 11)).to.equal(100);
    await redeem({ faceValue: 5_000n, creationRound: 10n, signer: p.broadcaster });
    expect(await broker.spentBy(p.broadcaster, key, 10)).to.equal(100);
    expect(await broker.spentBy(p.broadcaster, p.broadcaster, 10)).to.equal(0);
  });

  it("counts a key for all recipients together", async function () {
    await broker.authorizeSigner(key, 20, 100);
    await redeem({ faceValue: 60n });
    const signed = await signedBy({ faceValue: 41n, recipient: p.stranger.address });
    await expect(p.broker.connect(p.stranger).redeem(...redemptionOf(signed))).to.be.revertedWithCustomError(
      broker,
      "TicketBrokerSignerCapExceeded",
    );
  });

  it("changes a cap from the next round on, up or down, and never what holds for a round that has begun", async function () {
    await broker.authorizeSigner(key, 30, 100);
    for (const [round, cap] of [
      [12n, 50],
      [13n, 200],
      [14n, 0],
      [15n, 70],
    ] as const) {
      await toRound(p, round);
      await expect(broker.authorizeSigner(key, 30, cap))
        .to.emit(broker, "SignerAuthorized")
        .withArgs(p.broadcaster.address, key.address, 30, cap, round + 1n);
    }
    const caps = { 12: 100n, 13: 50n, 14: 200n, 15: 0n, 16: 70n, 17: 70n };
    for (let present = 15n; present <= 17n; present += 1n) {
      if (present > 15n) await toRound(p, present);
      for (let round = present - 2n; round <= present; round += 1n) {
        expect(await roomIn(round), `of ${round} in ${present}`).to.equal(caps[Number(round) as 12]);
      }
    }
  });

  it("changes a cap twice in a round, of which the last counts", async function () {
    await broker.authorizeSigner(key, 30, 100);
    await broker.authorizeSigner(key, 30, 7);
    await broker.authorizeSigner(key, 30, 8);
    expect(await broker.signerOf(p.broadcaster, key)).to.deep.equal([30n, 8n, 100n, 11n]);
    await toRound(p, 11n);
    expect(await roomIn(9n)).to.equal(null);
    expect(await roomIn(10n)).to.equal(100n);
    expect(await roomIn(11n)).to.equal(8n);
  });

  it("keeps a round to which a key came too late closed to it, whatever is authorized later", async function () {
    await broker.authorizeSigner(key, 30, 100);
    await toRound(p, 11n);
    await broker.authorizeSigner(key, 30, 50);
    expect(await roomIn(9n)).to.equal(null);
    expect(await roomIn(10n)).to.equal(100n);
  });

  it("keeps the cap that the first winner of a round found", async function () {
    await broker.authorizeSigner(key, 30, 100);
    await toRound(p, 11n);
    await redeem({ faceValue: 10n, creationRound: 11n });
    await broker.authorizeSigner(key, 30, 5);
    expect(await roomIn(11n)).to.equal(90n);
    await toRound(p, 12n);
    expect(await roomIn(11n)).to.equal(90n);
    expect(await roomIn(12n)).to.equal(5n);
  });

  it("revokes a key from the next round on, and never backwards", async function () {
    await broker.authorizeSigner(key, 30, 100);
    await toRound(p, 12n);
    const signed = await signedBy({ faceValue: 1n });
    await broker.authorizeSigner(key, 12, 0);
    await toRound(p, 13n);
    expect(await roomIn(13n)).to.equal(null);
    for (const round of [11n, 12n]) expect(await roomIn(round), `of ${round}`).to.equal(100n);
    await toRound(p, 14n);
    await p.broker.connect(p.orchestrator).redeem(...redemptionOf(signed));
    expect(await roomIn(12n)).to.equal(99n);
  });

  it("renews a key that had run out", async function () {
    await broker.authorizeSigner(key, 11, 100);
    await toRound(p, 20n);
    await broker.authorizeSigner(key, 30, 60);
    await toRound(p, 21n);
    expect(await roomIn(21n)).to.equal(60n);
  });

  it("keeps the rounds closed that began while a key had run out, whatever is authorized later", async function () {
    await broker.authorizeSigner(key, 13, 100);
    await toRound(p, 14n);
    await broker.authorizeSigner(key, 30, 60);
    expect(await broker.signerOf(p.broadcaster, key)).to.deep.equal([30n, 60n, 0n, 15n]);
    await broker.authorizeSigner(key, 30, 70);
    const caps = { 12: 100n, 13: 100n, 14: null, 15: 70n, 16: 70n };
    for (let present = 14n; present <= 16n; present += 1n) {
      if (present > 14n) await toRound(p, present);
      if (present === 15n) await broker.authorizeSigner(key, 30, 70);
      for (let round = present - 2n; round <= present; round += 1n) {
        const room = caps[Number(round) as 12];
        expect(await roomIn(round), `of ${round} in ${present}`).to.equal(room);
        expect(await broker.capOf(p.broadcaster, key, round), `of ${round} in ${present}`).to.equal(room ?? 0n);
      }
    }
  });

  it("gives a revoked key nothing back when it is authorized again", async function () {
    await broker.authorizeSigner(key, 30, 100);
    await toRound(p, 11n);
    await broker.authorizeSigner(key, 11, 7); // never holds: the key is revoked before
    await toRound(p, 13n);
    await broker.authorizeSigner(key, 30, 9);
    expect(await roomIn(11n)).to.equal(100n);
    for (const round of [12n, 13n]) expect(await roomIn(round), `of ${round}`).to.equal(null);
    await toRound(p, 14n);
    for (const round of [12n, 13n]) expect(await roomIn(round), `of ${round}`).to.equal(null);
    expect(await roomIn(14n)).to.equal(9n);
  });

  it("a stolen key costs its cap for each round that it may sign for and a ticket lives, and nothing else", async function () {
    await broker.authorizeSigner(key, 30, 100);
    await toRound(p, 15n);
    // Found out: the thief has signed for every round that it can, and goes on.
    await broker.authorizeSigner(key, 15, 0);
    let stolen = 0n;
    for (const round of [15n, 16n, 17n, 18n]) {
      if (round > 15n) await toRound(p, round);
      for (let made = round - 2n; made <= round; made += 1n) {
        const room = (await roomIn(made)) ?? 0n;
        if (room === 0n) continue;
        await redeem({ creationRound: made, faceValue: room });
        stolen += room;
      }
    }
    expect(stolen).to.equal(300);
    expect((await broker.getSender(p.broadcaster)).deposit).to.equal(9_700);
  });

  it("leaves unlocking, withdrawing and allocations to the sender itself", async function () {
    await broker.authorizeSigner(key, 30, 100);
    await expect(broker.connect(key).unlock()).to.be.revertedWithCustomError(broker, "TicketBrokerNothingToUnlock");
    await expect(broker.connect(key).withdraw()).to.be.revertedWithCustomError(broker, "TicketBrokerLocked");
  });

  it("stands in for a contract wallet, which cannot sign itself", async function () {
    const wallet = await p.bonding.getAddress();
    await p.networkHelpers.impersonateAccount(wallet);
    await p.networkHelpers.setBalance(wallet, 10n ** 18n);
    await p.broker.connect(await p.ethers.getSigner(wallet)).authorizeSigner(key, 30, 100);
    await broker.fund(wallet, 0, { value: 50n });
    await redeem({ sender: wallet, faceValue: 50n });
    expect(await broker.feesOf(p.orchestrator, 10)).to.equal(50);
  });
});
