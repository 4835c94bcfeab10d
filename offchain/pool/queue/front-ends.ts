import { StreamflowError } from "../../errors.ts";
import type { PeerClient } from "../../net/client.ts";
import { decodeForm, encodeForm, onlyFile } from "../../net/form.ts";
import { parseRequest } from "../../net/parse.ts";
import { WORK_PATH } from "../../net/wire.ts";
import { segmentRoot } from "../../verification/root.ts";
import type { Work } from "../interface.ts";
import { MAX_FRAME_BYTES } from "../protocol.ts";
import { type JobData, orderedWorkSchema } from "./messages.ts";

/** {ms} For a source to come. */
const TAKE_MS = 5_000;
/** {ms} That a front end which did not answer is not asked: else its work would keep a place from the others' for TAKE_MS, again and again. */
const SILENT_MS = 5_000;
/** {bytes} Of the answer to renditions. */
const MAX_ANSWER_BYTES = 65_536;

export interface FrontEndsOptions {
  /** By their number, as the operator has named them. */
  readonly urls: readonly URL[];
  /** This transcoder's own. */
  readonly secret: string;
}

/** The front ends of a queue, as a transcoder sees them. */
export class FrontEnds {
  readonly #options: FrontEndsOptions;
  readonly #client: PeerClient;
  /** {ms} By number; on the monotonic clock. */
  readonly #silentUntil = new Map<number, number>();

  constructor(options: FrontEndsOptions, modules: { readonly client: PeerClient }) {
    this.#options = options;
    this.#client = modules.client;
  }

  /**
   * The work of a job.
   * Errors: `PeerFailed`, and those that the front end answers with: `WorkGone`, `TranscoderLeftOut`, `CredentialRefused`.
   */
  async take(id: string, job: JobData, signal: AbortSignal): Promise<Pick<Work, "media" | "renditions" | "timeoutMs">> {
    const { body, contentType } = await this.#ask(job.frontEnd, (url) =>
      this.#client.get({
        url: new URL(`${WORK_PATH}${id}`, url),
        bearer: this.#options.secret,
        signal: AbortSignal.any([signal, AbortSignal.timeout(TAKE_MS)]),
        maxBytes: MAX_FRAME_BYTES + MAX_ANSWER_BYTES,
      }),
    );
    const form = decodeForm(body, contentType, 2);
    const work = parseRequest(orderedWorkSchema, form.json["work"]);
    const media = onlyFile(form, "media");
    if (media.byteLength !== job.length || segmentRoot(media) !== job.root)
      throw new StreamflowError("PeerFailed", `front end ${job.frontEnd} sent another source than that of the job`);
    return { ...work, media };
  }

  /** Brings the renditions, in the order asked for. Errors: as `take`; `TranscodeFailed` when they are not what was asked for. */
  async deliver(id: string, frontEnd: number, parts: readonly Uint8Array[], signal: AbortSignal): Promise<void> {
    const form = encodeForm({
      json: {},
      files: parts.map((bytes, index) => ({ field: "rendition", name: `${index}.ts`, bytes })),
    });
    await this.#ask(frontEnd, (url) =>
      this.#client.post({
        ...form,
        url: new URL(`${WORK_PATH}${id}`, url),
        bearer: this.#options.secret,
        signal,
        maxBytes: MAX_ANSWER_BYTES,
      }),
    );
  }

  async #ask<T>(frontEnd: number, ask: (url: URL) => Promise<T>): Promise<T> {
    const url = this.#options.urls[frontEnd];
    if (url === undefined) throw new StreamflowError("PeerFailed", `front end ${frontEnd} has no address here`);
    if (performance.now() < (this.#silentUntil.get(frontEnd) ?? 0))
      throw new StreamflowError("PeerFailed", `front end ${frontEnd} did not answer a moment ago`);
    try {
      return await ask(url);
    } catch (error) {
      if (error instanceof StreamflowError && error.code === "PeerFailed" && error.data["status"] === undefined)
        this.#silentUntil.set(frontEnd, performance.now() + SILENT_MS);
      throw error;
    }
  }
}
