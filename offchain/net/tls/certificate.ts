import { createPrivateKey, generateKeyPair, X509Certificate } from "node:crypto";
import { unwatchFile, watchFile } from "node:fs";
import { readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Logger } from "pino";
import { messageOf, StreamflowError } from "../../errors.ts";
import { spkiHashOf } from "./server-key.ts";

/** {ms} How soon a change of the files is noticed. Their time is looked at: who renews them often replaces them, which ends other watches. */
const LOOK_MS = 1_000;
/** {bit} */
const RSA_BITS = 2_048;
/** RFC 5280, 4.1.2.5: it has no end of its own. What ends is the statement for its key. */
const NO_END = new Date("9999-12-31T23:59:59Z");

/** Where a certificate is, PEM with the server's own first, and its private key. */
export interface CertificateFiles {
  readonly certificateFile: string;
  /** Null: somebody else has it, who ends TLS before this node. */
  readonly keyFile: string | null;
}

/** What a TLS server is given. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** The certificate that clients are shown, as its files say at present. */
export class Certificate {
  readonly #files: CertificateFiles;
  readonly #log: Logger;
  readonly #listeners = new Set<() => void>();
  #pair: KeyPair | null = null;
  #spkiHash = "";
  readonly #onChange = () => void this.#readAgain();

  private constructor(files: CertificateFiles, modules: { readonly log: Logger }) {
    this.#files = files;
    this.#log = modules.log;
  }

  /** Errors: `ConfigInvalid`. Later files that cannot be read, or do not fit together, are a warning in the log, and what they held before is used. */
  static async open(files: CertificateFiles, modules: { readonly log: Logger }): Promise<Certificate> {
    const certificate = new Certificate(files, modules);
    await certificate.#read();
    for (const file of certificate.#watched)
      watchFile(file, { interval: LOOK_MS, persistent: false }, certificate.#onChange);
    return certificate;
  }

  /** Null when the private key is elsewhere. */
  get pair(): KeyPair | null {
    return this.#pair;
  }

  /** bytes32 of its public key (LIP-11). */
  get spkiHash(): string {
    return this.#spkiHash;
  }

  /** Calls the listener after each change. */
  watch(listener: () => void): void {
    this.#listeners.add(listener);
  }

  close(): void {
    for (const file of this.#watched) unwatchFile(file, this.#onChange);
    this.#listeners.clear();
  }

  get #watched(): string[] {
    const { certificateFile, keyFile } = this.#files;
    return keyFile === null ? [certificateFile] : [certificateFile, keyFile];
  }

  async #read(): Promise<void> {
    const { certificateFile, keyFile } = this.#files;
    try {
      const cert = await readFile(certificateFile, "utf8");
      const first = new X509Certificate(cert);
      const key = keyFile === null ? null : await readPrivateKey(keyFile);
      if (key !== null && !first.checkPrivateKey(createPrivateKey(key)))
        throw new Error(`the key in ${keyFile} is not that of the certificate`);
      this.#spkiHash = spkiHashOf(first);
      this.#pair = key === null ? null : { cert, key };
    } catch (cause) {
      const detail = `the certificate ${certificateFile}: ${messageOf(cause)}`;
      throw new StreamflowError("ConfigInvalid", detail, {}, { cause });
    }
  }

  async #readAgain(): Promise<void> {
    try {
      await this.#read();
    } catch (error) {
      this.#log.warn({ err: error }, "certificate could not be read: the one from before is used");
      return;
    }
    this.#log.info({ serverKey: this.#spkiHash }, "certificate read again");
    for (const listener of this.#listeners) listener();
  }
}

async function readPrivateKey(file: string): Promise<string> {
  const { mode } = await stat(file);
  if ((mode & 0o077) !== 0)
    throw new Error(`${file} can be read by others (mode ${(mode & 0o777).toString(8)}); run chmod 600 on it`);
  return readFile(file, "utf8");
}

/** The files of a node's own certificate in its directory; made there at the first time. */
export async function ownCertificate(dir: string, name: string): Promise<CertificateFiles> {
  const files = { certificateFile: join(dir, "tls.crt"), keyFile: join(dir, "tls.key") };
  const exist = await Promise.all(Object.values(files).map((file) => stat(file).catch(() => null)));
  if (exist.every((found) => found !== null)) return files;
  const { cert, key } = await selfSigned(name);
  // The key first: a certificate without one would not be made again.
  await writeWhole(files.keyFile, key);
  await writeWhole(files.certificateFile, cert);
  return files;
}

async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.partial`, text, { mode: 0o600 });
  await rename(`${file}.partial`, file);
}

/** A new key, and a certificate for it that nobody vouches for. */
export async function selfSigned(name: string): Promise<KeyPair> {
  // Needed once in a node's life, and slow to load.
  const { default: forge } = await import("node-forge");
  const { privateKey: key } = await promisify(generateKeyPair)("rsa", {
    modulusLength: RSA_BITS,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const parsed = forge.pki.privateKeyFromPem(key);
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.setRsaPublicKey(parsed.n, parsed.e);
  certificate.serialNumber = "01";
  certificate.validity.notBefore = new Date();
  certificate.validity.notAfter = NO_END;
  const names = [{ name: "commonName", value: name }];
  certificate.setSubject(names);
  certificate.setIssuer(names);
  certificate.sign(parsed, forge.md.sha256.create());
  return { cert: forge.pki.certificateToPem(certificate), key };
}
