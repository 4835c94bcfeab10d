import { expect } from "chai";
import { id } from "ethers";
import { pino } from "pino";
import type { Quote } from "../../../offchain/discovery/interface.ts";
import type { SourceSegment } from "../../../offchain/media/interface.ts";
import { parseSegment } from "../../../offchain/media/mpegts.ts";
import type { Call, PeerClient } from "../../../offchain/net/client.ts";
import { Deadline } from "../../../offchain/net/deadline.ts";
import { decodeForm } from "../../../offchain/net/form.ts";
import { SegmentBuyer } from "../../../offchain/node/segment-buyer.ts";
import { createSigner } from "../../../offchain/pm/crypto.ts";
import type { Judgement } from "../../../offchain/verification/structure/judge.ts";
import { DOMAIN, sellerScene, SERVICE, smallSegment } from "../../fixtures/fuzz-servers.ts";
import { RECIPIENT, SENDER, SENDER_KEY } from "../pm/world.ts";

const RENDITION = { name: "small", width: 32, height: 32, encoder: "auditable", preset: "veryfast", crf: 23 } as const;
const OUTPUT = smallSegment(2);
const DONE = [{ name: RENDITION.name, bytes: OUTPUT, info: parseSegment(OUTPUT) }];
const PASS: Judgement = { verdict: "pass", finding: null, sourcePictures: 3, outputPictures: 3, steps: 1 };
const source = smallSegment();
const SEGMENT: SourceSegment = { sequence: 0, bytes: source, info: parseSegment(source) };

describe("the quote that comes with a segment", () => {
  let scene: Awaited<ReturnType<typeof sellerScene>>;
  let session: Quote["session"];
  let buyer: SegmentBuyer;
  /** Called between the seller's answer and the buyer. */
  let onAnswer: () => void;

  beforeEach(async () => {
    scene = await sellerScene();
    const { seller, world } = scene;
    onAnswer = () => undefined;
    scene.does(() => Promise.resolve(DONE));
    scene.judges(() => Promise.resolve([PASS]));
    session = await world.sender.startSession(await world.quote(), RECIPIENT);
    const client: Pick<PeerClient, "post"> = {
      post: async ({ body, contentType }: Call) => {
        const answer = await seller.segment(decodeForm(body as Buffer, contentType), new Deadline(10_000));
        onAnswer();
        return answer;
      },
    };
    buyer = new SegmentBuyer(
      {
        ...{ sender: SENDER, stream: id("stream"), service: SERVICE, renditions: [RENDITION], domain: DOMAIN },
        ...{ timeoutMs: 10_000, judgedOnly: false },
      },
      {
        client: client as PeerClient,
        signer: createSigner(SENDER_KEY),
        clock: world.clock,
        currentRound: () => world.broker.round,
        judge: { judge: () => Promise.resolve([PASS]) },
        accuser: null,
        programFor: () => Promise.resolve(`0x${"00".repeat(32)}`),
        log: pino({ level: "silent" }),
      },
    );
  });
  afterEach(() => scene.world.close());

  const buy = () => {
    const quote = { listing: { orchestrator: RECIPIENT, url: new URL("http://127.0.0.1") }, session } as Quote;
    return buyer.buy(buyer.prepare(SEGMENT), quote, 10_000, new AbortController().signal);
  };

  it("is for those that follow, and taken by the session", async () => {
    scene.world.clock.advance(1_000);
    const { renditions, renewal } = await buy();
    expect(renditions.map(({ bytes }) => bytes)).to.deep.equal([OUTPUT]);
    expect(session.params.terms).to.deep.equal(renewal!.quote.params.terms);
  });

  it("is missing when the sender gets none, which has been handed over what it paid for", async () => {
    // As when its ticket wins, and its deposit has not enough for another one.
    scene.does(() => {
      scene.world.broker.deposits.set(SENDER, 0n);
      return Promise.resolve(DONE);
    });
    const { terms } = session.params;
    const { renditions, renewal } = await buy();
    expect(renditions.map(({ bytes }) => bytes)).to.deep.equal([OUTPUT]);
    expect(renewal).to.equal(null);
    expect(session.params.terms, "the present one stands").to.equal(terms);
    expect(scene.seller.status().segments).to.equal(1);
  });

  it("is left when the sender does not take it, which keeps what it paid for", async () => {
    onAnswer = () => (scene.world.broker.isReadable = false);
    const { renditions, renewal } = await buy();
    expect(renditions.map(({ bytes }) => bytes)).to.deep.equal([OUTPUT]);
    expect(renewal).to.equal(null);
  });
});
