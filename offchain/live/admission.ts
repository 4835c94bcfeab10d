import { timingSafeEqual } from "node:crypto";
import { stat } from "node:fs/promises";
import JSON5 from "json5";
import { z } from "zod";
import { StreamflowError } from "../errors.ts";
import { describeIssues } from "../pm/schema.ts";
import { digestOf, readSecrets } from "../secrets.ts";

export const streamNameSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "a name of letters, digits, - and _");
const keySchema = z.string().min(1).max(256);
const keysSchema = z.array(z.strictObject({ name: streamNameSchema, key: keySchema })).max(10_000);

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

/** Bytes that are read of a webhook's answer. */
const MOST_SAID = 1_000;

/** Decides who may send a stream: by the operator's file, by the operator's webhook, by both. */
export class Admission {
  readonly #options: AdmissionOptions;
  #keys: ReadonlyMap<string, Buffer> = new Map();
  #readAt = Number.NaN;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /**
   * @returns what the same encoder is known by later
   * @throws StreamflowError StreamKeyInvalid, StreamRefused, WebhookFailed; ConfigInvalid when the file of keys cannot be read
   */
  async admit(publisher: Publisher): Promise<string> {
    await this.#checkKey(publisher);
    await this.#askWebhook(publisher);
    return digest(publisher.key).toString("hex");
  }

  /** Whether this is who was admitted; its key may have been withdrawn since, which counts from the next stream on. */
  isSame(credential: string, publisher: Publisher): boolean {
    return timingSafeEqual(Buffer.from(credential, "hex"), digest(publisher.key));
  }

  async #checkKey({ name, key }: Publisher): Promise<void> {
    const { keysFile } = this.#options;
    if (keysFile === null) return;
    await this.#readKeys(keysFile);
    const expected = this.#keys.get(name);
    // An unknown name takes as long as a wrong key, and says the same.
    const matches = timingSafeEqual(expected ?? digest(""), digest(key));
    if (expected === undefined || key === null || !matches)
      throw new StreamflowError("StreamKeyInvalid", `${key === null ? "no key" : "a wrong key"} for ${name}`);
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
    this.#keys = new Map(parsed.data.map((entry) => [entry.name, digest(entry.key)]));
    this.#readAt = mtimeMs;
  }

  async #askWebhook({ name, key, protocol, remote }: Publisher): Promise<void> {
    const { webhookUrl, webhookMs } = this.#options;
    if (webhookUrl === null) return;
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
    if (status >= 200 && status < 300) return;
    if (status >= 400 && status < 500)
      throw new StreamflowError("StreamRefused", `the webhook refused ${name}${said === "" ? "" : `: ${said}`}`, {
        status,
      });
    throw new StreamflowError("WebhookFailed", `the webhook answered with status ${status}`, { status });
  }
}

async function beginningOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const { value } = (await reader.read()) as { value?: Uint8Array };
  await reader.cancel();
  return Buffer.from(value ?? [])
    .toString("utf8", 0, MOST_SAID)
    .replace(/\s+/g, " ")
    .trim();
}

/** What a key is known by; no key is not the empty one. */
function digest(key: string | null): Buffer {
  return digestOf(key === null ? "none" : `key:${key}`);
}
