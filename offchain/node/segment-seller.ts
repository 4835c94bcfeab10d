import type { Logger } from "pino";
import { asStreamflowError, isStreamflowError, StreamflowError } from "../errors.ts";
import { type QuoteSubject, quoteToWire, signQuote } from "../discovery/signed-quote.ts";
import type { Rendition, SegmentInfo, TranscodedRendition } from "../media/interface.ts";
import { outputPixels } from "../media/ladder.ts";
import { parseSegment } from "../media/mpegts.ts";
import type { Deadline } from "../net/deadline.ts";
import { encodeForm, onlyFile, type Form } from "../net/form.ts";
import { parseRequest } from "../net/parse.ts";
import { quoteRequestSchema, segmentRequestSchema, type Status } from "../net/wire.ts";
import type { Clock, DigestSigner, Price, Recipient, Redeemer } from "../pm/interface.ts";
import { feeForPixels } from "../pm/price.ts";
import type { Place, TranscoderPool, Work } from "../pool/interface.ts";
import { agreementOn, termsOf } from "../verification/agreement.ts";
import type { EvidenceKeeper } from "../verification/evidence/interface.ts";
import type { Receipt, Segment, SignedReceipt, SignedSegment, VerificationDomain } from "../verification/interface.ts";
import {
  parseOrder,
  profilesHash,
  receiptToWire,
  recoverOrderSigner,
  segmentDigest,
  signReceipt,
} from "../verification/messages.ts";
import { segmentRoot } from "../verification/root.ts";
import { describeFault } from "../verification/structure/findings.ts";
import type { Judge } from "../verification/structure/threaded-judge.ts";
import type { LostWork } from "./lost-work.ts";
import type { Room } from "./room.ts";
import { SaleAdmission } from "./sale-admission.ts";

/** How far the signed time of an order may be from ours [s]. */
const ORDER_SKEW_S = 300;

export interface SellerOptions {
  readonly address: string;
  readonly price: Price;
  /** Identifiers of the services that are sold. */
  readonly services: ReadonlySet<string>;
  readonly domain: VerificationDomain;
  readonly limits: {
    readonly segmentBytes: number;
    readonly segmentFrames: number;
    readonly renditions: number;
    readonly renditionPixels: number;
    readonly transcodeMs: number;
  };
}

export interface SellerModules {
  readonly recipient: Recipient;
  readonly redeemer: Redeemer;
  readonly pool: TranscoderPool;
  readonly signer: DigestSigner;
  readonly judge: Judge;
  readonly lostWork: LostWork;
  /** Null: whoever challenges what is signed has to be refuted by others. */
  readonly keeper: EvidenceKeeper | null;
  /** For the ticket, and for what is kept. */
  readonly room: Pick<Room, "reserve">;
  /** Program that judges a receipt of a service signed at a time {s, Unix}; zero when none does. */
  readonly programFor: (service: string, timestamp: number) => Promise<string>;
  readonly clock: Clock;
  /** {wei} For a quote made now. */
  readonly faceValue: () => Promise<bigint>;
  readonly log: Logger;
}

/** The orchestrator's shop: quotes, and segments in exchange for tickets. Knows nothing of HTTP. */
export class SegmentSeller {
  readonly #options: SellerOptions;
  readonly #modules: SellerModules;
  readonly #admission = new SaleAdmission();
  readonly #counts = { quotes: 0, segments: 0, received: 0, won: 0 };

  constructor(options: SellerOptions, modules: SellerModules) {
    this.#options = options;
    this.#modules = modules;
  }

  /** Errors: RequestInvalid, ServiceNotOffered, TooMuchWorkLost, CapacityExceeded, LowPMBalance and the others of the risk policy. */
  async quote(body: unknown): Promise<object> {
    const question = parseRequest(quoteRequestSchema, body);
    this.#checkService(question.service);
    this.#modules.lostWork.check(question.sender);
    if (this.#modules.pool.capacity() === 0)
      throw new StreamflowError("CapacityExceeded", "no transcoder is connected", { capacity: 0 });
    const quote = await this.#signedQuote(question);
    this.#counts.quotes++;
    return quote;
  }

  /**
   * One segment: checks the order, takes a place in the pool and room on the disk, looks whether there is time enough, then takes the payment, then does the work and
   * judges it. Nothing is paid for what is refused before the payment; a fee is taken from the sender's credit only when the work is done and not a fault, or
   * when the buyer has gone while it was done.
   */
  async segment(form: Form, deadline: Deadline): Promise<{ body: Buffer; contentType: string }> {
    const { pool, recipient, redeemer, log } = this.#modules;
    const begun = performance.now();
    const { order: ordered, renditions, payment } = parseRequest(segmentRequestSchema, form.json);
    const media = onlyFile(form, "media");
    const { signed, signer } = this.#checkOrder(ordered, media, renditions);
    const order = signed.segment;
    this.#modules.lostWork.check(order.sender);
    const source = this.#checkMedia(media, renditions);
    await this.#checkSigner(order, signer);

    const place = pool.reserve();
    let release = () => {};
    let leave = () => {};
    try {
      // Renditions are smaller than their source, or hardly larger.
      release = await this.#modules.room.reserve(media.byteLength * (1 + renditions.length));
      requireWanted(deadline);
      leave = this.#admission.enter(place.expected({ source, renditions }), deadline.remainingMs);
      const fee = feeForPixels(recipient.quotedPrice(payment), outputPixels(renditions, source.frames));
      const received = await recipient.receive(payment, {
        ...{ sender: order.sender, fee },
        // The chain may have been slow.
        check: () => requireWanted(deadline),
      });
      this.#counts.received++;
      if (received.won) {
        this.#counts.won++;
        redeemer.notify();
        log.info(
          {
            ...{ sender: order.sender, stream: order.stream, sequence: order.sequence },
            round: received.ticket.creationRound,
            index: received.ticket.commitmentIndex.toString(),
            faceValue: received.ticket.faceValue.toString(),
          },
          "ticket won",
        );
      }
      const workBegun = performance.now();
      const outputs = await this.#work({ media, source, renditions }, place, deadline).catch((thrown: unknown) => {
        const error = deadline.signal.aborted ? asStreamflowError(deadline.signal.reason) : paidFailure(thrown);
        const { code, message: detail } = error;
        const { sender, stream, sequence } = order;
        // As if it had been done: else whoever closes a connection just before the end has the work for nothing.
        if (code === "BuyerGone") recipient.charge(sender, fee);
        log[code === "BuyerGone" ? "info" : "warn"]({ code, detail, sender, stream, sequence }, "paid work failed");
        throw error;
      });
      const workMs = Math.round(performance.now() - workBegun);
      const workEnded = performance.now();
      const receipt = await this.#receipt(signed, { media, renditions, outputs }).catch((error: unknown) => {
        this.#countLoss(order, error);
        throw error;
      });
      recipient.charge(order.sender, fee);
      this.#counts.segments++;
      const answer = encodeForm({
        json: { receipt: receiptToWire(receipt), quote: await this.#renewal(order) },
        files: outputs.map(({ name, bytes }) => ({ field: "rendition", name, bytes })),
      });
      this.#admission.observe(performance.now() - workEnded);
      const { stream, sequence } = order;
      log.info(
        { stream, sequence, fee: fee.toString(), workMs, totalMs: Math.round(performance.now() - begun) },
        "segment sold",
      );
      return answer;
    } finally {
      leave();
      release();
      place.release();
    }
  }

  status(): Status {
    const { pending, redeemed, expired } = this.#modules.redeemer.counts();
    const { quotes, segments, received, won } = this.#counts;
    const capacity = this.#modules.pool.capacity();
    return {
      orchestrator: this.#options.address,
      selling: true,
      capacity,
      quotes,
      segments,
      tickets: { received, won, pending, redeemed, expired },
    };
  }

  /** Work that cannot be signed is not charged: who brings it about again and again must not go on for ever. */
  #countLoss({ sender, stream, sequence }: Segment, error: unknown): void {
    if (!isStreamflowError(error, "FaultForeseen") && !isStreamflowError(error, "JudgementTimedOut")) return;
    const losses = this.#modules.lostWork.count(sender);
    this.#modules.log.warn({ code: error.code, sender, stream, sequence, losses }, "work lost: it cannot be signed");
  }

  async #signedQuote({ sender, service, nonce }: QuoteSubject): Promise<object> {
    const { recipient, pool, signer, faceValue } = this.#modules;
    const { address: orchestrator, price, domain } = this.#options;
    const params = await recipient.quote(sender, { price, faceValue: await faceValue() });
    // The work of a pool that has just lost its last transcoder is done by the next one.
    const capacity = Math.max(1, pool.capacity());
    return quoteToWire(await signQuote(signer, { orchestrator, sender, service, nonce, capacity, params }, domain));
  }

  /** A quote for what follows; null when the sender gets none. What it has paid for is handed over all the same: its own ticket may just have won. */
  async #renewal(order: Segment): Promise<object | null> {
    const { sender, service, stream, sequence } = order;
    try {
      return await this.#signedQuote({ sender, service, nonce: segmentDigest(order, this.#options.domain) });
    } catch (thrown) {
      const { code, message: detail } = asStreamflowError(thrown);
      this.#modules.log.warn({ code, detail, sender, stream, sequence }, "no quote for what follows");
      return null;
    }
  }

  #checkService(service: string): void {
    if (!this.#options.services.has(service))
      throw new StreamflowError("ServiceNotOffered", `service ${service} is not offered`);
  }

  /** The order is for us, for these bytes and these renditions, now; and who signed it. */
  #checkOrder(
    signed: unknown,
    media: Uint8Array,
    renditions: readonly Rendition[],
  ): { signed: SignedSegment; signer: string } {
    const parsed = parseOrder(signed);
    const signer = recoverOrderSigner(parsed, this.#options.domain, this.#options.address);
    const order = parsed.segment;
    this.#checkService(order.service);
    const mismatch = (what: string) =>
      new StreamflowError("SegmentFormatDidntMatchJobInputParams", `${what} is not what the order says`);
    if (order.sourceLength !== media.byteLength) throw mismatch("the segment's length");
    if (order.profilesHash !== profilesHash(renditions)) throw mismatch("the list of renditions");
    const skew = Math.abs(this.#modules.clock.now() / 1000 - order.timestamp);
    if (skew > ORDER_SKEW_S) {
      throw new StreamflowError(
        "OrderExpired",
        `the order's time is ${Math.round(skew)} s away, at most ${ORDER_SKEW_S} s are accepted`,
        { skewSeconds: Math.round(skew) },
      );
    }
    if (order.sourceRoot !== segmentRoot(media)) throw mismatch("the segment's root");
    return { signed: parsed, signer };
  }

  /** Asks the chain about hot keys, so it comes last. */
  async #checkSigner({ sender }: Segment, signer: string): Promise<void> {
    if (await this.#modules.recipient.maySign(sender, signer)) return;
    throw new StreamflowError(
      "SegmentSignatureInvalid",
      `signed by ${signer}, which is neither the sender ${sender} nor a key that may sign for it`,
    );
  }

  #checkMedia(media: Uint8Array, renditions: readonly Rendition[]): SegmentInfo {
    const { limits } = this.#options;
    const over = (what: string, have: number, limit: number) =>
      new StreamflowError("LimitExceeded", `${what}: ${have}, at most ${limit} are accepted`, { have, limit });
    if (renditions.length > limits.renditions) throw over("renditions", renditions.length, limits.renditions);
    for (const { width, height } of renditions) {
      if (width * height > limits.renditionPixels)
        throw over("pixels of a rendition", width * height, limits.renditionPixels);
    }
    const info = parseSegment(media);
    if (info.frames > limits.segmentFrames) throw over("frames of the segment", info.frames, limits.segmentFrames);
    const pixels = info.video.width * info.video.height;
    if (pixels > limits.renditionPixels) throw over("pixels of the source", pixels, limits.renditionPixels);
    return info;
  }

  /** Whoever does it is given what is left of the time. Nothing is done of what has run out of it, or whose buyer has gone, while it was paid. */
  async #work(
    work: Omit<Work, "timeoutMs">,
    place: Place,
    { remainingMs, signal }: Deadline,
  ): Promise<TranscodedRendition[]> {
    signal.throwIfAborted();
    const timeoutMs = Math.max(1, Math.min(this.#options.limits.transcodeMs, remainingMs));
    const outputs = await place.transcode({ ...work, timeoutMs }, signal);
    // Nobody would see what is judged and signed now.
    signal.throwIfAborted();
    return outputs;
  }

  /**
   * Signs nothing that the program would call a fault: a source can be made so that honest work on it is one. What is signed can be defended
   * before anyone has it.
   */
  async #receipt(
    signed: SignedSegment,
    work: {
      readonly media: Uint8Array;
      readonly renditions: readonly Rendition[];
      readonly outputs: readonly TranscodedRendition[];
    },
  ): Promise<SignedReceipt> {
    const { clock, signer, judge, keeper, programFor } = this.#modules;
    const order = signed.segment;
    const { sender, stream, sequence, sourceRoot, sourceLength, profilesHash: profiles, service } = order;
    const terms = termsOf(work.renditions);
    const bytes = work.outputs.map((output) => output.bytes);
    const timestamp = Math.floor(clock.now() / 1000);
    const judging = judge.judge({ parameters: terms.parameters, source: work.media, outputs: bytes });
    // It is waited for further down.
    judging.catch(() => undefined);
    const program = await programFor(service, timestamp);
    // While the judge's thread works.
    const outputs = bytes.map((output) => ({ root: segmentRoot(output), length: output.byteLength }));
    (await judging).forEach(({ verdict, finding }, index) => {
      if (verdict !== "fault") return;
      throw new StreamflowError("FaultForeseen", `${work.renditions[index]!.name}: ${describeFault(finding)}`);
    });

    const lengths = bytes.map(({ byteLength }) => byteLength);
    const receipt: Receipt = {
      orchestrator: this.#options.address,
      sender,
      stream,
      sequence,
      sourceRoot,
      sourceLength,
      outputs,
      profilesHash: profiles,
      service,
      ...agreementOn(program, terms, sourceLength, lengths),
      timestamp,
    };
    const answer = await signReceipt(signer, receipt, this.#options.domain);
    const evidence = { order: signed, receipt: answer, parameters: terms.bytes };
    await keeper?.keep(evidence, { source: work.media, outputs: bytes });
    return answer;
  }
}

/** Before the payment: what comes too late, or for nobody, is not paid for. Errors: `Overloaded`, `BuyerGone`. */
function requireWanted({ signal }: Deadline): void {
  if (!signal.aborted) return;
  if (isStreamflowError(signal.reason, "BuyerGone")) throw signal.reason;
  throw new StreamflowError("Overloaded", "its time was over before it was paid", { retryAfterSeconds: 1 });
}

/** It is paid, and a transcoder may say anything: its buyer must not take it for a refusal that cost nothing. */
function paidFailure(cause: unknown): StreamflowError {
  const error = asStreamflowError(cause);
  if (error.code === "TranscodeFailed" || error.code === "TranscoderLost") return error;
  return new StreamflowError("TranscodeFailed", `${error.code}: ${error.message}`, {}, { cause });
}
