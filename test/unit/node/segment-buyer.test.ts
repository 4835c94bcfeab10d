import { expect } from "chai";
import { id } from "ethers";
import pino from "pino";
import type { Quote } from "../../../offchain/discovery/interface.ts";
import { type ErrorCode, StreamflowError } from "../../../offchain/errors.ts";
import type { SourceSegment } from "../../../offchain/media/interface.ts";
import type { Call, PeerClient } from "../../../offchain/net/client.ts";
import { decodeForm, encodeForm, onlyFile } from "../../../offchain/net/form.ts";
import { segmentRequestSchema } from "../../../offchain/net/wire.ts";
import { type BuyerModules, type BuyerOptions, SegmentBuyer } from "../../../offchain/node/segment-buyer.ts";
import { StreamAccount } from "../../../offchain/node/stream-account.ts";
import { createSigner } from "../../../offchain/pm/crypto.ts";
import { agreementOn, STRUCTURE_PROGRAM, termsOf } from "../../../offchain/verification/agreement.ts";
import type { Accuser } from "../../../offchain/verification/evidence/interface.ts";
import type { Receipt } from "../../../offchain/verification/interface.ts";
import { parseOrder, receiptToWire, signReceipt, ZERO_HASH } from "../../../offchain/verification/messages.ts";
import { segmentRoot } from "../../../offchain/verification/root.ts";
import type { Judgement } from "../../../offchain/verification/structure/judge.ts";
import { expectCode } from "../pm/coded.ts";
import { createWorld, RECIPIENT, RECIPIENT_KEY, SENDER, SENDER_KEY, type World } from "../pm/world.ts";

const DOMAIN = { chainId: 31337n, verifyingContract: RECIPIENT };
const RENDITIONS = [
  { name: "240p", width: 426, height: 240, encoder: "auditable", preset: "veryfast", crf: 23 },
] as const;
const SOURCE = Buffer.from("a source");
const OUTPUT = Buffer.from("an output");
const SEGMENT = { sequence: 0, bytes: SOURCE, info: { frames: 1 } } as unknown as SourceSegment;
const FAULT: Judgement = { verdict: "fault", finding: null, sourcePictures: 1, outputPictures: 0, steps: 1 };

/** An orchestrator that answers every order with the same bytes, and signs them. */
class PeerClient__Fake {
  readonly #changes: Partial<Receipt>;

  constructor(changes: Partial<Receipt>) {
    this.#changes = changes;
  }

  async post({ body, contentType }: Call) {
    const form = decodeForm(body as Buffer, contentType);
    const { order, renditions } = segmentRequestSchema.parse(form.json);
    const { segment } = parseOrder(order);
    const { recipient: orchestrator, ...same } = segment;
    const receipt: Receipt = {
      ...same,
      orchestrator,
      outputs: [{ root: segmentRoot(OUTPUT), length: OUTPUT.length }],
      ...agreementOn(STRUCTURE_PROGRAM, termsOf(renditions), onlyFile(form, "media").length, [OUTPUT.length]),
      ...this.#changes,
    };
    const signed = await signReceipt(createSigner(RECIPIENT_KEY), receipt, DOMAIN);
    return encodeForm({
      json: { receipt: receiptToWire(signed), quote: {} },
      files: [{ field: "rendition", name: RENDITIONS[0].name, bytes: OUTPUT }],
    });
  }
}

describe("what was bought", () => {
  let world: World;
  let lines: Record<string, unknown>[];
  let accused: number;
  beforeEach(() => {
    world = createWorld();
    [lines, accused] = [[], 0];
  });
  afterEach(() => world.close());

  function buyerOf(
    changes: Partial<BuyerModules & Pick<BuyerOptions, "judgedOnly">> = {},
    receipt: Partial<Receipt> = {},
  ): SegmentBuyer {
    const { judgedOnly = false, ...modules } = changes;
    return new SegmentBuyer(
      {
        ...{ sender: SENDER, stream: id("stream"), service: id("CPUTranscoding"), renditions: RENDITIONS },
        ...{ domain: DOMAIN, timeoutMs: 1_000, judgedOnly },
      },
      {
        client: new PeerClient__Fake(receipt) as unknown as PeerClient,
        signer: createSigner(SENDER_KEY),
        clock: world.clock,
        currentRound: () => world.broker.round,
        judge: { judge: () => Promise.resolve([FAULT]) },
        accuser: { accuse: async () => void (accused += 1) },
        programFor: () => Promise.resolve(STRUCTURE_PROGRAM),
        log: pino({}, { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) }),
        ...modules,
      },
    );
  }

  async function buy(buyer: SegmentBuyer) {
    const session = await world.sender.startSession(await world.quote(), RECIPIENT);
    const quote = { listing: { orchestrator: RECIPIENT, url: new URL("http://127.0.0.1") }, session } as Quote;
    return buyer.buy(buyer.prepare(SEGMENT), quote, 10_000, new AbortController().signal);
  }

  it("V2: is FaultFound when the program finds a fault, and taken to the contract", async () => {
    await expectCode(buy(buyerOf()), "FaultFound");
    expect(accused).to.equal(1);
    expect(lines).to.deep.equal([]);
  });

  it("V2: is FaultFound, too, when it cannot be taken there, which is logged by its own code", async () => {
    const accuser: Accuser = { accuse: () => Promise.reject(new StreamflowError("SegmentStoreFull", "no room")) };
    await expectCode(buy(buyerOf({ accuser })), "FaultFound");
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({ level: 50, code: "SegmentStoreFull", orchestrator: RECIPIENT, sequence: 0 });
  });

  it("is accused of nothing that its receipt does not bind it to", async () => {
    await expectCode(buy(buyerOf({}, { outputs: [{ root: ZERO_HASH, length: OUTPUT.length }] })), "AnswerInvalid");
    await expectCode(buy(buyerOf({}, { stepBound: 1n })), "ReceiptInvalid");
    // The judge's own failure changes nothing, as long as the receipt is wrong.
    const judge = { judge: () => Promise.reject(new StreamflowError("JudgementTimedOut", "too late")) };
    await expectCode(buy(buyerOf({ judge }, { stepBound: 1n })), "ReceiptInvalid");
    await expectCode(buy(buyerOf({ judge })), "JudgementTimedOut");
    expect(accused).to.equal(0);
  });

  it("must be judged where the broadcaster insists on it, by a program that is known here", async () => {
    for (const program of [ZERO_HASH, id("another program")]) {
      const programFor = () => Promise.resolve(program);
      const unjudged = { program: ZERO_HASH, parametersRoot: ZERO_HASH, stepBound: 0n };
      const insisting = buyerOf({ judgedOnly: true, programFor }, unjudged);
      await expectCode(insisting.requireJudge(), "ServiceNotJudged");
      await expectCode(buy(insisting), "ServiceNotJudged");
      const careless = buyerOf({ programFor }, unjudged);
      await careless.requireJudge();
      await expectCode(buy(careless), "FaultFound");
    }
    await buyerOf({ judgedOnly: true }).requireJudge();
    expect(accused).to.equal(0);
  });

  it("begins, but is not bought, while a chain that is away does not say what judges it", async () => {
    const programFor = () => Promise.reject(new Error("no answer"));
    const insisting = buyerOf({ judgedOnly: true, programFor });
    await insisting.requireJudge();
    expect(await buy(insisting).catch((error: unknown) => (error as Error).message)).to.equal("no answer");
  });

  describe("when the orchestrator refuses it", () => {
    /** Refuses the first request with a code, and answers nothing of use to the second. */
    async function salts(code: ErrorCode): Promise<{ salts: bigint[]; counts: number[] }> {
      const session = await world.sender.startSession(await world.quote(), RECIPIENT);
      const quote = { listing: { orchestrator: RECIPIENT, url: new URL("http://127.0.0.1") }, session } as Quote;
      const sent: bigint[] = [];
      const client = {
        post: ({ body, contentType }: Call) => {
          const { payment } = segmentRequestSchema.parse(decodeForm(body as Buffer, contentType).json);
          sent.push((payment as { ticket: { salt: string } }).ticket.salt as unknown as bigint);
          return Promise.reject(new StreamflowError(code, "refused"));
        },
      } as unknown as PeerClient;
      const account = new StreamAccount();
      const buyer = buyerOf({
        client,
        onPaid: (payment) => account.paid(payment),
        onGivenBack: (payment) => account.givenBack(payment),
      });
      const counts: number[] = [];
      for (let i = 0; i < 2; i++) {
        await expectCode(buyer.buy(buyer.prepare(SEGMENT), quote, 10_000, new AbortController().signal), code);
        counts.push(account.ticketsSent);
      }
      return { salts: sent, counts };
    }

    for (const code of ["CapacityExceeded", "Overloaded"] as const)
      it(`P6: sends the same ticket again after ${code}, and counts none`, async () => {
        const {
          salts: [first, second],
          counts,
        } = await salts(code);
        expect(second).to.equal(first);
        expect(counts).to.deep.equal([0, 0]);
      });

    it("sends another one after what comes when the payment is taken", async () => {
      const {
        salts: [first, second],
        counts,
      } = await salts("TranscodeFailed");
      expect(second).not.to.equal(first);
      expect(counts).to.deep.equal([1, 2]);
    });
  });
});
