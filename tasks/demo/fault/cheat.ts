import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FfmpegRunner } from "../../../offchain/media/interface.ts";
import type { Deadline } from "../../../offchain/net/deadline.ts";
import { decodeForm, encodeForm, type Form } from "../../../offchain/net/form.ts";
import { segmentAnswerSchema, segmentRequestSchema } from "../../../offchain/net/wire.ts";
import type { Shop } from "../../../offchain/node/orchestrator-routes.ts";
import type { DigestSigner } from "../../../offchain/pm/interface.ts";
import { agreementOn, termsOf } from "../../../offchain/verification/agreement.ts";
import type { Work, WorkBytes } from "../../../offchain/verification/evidence/interface.ts";
import type { VerificationDomain } from "../../../offchain/verification/interface.ts";
import { parseOrder, parseReceipt, receiptToWire, signReceipt } from "../../../offchain/verification/messages.ts";
import { segmentRoot } from "../../../offchain/verification/root.ts";

/** Ways to work less: what ffmpeg is told about a rendition that was made honestly. */
export const CHEATS = {
  frames: ["-vf", "select='not(mod(n,2))'"],
  size: ["-vf", "scale=trunc(iw/4)*2:trunc(ih/4)*2"],
  /** No program that judges structure sees it. */
  frozen: ["-vf", "split[a][b];[a][b]freezeframes=first=1:last=100000:replace=0"],
} as const;
export type CheatName = keyof typeof CHEATS;

const REMAKE_MS = 60_000;

export interface CheatModules {
  readonly seller: Shop;
  readonly runner: FfmpegRunner;
  readonly signer: DigestSigner;
  readonly domain: VerificationDomain;
  /** Which of the segments that it sells; without it the first. */
  readonly spoils?: "first" | "all";
  /** What it has signed, which nobody should. */
  readonly onSigned: (work: Work, bytes: WorkBytes) => Promise<void>;
}

/** An orchestrator's shop that spoils the first rendition of segments that it sells, and signs it all the same. */
export class Cheat implements Shop {
  readonly #cheat: CheatName;
  readonly #modules: CheatModules;
  #hasCheated = false;

  constructor(cheat: CheatName, modules: CheatModules) {
    this.#cheat = cheat;
    this.#modules = modules;
  }

  quote(body: unknown): Promise<object> {
    return this.#modules.seller.quote(body);
  }

  status(): ReturnType<Shop["status"]> {
    return this.#modules.seller.status();
  }

  async segment(form: Form, deadline: Deadline): Promise<{ body: Buffer; contentType: string }> {
    const { seller, signer, domain, spoils, onSigned } = this.#modules;
    const answer = await seller.segment(form, deadline);
    if (this.#hasCheated && spoils !== "all") return answer;
    this.#hasCheated = true;
    const { json, files } = decodeForm(answer.body, answer.contentType);
    const honest = segmentAnswerSchema.parse(json);
    const { receipt } = parseReceipt(honest.receipt);
    const { order, renditions } = segmentRequestSchema.parse(form.json);

    const [first, ...others] = files;
    const spoilt = [{ ...first!, bytes: await this.#spoil(first!.bytes) }, ...others];
    const outputs = spoilt.map(({ bytes }) => bytes);
    const terms = termsOf(renditions);
    const lengths = outputs.map(({ byteLength }) => byteLength);
    const signed = await signReceipt(
      signer,
      {
        ...receipt,
        outputs: outputs.map((bytes) => ({ root: segmentRoot(bytes), length: bytes.byteLength })),
        ...agreementOn(receipt.program, terms, receipt.sourceLength, lengths),
      },
      domain,
    );
    const source = form.files.find(({ field }) => field === "media")!.bytes;
    await onSigned({ order: parseOrder(order), receipt: signed, parameters: terms.bytes }, { source, outputs });
    return encodeForm({ json: { ...(json as object), receipt: receiptToWire(signed) }, files: spoilt });
  }

  async #spoil(rendition: Uint8Array): Promise<Uint8Array> {
    const directory = await mkdtemp(join(tmpdir(), "streamflow-cheat-"));
    try {
      const [from, to] = [join(directory, "from.ts"), join(directory, "to.ts")];
      await writeFile(from, rendition);
      const options = [
        ...CHEATS[this.#cheat],
        ...["-c:v", "libx264", "-preset", "superfast", "-c:a", "copy"],
        // Every picture that is left keeps its time.
        ...["-fps_mode", "passthrough", "-enc_time_base", "1:90000", "-muxdelay", "0", "-muxpreload", "0"],
        ...["-avoid_negative_ts", "disabled", "-f", "mpegts"],
      ];
      await this.#modules.runner.run({
        global: ["-v", "error", "-copyts"],
        inputs: [{ source: from, options: ["-f", "mpegts"] }],
        outputs: [{ target: to, options }],
        timeoutMs: REMAKE_MS,
      });
      return await readFile(to);
    } finally {
      await rm(directory, { recursive: true });
    }
  }
}
