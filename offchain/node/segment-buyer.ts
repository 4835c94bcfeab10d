import type { Logger } from "pino";
import { asStreamflowError, type ErrorCode, type ErrorData, isStreamflowError, StreamflowError } from "../errors.ts";
import type { Quote } from "../discovery/interface.ts";
import { parseQuote, type SignedQuote, verifyQuote } from "../discovery/signed-quote.ts";
import type { Rendition, SegmentInfo, SourceSegment, TranscodedRendition } from "../media/interface.ts";
import { judgeStructure, outputPixels } from "../media/ladder.ts";
import { parseSegment } from "../media/mpegts.ts";
import type { Answer } from "../net/answer.ts";
import type { PeerClient } from "../net/client.ts";
import { decodeForm, encodeForm, type Form } from "../net/form.ts";
import { SEGMENT_PATH, segmentAnswerSchema } from "../net/wire.ts";
import type { Clock, DigestSigner, Payment } from "../pm/interface.ts";
import { feeForPixels } from "../pm/price.ts";
import { paymentToWire, ticketParamsToWire } from "../pm/quote.ts";
import { describeIssues } from "../pm/schema.ts";
import { agreementOn, requireAgreement, type Terms, termsOf } from "../verification/agreement.ts";
import type { Accuser, Evidence, EvidenceBytes } from "../verification/evidence/interface.ts";
import type { Segment, SignedReceipt, SignedSegment, VerificationDomain } from "../verification/interface.ts";
import {
  parseReceipt,
  profilesHash,
  segmentDigest,
  segmentToWire,
  signSegment,
  verifyReceipt,
  ZERO_HASH,
} from "../verification/messages.ts";
import { segmentRoot } from "../verification/root.ts";
import { describeFault } from "../verification/structure/findings.ts";
import type { Judgement } from "../verification/structure/judge.ts";
import type { Judge } from "../verification/structure/threaded-judge.ts";

/** {s} How far the signed time of a receipt may lie before its order or ahead of now: it decides until when it can be challenged. */
const RECEIPT_SKEW_S = 300;
/** A rendition is not expected to be larger than the source many times over [bytes]. */
const MAX_ANSWER_BYTES = 268_435_456;

/** Refusals that an orchestrator gives before it takes the payment, and never after (LIP-9). */
const BEFORE_PAYMENT: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["CapacityExceeded", "Overloaded"]);

export interface BuyerOptions {
  /** Who orders and pays; the signer's key is its own, or one that may sign for it. */
  readonly sender: string;
  readonly stream: string;
  readonly service: string;
  readonly renditions: readonly Rendition[];
  readonly domain: VerificationDomain;
  /** How long one orchestrator has for one segment [ms]. */
  readonly timeoutMs: number;
  /** Whether work is refused that no program judges. */
  readonly judgedOnly: boolean;
}

export interface BuyerModules {
  readonly client: PeerClient;
  readonly signer: DigestSigner;
  readonly clock: Clock;
  readonly currentRound: () => number;
  readonly judge: Judge;
  /** Null: faults are not challenged. */
  readonly accuser: Accuser | null;
  /** Program that judges a receipt of a service signed at a time {s, Unix}; zero when none does. */
  readonly programFor: (service: string, timestamp: number) => Promise<string>;
  /** Told of each ticket before it leaves. */
  readonly onPaid?: (payment: Payment) => void;
  /** Told of each that was refused before it was taken, as the orchestrator says. */
  readonly onGivenBack?: (payment: Payment) => void;
  readonly log: Logger;
}

/** A segment with its root, which any order for it needs. */
export interface PreparedSegment {
  readonly segment: SourceSegment;
  readonly sourceRoot: string;
}

export interface Bought {
  readonly renditions: readonly TranscodedRendition[];
  readonly receipt: SignedReceipt;
  /** The quote for what follows, which the session has taken; null when it goes on with the one that it has. */
  readonly renewal: SignedQuote | null;
}

/** Buys the transcoding of single segments: signs the order, pays, and checks what comes back before anyone sees it. */
export class SegmentBuyer {
  readonly #options: BuyerOptions;
  readonly #modules: BuyerModules;
  readonly #profilesHash: string;
  readonly #terms: Terms;

  constructor(options: BuyerOptions, modules: BuyerModules) {
    this.#options = options;
    this.#modules = modules;
    this.#profilesHash = profilesHash(options.renditions);
    this.#terms = termsOf(options.renditions);
  }

  /**
   * Refuses a stream of which nothing can be bought. A chain that does not answer is no reason to: each receipt is looked at by itself.
   * Errors: `ServiceNotJudged`.
   */
  async requireJudge(): Promise<void> {
    const { service, judgedOnly } = this.#options;
    if (!judgedOnly) return;
    const now = Math.floor(this.#modules.clock.now() / 1000);
    const program = await this.#modules.programFor(service, now).catch(() => null);
    if (program !== null) this.#requireJudged(agreementOn(program, this.#terms, 0, []).program);
  }

  /** The part of the work that depends on nobody: to be done while the segment waits for a place. */
  prepare(segment: SourceSegment): PreparedSegment {
    return { segment, sourceRoot: segmentRoot(segment.bytes) };
  }

  /**
   * @param remainingMs {ms} that the answer is of use for
   * @throws StreamflowError the orchestrator's refusal, PeerFailed, PeerUnverified, AnswerInvalid, ReceiptInvalid or QuoteInvalid when what came back is not what was
   * ordered, FaultFound when the program that judges the service calls it a fault, ServiceNotJudged when no program does and one is asked for
   */
  async buy(
    { segment, sourceRoot }: PreparedSegment,
    { listing, session }: Quote,
    remainingMs: number,
    signal: AbortSignal,
  ): Promise<Bought> {
    const begun = performance.now();
    const { client, signer, clock, currentRound } = this.#modules;
    const { sender, stream, service, renditions, domain, timeoutMs } = this.#options;
    const order: Segment = {
      sender,
      stream,
      sequence: segment.sequence,
      sourceRoot,
      sourceLength: segment.bytes.byteLength,
      profilesHash: this.#profilesHash,
      service,
      recipient: listing.orchestrator,
      timestamp: Math.floor(clock.now() / 1000),
    };
    // From here on it is paid, whatever comes of it, unless the orchestrator says that it has not taken the payment.
    signal.throwIfAborted();
    const fee = feeForPixels(session.params.terms.price, outputPixels(renditions, segment.info.frames));
    const payment = await session.createTicket(fee, currentRound());
    this.#modules.onPaid?.(payment);
    try {
      const signed = await signSegment(signer, order, domain);
      const request = encodeForm({
        json: {
          order: segmentToWire(signed),
          renditions,
          payment: paymentToWire(payment),
        },
        files: [{ field: "media", name: `${segment.sequence}.ts`, bytes: segment.bytes }],
      });
      // Hashing and signing took some of it.
      const waitMs = Math.min(timeoutMs, remainingMs - (performance.now() - begun));
      const answer = await client.post({
        url: new URL(SEGMENT_PATH, listing.url),
        orchestrator: listing.orchestrator,
        ...request,
        remainingMs: Math.max(1, Math.floor(waitMs)),
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        maxBytes: MAX_ANSWER_BYTES,
      });
      const form = readAnswer(answer);
      const parsed = segmentAnswerSchema.safeParse(form.json);
      if (!parsed.success) return invalid(describeIssues(parsed.error), parsed.error);
      const outputs = this.#outputsOf(form);
      const { parameters } = this.#terms;
      const judging = this.#modules.judge.judge({ parameters, source: segment.bytes, outputs });
      // It is waited for further down: the receipt is checked while the judge's thread works.
      judging.catch(() => undefined);
      const receipt = await this.#checkReceipt(parsed.data.receipt, order, outputs);
      // Before any other check of what it is about: what is signed and wrong is worth more than a refusal.
      await this.#requireFaultless({ order: signed, receipt }, segment, outputs, await judging);
      const results = this.#checkRenditions(segment, outputs);
      const renewal = await this.#renew(session, parsed.data.quote, order);
      return { renditions: results, receipt, renewal };
    } catch (error) {
      if (isStreamflowError(error) && BEFORE_PAYMENT.has(error.code)) {
        session.giveBack(payment);
        this.#modules.onGivenBack?.(payment);
      }
      throw error;
    } finally {
      session.settle(payment);
    }
  }

  /** Good work is not thrown away because there is no quote for what follows, or none that the session takes. Errors: `QuoteInvalid`. */
  async #renew(session: Quote["session"], answer: unknown, order: Segment): Promise<SignedQuote | null> {
    if (answer === null) return null;
    const { domain } = this.#options;
    const renewal = parseQuote(answer);
    const { sender, service, sequence, recipient: orchestrator } = order;
    verifyQuote(renewal, { sender, service, nonce: segmentDigest(order, domain), orchestrator }, domain);
    try {
      await session.update(ticketParamsToWire(renewal.quote.params));
      return renewal;
    } catch (thrown) {
      const { code, message: detail } = asStreamflowError(thrown);
      this.#modules.log.warn({ orchestrator, sequence, code, detail }, "quote for what follows not taken");
      return null;
    }
  }

  /** In the order of the renditions that were asked for. */
  #outputsOf({ files }: Form): Buffer[] {
    const byName = new Map(
      files.filter(({ field }) => field === "rendition").map(({ name, bytes }) => [name, bytes] as const),
    );
    return this.#options.renditions.map(({ name }) => {
      const bytes = byName.get(name);
      if (bytes === undefined) return invalid(`rendition ${name} is missing`);
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    });
  }

  #checkRenditions(segment: SourceSegment, outputs: readonly Buffer[]): TranscodedRendition[] {
    return this.#options.renditions.map((asked, index) => {
      const bytes = outputs[index]!;
      let info;
      try {
        info = parseSegment(bytes);
      } catch (cause) {
        return invalid(`rendition ${asked.name}: ${(cause as Error).message}`, cause);
      }
      const reason = judgeStructure(segment.info, asked, info);
      if (reason !== null)
        throw new StreamflowError("AnswerInvalid", `rendition ${asked.name}: ${reason}`, measured(asked.name, info));
      return { name: asked.name, bytes, info };
    });
  }

  async #checkReceipt(answer: unknown, order: Segment, outputs: readonly Uint8Array[]): Promise<SignedReceipt> {
    const signed = parseReceipt(answer);
    const { receipt } = signed;
    verifyReceipt(signed, this.#options.domain, { segment: order, renditions: outputs.length });
    const now = this.#modules.clock.now() / 1000;
    if (receipt.timestamp < order.timestamp - RECEIPT_SKEW_S || receipt.timestamp > now + RECEIPT_SKEW_S) {
      const detail = `the receipt's time is ${receipt.timestamp}, the order's ${order.timestamp}`;
      throw new StreamflowError("ReceiptInvalid", detail, { field: "timestamp" });
    }
    const program = await this.#modules.programFor(receipt.service, receipt.timestamp);
    const lengths = outputs.map(({ byteLength }) => byteLength);
    requireAgreement(receipt, agreementOn(program, this.#terms, order.sourceLength, lengths));
    this.#requireJudged(receipt.program);
    // What takes longest comes last.
    receipt.outputs.forEach(({ root, length }, index) => {
      const bytes = outputs[index];
      if (bytes === undefined || length !== bytes.byteLength || root !== segmentRoot(bytes))
        invalid("the receipt is not for these renditions");
    });
    return signed;
  }

  #requireJudged(program: string): void {
    if (!this.#options.judgedOnly || program !== ZERO_HASH) return;
    const { service } = this.#options;
    throw new StreamflowError("ServiceNotJudged", `no program that is known here judges ${service}`, { service });
  }

  /** Every segment is judged, and not a sample of them. What the program cannot judge is none of its faults. */
  async #requireFaultless(
    work: { readonly order: SignedSegment; readonly receipt: SignedReceipt },
    { bytes: source }: SourceSegment,
    outputs: readonly Uint8Array[],
    judgements: readonly Judgement[],
  ): Promise<void> {
    const outputIndex = judgements.findIndex(({ verdict }) => verdict === "fault");
    if (outputIndex === -1) return;
    // One fault of a segment is enough: a second one costs its orchestrator nothing more.
    if (work.receipt.receipt.program !== ZERO_HASH) {
      const evidence = { ...work, parameters: this.#terms.bytes, outputIndex };
      await this.#accuse(evidence, { source, output: outputs[outputIndex]! });
    }
    const reason = describeFault(judgements[outputIndex]!.finding);
    const { name } = this.#options.renditions[outputIndex]!;
    throw new StreamflowError("FaultFound", `${name}: ${reason}`, {
      output: outputIndex,
      ...measured(name, readable(outputs[outputIndex]!)),
    });
  }

  /** A fault is one whether or not it can be taken to the contract. */
  async #accuse(evidence: Evidence, bytes: EvidenceBytes): Promise<void> {
    try {
      await this.#modules.accuser?.accuse(evidence, bytes);
    } catch (thrown) {
      const { code, data } = asStreamflowError(thrown);
      const { orchestrator, stream, sequence } = evidence.receipt.receipt;
      this.#modules.log.error(
        { ...data, code, orchestrator, stream, sequence, err: thrown },
        "fault found that cannot be challenged",
      );
    }
  }
}

/** What a refused rendition was, to be compared with what others make of the segment. */
function measured(rendition: string, info: SegmentInfo | null): ErrorData {
  return info === null ? {} : { rendition, frames: info.frames, durationTicks: info.durationTicks };
}

function readable(output: Uint8Array): SegmentInfo | null {
  try {
    return parseSegment(output);
  } catch {
    return null;
  }
}

function readAnswer({ body, contentType }: Answer): Form {
  try {
    return decodeForm(body, contentType);
  } catch (cause) {
    return invalid(`the answer cannot be read: ${(cause as Error).message}`, cause);
  }
}

function invalid(reason: string, cause?: unknown): never {
  throw new StreamflowError("AnswerInvalid", reason, {}, { cause });
}
