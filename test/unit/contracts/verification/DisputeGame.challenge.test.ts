import { expect } from "chai";
import { id, ZeroAddress, ZeroHash } from "ethers";
import {
  bondOf,
  caseOf,
  challengeWith,
  type Court,
  digestOf,
  endOf,
  endWith,
  type Evidence,
  evidenceOf,
  openCourt,
  Outcome,
  programOf,
  saidBy,
  SERVICE,
} from "../../../fixtures/disputes.ts";
import { passRounds } from "../../../fixtures/protocol.ts";
import { receiptDigest } from "../../../../offchain/verification/messages.ts";
import type { Receipt } from "../../../../offchain/verification/interface.ts";

const BOND = 2_000_000n * 50n * 10n ** 9n + 25n * 10n ** 15n;

describe("DisputeGame.challenge", function () {
  let court: Court;
  let restore: () => Promise<void>;
  let end: Uint8Array;

  before(async () => {
    court = await openCourt(caseOf(programOf(10, 2)));
    end = endOf(court.trace);
    const snapshot = await court.networkHelpers.takeSnapshot();
    restore = () => snapshot.restore();
  });
  beforeEach(() => restore());

  const open = async (evidence: Evidence, finalState = end, challenger = court.broadcaster, value?: bigint) => {
    const { said } = await saidBy(court.trace, finalState);
    return court.disputes.connect(challenger).challenge(evidence, said, { value: value ?? (await bondOf(court)) });
  };
  const refused = (sent: Promise<unknown>, error: string) =>
    expect(sent, error).to.be.revertedWithCustomError(court.disputes, `DisputeGame${error}`);

  it("opens a dispute, holds the bond, and says what is claimed", async function () {
    const { disputes, bonding, orchestrator, broadcaster } = court;
    const evidence = await evidenceOf(court);
    expect(await bondOf(court)).to.equal(BOND);
    const sent = open(evidence);
    const digest = await digestOf(court, evidence.receipt);
    const wanted = court.ethers.solidityPackedKeccak256(["bytes32", "uint256"], [digest, 0]);
    const round = await court.rounds.currentRound();
    await expect(sent)
      .to.emit(disputes, "ChallengeOpened")
      .withArgs(wanted, orchestrator, broadcaster, SERVICE, round, BOND);
    await expect(sent).to.changeEtherBalances(court.ethers, [broadcaster, disputes], [-BOND, BOND]);
    expect(await disputes.outcomeOf(wanted)).to.equal(Outcome.Open);
    expect((await disputes.challengeOf(wanted)).games).to.equal(0n);
    expect((await bonding.getOrchestrator(orchestrator)).disputes).to.equal(1n);
  });

  it("knows a receipt by the digest that the node signs", async function () {
    const { receipt } = await evidenceOf(court);
    const { chainId } = await court.ethers.provider.getNetwork();
    const domain = { chainId, verifyingContract: await court.bonding.getAddress() };
    const outputs = receipt.outputs.map(({ root, length }) => ({ root: root as string, length: Number(length) }));
    const signed = { ...receipt, outputs, stepBound: BigInt(receipt.stepBound) } as unknown as Receipt;
    expect(receiptDigest(signed, domain)).to.equal(await digestOf(court, receipt));
  });

  it("takes a depth that reaches all steps, and two at least", async function () {
    for (const [step, depth] of [
      [1n, 2n],
      [256n, 2n],
      [257n, 3n],
      [4_096n, 3n],
      [4_097n, 4n],
      [2n ** 32n, 8n],
      [2n ** 40n, 10n],
    ] as const) {
      const { claim } = await challengeWith(court, endWith(end, { step }));
      expect(claim.depth, String(step)).to.equal(depth);
      await restore();
    }
  });

  it("V4: is possible once for each output of a receipt, and doubles the bond while others are open", async function () {
    const outputs = [
      { root: id("a"), length: 1 },
      { root: id("b"), length: 2 },
    ];
    const evidence = await evidenceOf(court, { outputs });
    for (const outputIndex of [0, 1]) {
      await open({ ...evidence, outputIndex });
      await refused(open({ ...evidence, outputIndex }), "Exists");
    }
    expect(await bondOf(court)).to.equal(4n * BOND);
    await refused(
      open(await evidenceOf(court, { sequence: 1 }), end, court.broadcaster, 4n * BOND - 1n),
      "BondMismatch",
    );
    await refused(
      open(await evidenceOf(court, { sequence: 1 }), end, court.broadcaster, 4n * BOND + 1n),
      "BondMismatch",
    );
    await open(await evidenceOf(court, { sequence: 1 }));
    expect(await court.disputes.bondFor(64)).to.equal(BOND << 64n);
    await refused(court.disputes.bondFor(65), "OutOfBounds");
  });

  it("is refused before the receipt's time and after its window", async function () {
    const { networkHelpers } = court;
    const now = (await networkHelpers.time.latest()) + 20_000;
    await refused(open(await evidenceOf(court, { timestamp: now })), "NotInWindow");
    for (const [passed, works] of [
      [10_800, true],
      [10_801, false],
    ] as const) {
      await networkHelpers.time.setNextBlockTimestamp(now + 1_000);
      const evidence = await evidenceOf(court, { timestamp: now + 1_000 - passed });
      const { said } = await saidBy(court.trace, end);
      const sent = court.disputes
        .connect(court.broadcaster)
        .challenge(evidence, said, { value: BOND, gasLimit: 1_000_000 });
      if (works) await sent;
      else await refused(sent, "NotInWindow");
      await restore();
    }
  });

  it("is refused where another contract or program judges, or nothing does", async function () {
    await refused(open(await evidenceOf(court, { program: id("other") })), "NotJudge");
    await refused(open(await evidenceOf(court, { service: id("GPUTranscoding") })), "NotJudge");
    await court.registry.approveVerification(SERVICE, court.registry, id("other"));
    await open(await evidenceOf(court));
    await passRounds(court, 15n);
    await refused(open(await evidenceOf(court)), "NotJudge");
  });

  it("is the broadcaster's and its keys' alone", async function () {
    const { broker, broadcaster, stranger, rounds, disputes } = court;
    const [other] = court.others;
    const evidence = await evidenceOf(court);
    await expect(open(evidence, end, stranger))
      .to.be.revertedWithCustomError(disputes, "DisputeGameNotParty")
      .withArgs(stranger, broadcaster);
    await broker.connect(broadcaster).authorizeSigner(stranger, await rounds.currentRound(), 1);
    await broker.connect(broadcaster).authorizeSigner(other!, await rounds.currentRound(), 0);
    await refused(open(evidence, end, other), "NotParty");
    await open(evidence, end, stranger);
  });

  it("asks for the order's signature, by the broadcaster or a key of it", async function () {
    const { broker, broadcaster, stranger, rounds } = court;
    const forged = [
      { orderSigner: stranger },
      { order: { timestamp: 1 } },
      { order: { recipient: stranger.address } },
      { order: { sequence: 7 } },
      { domain: { name: "Streamflow TicketBroker" } },
      { domain: { version: "2" } },
      { domain: { chainId: 1 } },
      { domain: { verifyingContract: stranger.address } },
    ];
    for (const options of forged) {
      const evidence = await evidenceOf(court, {}, options);
      await refused(
        open("order" in options ? { ...evidence, orderTimestamp: evidence.receipt.timestamp } : evidence),
        "InvalidSignature",
      );
    }
    await broker.connect(broadcaster).authorizeSigner(stranger, await rounds.currentRound(), 1);
    await open(await evidenceOf(court, {}, { orderSigner: stranger }));
  });

  it("asks for the receipt's signature, by the orchestrator", async function () {
    const { stranger, broadcaster } = court;
    await refused(open(await evidenceOf(court, {}, { receiptSigner: stranger })), "InvalidSignature");
    await refused(open(await evidenceOf(court, {}, { receiptSigner: broadcaster })), "InvalidSignature");
    const evidence = await evidenceOf(court);
    for (const signature of ["0x", ZeroHash, `0x${"00".repeat(65)}`]) {
      await refused(open({ ...evidence, receiptSignature: signature }), "InvalidSignature");
      await refused(open({ ...evidence, orderSignature: signature }), "InvalidSignature");
    }
    const { receipt } = evidence;
    for (const change of [
      { stream: id("other") },
      { sequence: 1 },
      { sourceRoot: id("other") },
      { sourceLength: 1 },
      { profilesHash: id("other") },
      { parametersRoot: id("other") },
      { stepBound: 11 },
      { outputs: [{ root: id("other"), length: 6 }] },
      { outputs: [{ ...receipt.outputs[0]!, length: 7 }] },
      { outputs: [...receipt.outputs, ...receipt.outputs] },
    ]) {
      await refused(open({ ...evidence, receipt: { ...receipt, ...change } }), "InvalidSignature");
    }
    await refused(open({ ...evidence, receipt: { ...receipt, sender: ZeroAddress } }), "NotParty");
  });

  it("takes a receipt key for the rounds in which it may sign, and never backwards", async function () {
    const { disputes, orchestrator, stranger, rounds } = court;
    const round = await rounds.currentRound();
    const mine = disputes.connect(orchestrator);
    await expect(mine.authorizeReceiptKey(stranger, round - 1n))
      .to.be.revertedWithCustomError(disputes, "DisputeGameKeyRoundOver")
      .withArgs(round - 1n, round);
    await expect(mine.authorizeReceiptKey(stranger, round + 5n))
      .to.emit(disputes, "ReceiptKeyAuthorized")
      .withArgs(orchestrator, stranger, round + 5n);
    expect(await disputes.receiptKeyUntil(orchestrator, stranger)).to.equal(round + 5n);
    await open(await evidenceOf(court, {}, { receiptSigner: stranger }));

    await passRounds(court, 1n);
    await mine.authorizeReceiptKey(stranger, round + 1n);
    await open(await evidenceOf(court, { sequence: 1 }, { receiptSigner: stranger }));
    await passRounds(court, 1n);
    await refused(open(await evidenceOf(court, { sequence: 2 }, { receiptSigner: stranger })), "InvalidSignature");
  });

  it("is about an output that exists, and about segments that fit into the machine", async function () {
    const evidence = await evidenceOf(court);
    await expect(open({ ...evidence, outputIndex: 1 }))
      .to.be.revertedWithCustomError(court.disputes, "DisputeGameNoSuchOutput")
      .withArgs(1, 1);
    const most = 2 ** 26;
    await refused(open(await evidenceOf(court, { sourceLength: most + 1 })), "OutOfBounds");
    await refused(open(await evidenceOf(court, { outputs: [{ root: id("a"), length: most + 1 }] })), "OutOfBounds");
    await open(await evidenceOf(court, { sourceLength: most, outputs: [{ root: id("a"), length: most }] }));
  });

  it("claims nothing but a fault, within the bound of steps", async function () {
    const evidence = await evidenceOf(court);
    for (const changes of [{ verdict: 0 }, { verdict: 1 }, { verdict: 3 }, { status: 0 }, { status: 3 }]) {
      await refused(open(evidence, endWith(end, changes)), "NoFault");
    }
    await refused(open(evidence, endWith(end, { step: 0n })), "OutOfBounds");
    await refused(open(await evidenceOf(court, { stepBound: 9 })), "OutOfBounds");
    await open(evidence, endWith(end, { status: 2 }));
    await open(await evidenceOf(court, { stepBound: 10 }));
    const { disputes, broadcaster } = court;
    const { said } = await saidBy(court.trace, end);
    for (const other of [said.slice(0, -2), `${said}00`]) {
      const another = await evidenceOf(court, { sequence: 1 });
      await refused(disputes.connect(broadcaster).challenge(another, other, { value: 4n * BOND }), "OutOfBounds");
    }
  });

  it("is stopped by a pause, which stops nothing else", async function () {
    const { disputes, broadcaster, orchestrator, networkHelpers } = court;
    const opened = await challengeWith(court, end);
    await expect(disputes.pause()).to.emit(disputes, "Paused");
    expect(await disputes.paused()).to.equal(true);
    await expect(open(await evidenceOf(court, { sequence: 1 }))).to.be.revertedWithCustomError(
      disputes,
      "EnforcedPause",
    );
    await disputes.connect(orchestrator).authorizeReceiptKey(broadcaster, 100);
    await networkHelpers.time.increase(43_201);
    await disputes.settle(opened.id, opened.claim);
    await expect(disputes.unpause()).to.emit(disputes, "Unpaused");
    await passRounds(court, 1n);
    await open(await evidenceOf(court, { sequence: 1 }));
  });
});
