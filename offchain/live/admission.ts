import { timingSafeEqual } from "node:crypto";
import { stat } from "node:fs/promises";
import JSON5 from "json5";
import { z } from "zod";
import { StreamflowError } from "../errors.ts";
import type { Profile } from "../media/interface.ts";
import { ladderSchema } from "../media/ladder.ts";
import { describeIssues } from "../pm/schema.ts";
import { digestOf, readSecrets } from "../secrets.ts";

export const streamNameSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "a name of letters, digits, - and _");
const keySchema = z.string().min(1).max(256);
const keysSchema = z
  .array(z.strictObject({ name: streamNameSchema, key: keySchema, ladder: ladderSchema.optional() }))
  .max(10_000);
/** What the webhook may say besides yes; it may have more to say to others. */
const answerSchema = z.object({ ladder: ladderSchema.optional() });

/** Who wants to send which stream, and what it has to show for it. */
export interface Publisher {
  readonly name: string;
  readonly key: string | null;
  readonly protocol: "http-push" | "mpegts" | "rtmp";
  /** Address of the other end. */
  readonly remote: string;
}

export interface AdmissionOptions {
  /** JSON5 file with names and keys; null: any name is free. */
  readonly keysFile: string | null;
  /** Asked besides; null: nobody. */
  readonly webhookUrl: string | null;
  readonly webhookMs: number;
}

/** An encoder that may send. */
export interface Admitted {
  /** What the same encoder is known by later. */
  readonly credential: string;
  /** Wanted of its stream; null: what is wanted of any. */
  readonly ladder: readonly Profile[] | null;
}

interface KnownKey {
  readonly digest: Buffer;
  readonly ladder: readonly Profile[] | null;
}

/** Bytes that are read of a webhook's answer, and characters that are passed on of a refusal. */
const MOST_READ = 65_536;
const MOST_SAID = 1_000;

/** Decides who may send a stream: by the operator's file, by the operator's webhook, by both. */
export class Admission {
  readonly #options: AdmissionOptions;
  #keys: ReadonlyMap<string, KnownKey> = new Map();
  #readAt = Number.NaN;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /**
   * The webhook's ladder goes before the file's.
   * @throws StreamflowError StreamKeyInvalid, StreamRefused, WebhookFailed; ConfigInvalid when the file of keys cannot be read
   */
  async admit(publisher: Publisher): Promise<Admitted> {
    const listed = await this.#checkKey(publisher);
    const ladder = (await this.#askWebhook(publisher)) ?? listed;
    return { credential: digest(publisher.key).toString("hex"), ladder };
  }

  /** Whether this is who was admitted; its key may have been withdrawn since, which counts from the next stream on. */
  isSame(credential: string, publisher: Publisher): boolean {
    return timingSafeEqual(Buffer.from(credential, "hex"), digest(publisher.key));
  }

  async #checkKey({ name, key }: Publisher): Promise<KnownKey["ladder"]> {
    const { keysFile } = this.#options;
    if (keysFile === null) return null;
    await this.#readKeys(keysFile);
    const expected = this.#keys.get(name);
    // An unknown name takes as long as a wrong key, and says the same.
    const matches = timingSafeEqual(expected?.digest ?? digest(""), digest(key));
    if (expected === undefined || key === null || !matches)
      throw new StreamflowError("StreamKeyInvalid", `${key === null ? "no key" : "a wrong key"} for ${name}`);
    return expected.ladder;
  }

  async #readKeys(file: string): Promise<void> {
    const mtimeMs = await stat(file).then(
      (found) => found.mtimeMs,
      // Reading it tells why.
      () => Number.NaN,
    );
    if (mtimeMs === this.#readAt) return;
    const parsed = keysSchema.safeParse(await readSecrets(file, { name: "JSON5", parse: JSON5.parse }));
    if (!parsed.success) throw new StreamflowError("ConfigInvalid", `${file}: ${describeIssues(parsed.error)}`);
    this.#keys = new Map(
      parsed.data.map(({ name, key, ladder }) => [name, { digest: digest(key), ladder: ladder ?? null }]),
    );
    this.#readAt = mtimeMs;
  }

  async #askWebhook({ name, key, protocol, remote }: Publisher): Promise<KnownKey["ladder"]> {
    const { webhookUrl, webhookMs } = this.#options;
    if (webhookUrl === null) return null;
    let status: number;
    let said: string;
    try {
      const response = await fetch(webhookUrl, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ event: "publish", name, key, protocol, remote }),
        // The operator named one address, and no other is asked.
        redirect: "error",
        signal: AbortSignal.timeout(webhookMs),
      });
      status = response.status;
      said = await beginningOf(response);
    } catch (cause) {
      throw new StreamflowError(
        "WebhookFailed",
        `the webhook was not reached: ${(cause as Error).message}`,
        {},
        { cause },
      );
    }
    if (status >= 200 && status < 300) return ladderIn(said);
    if (status >= 400 && status < 500) {
      const why = said.slice(0, MOST_SAID).replace(/\s+/g, " ").trim();
      throw new StreamflowError("StreamRefused", `the webhook refused ${name}${why === "" ? "" : `: ${why}`}`, {
        status,
      });
    }
    throw new StreamflowError("WebhookFailed", `the webhook answered with status ${status}`, { status });
  }
}

/** What is wanted of the stream, by an answer that admits it; null: it does not say. @throws StreamflowError WebhookFailed */
function ladderIn(said: string): KnownKey["ladder"] {
  let json: unknown;
  try {
    json = JSON.parse(said);
  } catch {
    // A bare "ok" is an answer, too.
    return null;
  }
  const parsed = answerSchema.safeParse(json);
  if (!parsed.success)
    throw new StreamflowError("WebhookFailed", `the webhook's answer is not valid: ${describeIssues(parsed.error)}`);
  return parsed.data.ladder ?? null;
}

async function beginningOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= MOST_READ) break;
  }
  return Buffer.concat(chunks).toString("utf8", 0, MOST_READ);
}

/** What a key is known by; no key is not the empty one. */
function digest(key: string | null): Buffer {
  return digestOf(key === null ? "none" : `key:${key}`);
}
