import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { StreamflowError } from "../../errors.ts";
import type { VerificationDomain } from "../interface.ts";
import { MAX_OUTPUTS, receiptDigest, ZERO_HASH } from "../messages.ts";
import { bytesOfWork, disputeIdOf, requireNamed } from "./evidence.ts";
import type {
  EvidenceKeeper,
  EvidenceRows,
  KeptFile,
  NamedBytes,
  SignedOutput,
  SignedWork,
  Work,
  WorkBytes,
} from "./interface.ts";

export interface SegmentStoreOptions {
  /** Where the files are; made if there is none. */
  readonly directory: string;
  readonly domain: VerificationDomain;
  /** {bytes} Of all files together. */
  readonly maximumBytes: number;
}

export interface SegmentStoreModules {
  readonly rows: EvidenceRows;
  readonly log: Logger;
}

/** The directory of the files in a node's data directory. */
export const segmentDirectory = (dataDir: string): string => join(dataDir, "segments");

/** Of a file that is being written. */
const UNFINISHED = ".part";
/** What a file system says that takes no more bytes. */
const FULL: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/**
 * Segments, renditions and parameters on disk, each in a file that is named by its root. They are needed until what was signed about them
 * cannot be challenged any more, and while a dispute is open; and there is a bound to what they take. A file is there before its row and goes
 * after it, so whatever stops the process, no row is without its file, and a file without a row is swept when the store is opened.
 */
export class SegmentStore implements EvidenceKeeper {
  readonly #options: SegmentStoreOptions;
  readonly #modules: SegmentStoreModules;
  /** {bytes} */
  #held = 0;
  /** What changes the store, one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(options: SegmentStoreOptions, modules: SegmentStoreModules) {
    this.#options = options;
    this.#modules = modules;
  }

  static async open(options: SegmentStoreOptions, modules: SegmentStoreModules): Promise<SegmentStore> {
    const store = new SegmentStore(options, modules);
    await mkdir(options.directory, { recursive: true });
    await store.#sweep();
    return store;
  }

  /** {bytes} What the files take. */
  get held(): number {
    return this.#held;
  }

  async keep(work: Work, bytes: WorkBytes): Promise<void> {
    if (work.receipt.receipt.program === ZERO_HASH) return;
    await this.add(work, bytesOfWork(work, bytes));
  }

  /** Keeps some of the bytes that belong to the work. Errors: `SegmentStoreFull`. */
  async add(work: SignedWork, bytes: readonly NamedBytes[]): Promise<void> {
    await this.#inTurn(async () => {
      await this.#makeRoom(bytes);
      const missing = this.#missing(bytes);
      try {
        for (const { root, bytes: content } of missing) await this.#write(root, content);
        const digest = receiptDigest(work.receipt.receipt, this.#options.domain);
        this.#modules.rows.add(digest, work, bytes.map(kept));
      } catch (cause) {
        // What no row names would take room until the next start.
        for (const { root } of missing) await this.#erase(root);
        if (!FULL.has((cause as { code?: unknown }).code)) throw cause;
        const detail = `nothing more can be written: ${(cause as Error).message}`;
        throw new StreamflowError("SegmentStoreFull", detail, {}, { cause });
      }
      this.#held += sizeOf(missing);
    });
  }

  /**
   * The bytes of a root, checked.
   * @param length {bytes} as signed; null for all that there is
   * Errors: `SegmentNotFound`, `EvidenceInvalid` when the file is damaged.
   */
  async read(root: string, length: number | null): Promise<Uint8Array> {
    const file = this.#modules.rows.file(root);
    const bytes = file === null ? null : await readFile(this.#fileOf(root)).catch(() => null);
    if (file === null || bytes === null) throw new StreamflowError("SegmentNotFound", `nothing is kept as ${root}`);
    return requireNamed({ root, region: file.region, bytes }, length);
  }

  /** What was signed about the output that a challenge is about, as far as it is known from the work that is kept. */
  find(id: string): SignedOutput | null {
    const { rows } = this.#modules;
    // Of thousands of receipts only the one that is looked for is read.
    for (const digest of rows.digests()) {
      for (let outputIndex = 0; outputIndex < MAX_OUTPUTS; outputIndex += 1) {
        if (disputeIdOf(digest, outputIndex) !== id) continue;
        const work = rows.work(digest);
        return work === null ? null : { ...work, outputIndex };
      }
    }
    return null;
  }

  /**
   * Drops what was signed before a time, but for what an open dispute is about.
   * @param time {s, Unix}
   */
  async dropBefore(time: number): Promise<void> {
    await this.#inTurn(async () => {
      for (;;) {
        const oldest = this.#modules.rows.oldest();
        if (oldest === null || oldest.signedAt >= time) return;
        await this.#drop(oldest.digest);
      }
    });
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Those that are not there yet, each once. */
  #missing(bytes: readonly NamedBytes[]): NamedBytes[] {
    const files = new Map(bytes.map((file) => [file.root, file]));
    return [...files.values()].filter(({ root }) => this.#modules.rows.file(root) === null);
  }

  async #makeRoom(bytes: readonly NamedBytes[]): Promise<void> {
    const { maximumBytes } = this.#options;
    // What is dropped may be a part of what is to be kept, so it is counted each time.
    for (let need = sizeOf(this.#missing(bytes)); this.#held + need > maximumBytes;) {
      const oldest = this.#modules.rows.oldest();
      if (oldest === null) {
        throw new StreamflowError("SegmentStoreFull", `${need} bytes are needed, of ${maximumBytes} there is no room`, {
          bytes: need,
          maximumBytes,
        });
      }
      this.#modules.log.warn(
        { code: "SegmentStoreFull", receipt: oldest.digest, signedAt: oldest.signedAt, maximumBytes },
        "evidence dropped that could still be needed: the store for segments is full",
      );
      await this.#drop(oldest.digest);
      need = sizeOf(this.#missing(bytes));
    }
  }

  async #drop(digest: string): Promise<void> {
    for (const { root, size } of this.#modules.rows.drop(digest)) {
      await rm(this.#fileOf(root), { force: true });
      this.#held -= size;
    }
  }

  async #write(root: string, bytes: Uint8Array): Promise<void> {
    const unfinished = `${this.#fileOf(root)}${UNFINISHED}`;
    const file = await open(unfinished, "w");
    try {
      await file.writeFile(bytes);
      // A name must never stand for less than its bytes, not even after a loss of power.
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(unfinished, this.#fileOf(root));
  }

  async #erase(root: string): Promise<void> {
    for (const ending of ["", UNFINISHED])
      await rm(`${this.#fileOf(root)}${ending}`, { force: true }).catch((error: unknown) =>
        this.#modules.log.warn({ err: error }, "a file of the store for segments stays"),
      );
  }

  async #sweep(): Promise<void> {
    const { directory } = this.#options;
    const known = new Map(this.#modules.rows.files().map((file) => [file.root, file]));
    for (const name of await readdir(directory)) if (!known.has(name)) await rm(join(directory, name), { force: true });
    this.#held = [...known.values()].reduce((sum, { size }) => sum + size, 0);
  }

  #fileOf(root: string): string {
    return join(this.#options.directory, root);
  }
}

const kept = ({ root, region, bytes }: NamedBytes): KeptFile => ({ root, region, size: bytes.length });

/** {bytes} */
const sizeOf = (files: readonly NamedBytes[]): number => files.reduce((sum, { bytes }) => sum + bytes.length, 0);
