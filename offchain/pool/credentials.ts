import { randomBytes, timingSafeEqual } from "node:crypto";
import { unwatchFile, watchFile } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import type { Logger } from "pino";
import { z } from "zod";
import { messageOf, StreamflowError } from "../errors.ts";
import { digestOf } from "../secrets.ts";

/** {ms} How soon a change of the file is noticed. Its time is looked at: editors and orchestrators of containers replace a file, which ends other watches. */
const LOOK_MS = 1_000;

export const transcoderNameSchema = z.string().regex(/^[a-z0-9_-]{1,32}$/, "1 to 32 characters of a-z, 0-9, _ and -");

const credentialSchema = z.strictObject({
  name: transcoderNameSchema,
  /** SHA-256 of the secret. A secret is 32 random bytes, so nobody can try them all, and a slow hash would add nothing. */
  hash: z.string().regex(/^[0-9a-f]{64}$/, "64 hexadecimal digits"),
});

const credentialsSchema = z
  .array(credentialSchema)
  .max(10_000)
  .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, "a name stands there twice");

/** What an orchestrator keeps of a transcoder's secret. */
export type Credential = z.infer<typeof credentialSchema>;

/** A new secret, `<name>.<43 characters>`, and what is kept of it. */
export function createCredential(name: string): { readonly credential: Credential; readonly secret: string } {
  const secret = `${name}.${randomBytes(32).toString("base64url")}`;
  return { secret, credential: { name, hash: digestOf(secret).toString("hex") } };
}

/** Errors: `ConfigInvalid`. */
export async function readCredentials(file: string): Promise<Credential[]> {
  try {
    return credentialsSchema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (cause) {
    const detail = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause);
    throw new StreamflowError("ConfigInvalid", `the credentials file ${file}: ${detail}`, {}, { cause });
  }
}

/** Replaces the file as a whole: who reads it at the same time sees the one or the other. */
export async function writeCredentials(file: string, credentials: readonly Credential[]): Promise<void> {
  const partial = `${file}.partial`;
  await writeFile(partial, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
  await rename(partial, file);
}

/** Who may join a pool, as its file says at present. */
export class Credentials {
  readonly #file: string;
  readonly #log: Logger;
  readonly #listeners = new Set<() => void>();
  #digests = new Map<string, Buffer>();
  readonly #onChange = () => void this.#readAgain();
  /** What an unknown name is compared with. */
  readonly #nobody = randomBytes(32);

  private constructor(file: string, modules: { readonly log: Logger }) {
    this.#file = file;
    this.#log = modules.log;
  }

  /** Errors: `ConfigInvalid`. Later a file that cannot be read is an error in the log, and what it said before holds. */
  static async open(file: string, modules: { readonly log: Logger }): Promise<Credentials> {
    const credentials = new Credentials(file, modules);
    await credentials.#read();
    watchFile(file, { interval: LOOK_MS, persistent: false }, credentials.#onChange);
    return credentials;
  }

  /** The name to which the secret belongs; null when it belongs to none. Takes the same time for any secret of the same length. */
  nameOf(secret: string): string | null {
    const name = secret.split(".", 1)[0] ?? "";
    const expected = this.#digests.get(name) ?? this.#nobody;
    return timingSafeEqual(digestOf(secret), expected) ? name : null;
  }

  /**
   * Calls the listener after each change.
   * @returns a function that ends this
   */
  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): void {
    unwatchFile(this.#file, this.#onChange);
    this.#listeners.clear();
  }

  async #read(): Promise<void> {
    const list = await readCredentials(this.#file);
    this.#digests = new Map(list.map(({ name, hash }) => [name, Buffer.from(hash, "hex")]));
  }

  async #readAgain(): Promise<void> {
    try {
      await this.#read();
    } catch (error) {
      this.#log.error({ err: error }, "credentials could not be read: those from before hold");
      return;
    }
    this.#log.info({ transcoders: this.#digests.size }, "credentials read again");
    for (const listener of this.#listeners) listener();
  }
}
