import { AwsClient } from "aws4fetch";
import { StreamflowError } from "../../errors.ts";
import type { Storage } from "./interface.ts";

export interface S3Options {
  /** Of the service: `https://s3.eu-central-1.amazonaws.com`, `http://127.0.0.1:9000`. */
  readonly endpoint: URL;
  readonly region: string;
  readonly bucket: string;
  /** Before each path, without slashes around it; may be empty. */
  readonly prefix: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** {ms} One request may take. */
  readonly timeoutMs: number;
}

/** The bucket is there, the object is not. */
const NO_SUCH_KEY = "NoSuchKey";
/** How often a request is sent before it has failed. */
const ATTEMPTS = 3;

/** A bucket of a service that speaks S3, addressed by path. Requests are signed (AWS Signature 4) and repeated when the service fails. */
export class S3Storage implements Storage {
  readonly #options: S3Options;
  readonly #client: AwsClient;

  constructor(options: S3Options) {
    const { accessKeyId, secretAccessKey, region } = options;
    this.#options = options;
    // Repeats are counted here, so that each has its own time limit.
    this.#client = new AwsClient({ accessKeyId, secretAccessKey, region, service: "s3", retries: 0 });
  }

  async put(path: string, content: Uint8Array | string, contentType: string): Promise<void> {
    const cacheControl = path.endsWith(".m3u8") ? "no-cache" : "public, max-age=86400";
    const body = typeof content === "string" ? content : new Uint8Array(content);
    await this.#ask(path, {
      method: "PUT",
      body,
      headers: { "content-type": contentType, "cache-control": cacheControl },
    });
  }

  get(path: string): Promise<Buffer | null> {
    return this.#ask(path, { method: "GET" });
  }

  async remove(path: string): Promise<void> {
    await this.#ask(path, { method: "DELETE" });
  }

  /** What the service answers; null when it has nothing there. */
  async #ask(path: string, request: RequestInit): Promise<Buffer | null> {
    const { endpoint, bucket, prefix, timeoutMs } = this.#options;
    const url = new URL([bucket, ...(prefix === "" ? [] : [prefix]), path].join("/"), endpoint);
    let reason = "";
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        const signal = AbortSignal.timeout(timeoutMs);
        // Redirects would take the signature, and the content, to where nobody wanted them.
        const response = await this.#client.fetch(url, { ...request, signal, redirect: "error" });
        const body = Buffer.from(await response.arrayBuffer());
        if (response.ok) return body;
        const code = codeIn(body.toString("utf8"));
        if (code === NO_SUCH_KEY) return null;
        reason = `status ${response.status} ${code}`.trim();
        if (response.status < 500 && response.status !== 429) break;
      } catch (error) {
        reason = ((error as Error).cause as Error | undefined)?.message ?? (error as Error).message;
      }
    }
    throw new StreamflowError("StorageFailed", `${url.pathname}: ${reason}`, { path });
  }
}

/** S3's name of the error, out of its XML. */
function codeIn(text: string): string {
  return /<Code>([A-Za-z0-9]{1,64})<\/Code>/.exec(text)?.[1] ?? "";
}
