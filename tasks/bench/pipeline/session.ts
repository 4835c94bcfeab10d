import { randomBytes } from "node:crypto";
import { id as keccakId } from "ethers";
import { isStreamflowError } from "../../../offchain/errors.ts";
import { parseQuote } from "../../../offchain/discovery/signed-quote.ts";
import type { Rendition } from "../../../offchain/media/interface.ts";
import { outputPixels } from "../../../offchain/media/ladder.ts";
import type { PeerClient } from "../../../offchain/net/client.ts";
import { decodeForm, encodeForm } from "../../../offchain/net/form.ts";
import { QUOTE_PATH, SEGMENT_PATH } from "../../../offchain/net/wire.ts";
import { createSigner } from "../../../offchain/pm/crypto.ts";
import type { Payment, TicketDomain, TicketParams } from "../../../offchain/pm/interface.ts";
import { feeForPixels, winProbFor } from "../../../offchain/pm/price.ts";
import { paymentToWire } from "../../../offchain/pm/quote.ts";
import { signTicket } from "../../../offchain/pm/ticket.ts";
import type { VerificationDomain } from "../../../offchain/verification/interface.ts";
import { profilesHash, segmentToWire, signSegment } from "../../../offchain/verification/messages.ts";
import { segmentRoot } from "../../../offchain/verification/root.ts";

const SERVICE = keccakId("CPUTranscoding");
/** {ms} */
const ASK_MS = 60_000;
/** {bytes} */
const MAX_ANSWER_BYTES = 2 ** 26;

export interface SessionOptions {
  readonly orchestrator: { readonly address: string; readonly url: string };
  readonly tickets: TicketDomain;
  readonly orders: VerificationDomain;
  readonly renditions: readonly Rendition[];
  /** {1} Of every segment. */
  readonly frames: number;
}

/** A broadcaster's half of a session, which checks nothing: what is measured is the other half. */
export class Session {
  readonly #signer = createSigner(`0x${randomBytes(32).toString("hex")}`);
  readonly #stream = `0x${randomBytes(32).toString("hex")}`;
  readonly #options: SessionOptions;
  readonly #client: PeerClient;
  #params: TicketParams | undefined;
  #sequence = 0;

  constructor(options: SessionOptions, modules: { readonly client: PeerClient }) {
    this.#options = options;
    this.#client = modules.client;
  }

  get address(): string {
    return this.#signer.address;
  }

  /** Has a quote from now on. */
  async open(): Promise<void> {
    const question = { sender: this.address, service: SERVICE, nonce: `0x${randomBytes(32).toString("hex")}` };
    const { body } = await this.#post(QUOTE_PATH, JSON.stringify(question), "application/json");
    this.#params = parseQuote(JSON.parse(body.toString("utf8"))).quote.params;
  }

  /** Buys one segment; asks for a new quote when a round has ended meanwhile. */
  async buy(media: Buffer): Promise<void> {
    try {
      await this.#buy(media);
    } catch (error) {
      if (
        !["TicketExpired", "TicketParamsExpired", "CommitmentClosed"].some((code) =>
          isStreamflowError(error, code as never),
        )
      )
        throw error;
      await this.open();
      await this.#buy(media);
    }
  }

  async #buy(media: Buffer): Promise<void> {
    const { orders, orchestrator, renditions } = this.#options;
    const order = {
      ...{ sender: this.address, stream: this.#stream, sequence: this.#sequence++ },
      ...{ sourceRoot: segmentRoot(media), sourceLength: media.byteLength },
      ...{ profilesHash: profilesHash(renditions), service: SERVICE, recipient: orchestrator.address },
      timestamp: Math.floor(Date.now() / 1_000),
    };
    const request = encodeForm({
      json: {
        order: segmentToWire(await signSegment(this.#signer, order, orders)),
        ...{ renditions, payment: paymentToWire(await this.#pay()) },
      },
      files: [{ field: "media", name: "0.ts", bytes: media }],
    });
    const { body, contentType } = await this.#post(SEGMENT_PATH, request.body, request.contentType);
    const { json, files } = decodeForm(body, contentType);
    if (files.length !== renditions.length) throw new Error(`${files.length} renditions came`);
    this.#params = parseQuote((json as { quote: unknown }).quote).quote.params;
  }

  async #pay(): Promise<Payment> {
    const params = this.#params;
    const commitment = params?.commitments[0];
    if (params === undefined || commitment === undefined) throw new Error("the session is not open");
    const { renditions, frames, tickets } = this.#options;
    const { recipient, faceValue, creationRound, terms } = params;
    const fee = feeForPixels(terms.price, outputPixels(renditions, frames));
    const ticket = {
      ...{ recipient, sender: this.address, faceValue, creationRound, winProb: winProbFor(fee, faceValue) },
      ...{ commitment: commitment.commitment, commitmentIndex: commitment.index },
      salt: BigInt(`0x${randomBytes(16).toString("hex")}`),
    };
    return { ...(await signTicket(this.#signer, ticket, tickets)), terms };
  }

  #post(path: string, body: Buffer | string, contentType: string) {
    const url = new URL(path, this.#options.orchestrator.url);
    return this.#client.post({
      url,
      body,
      contentType,
      signal: AbortSignal.timeout(ASK_MS),
      maxBytes: MAX_ANSWER_BYTES,
    });
  }
}
