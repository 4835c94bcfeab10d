import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { StreamflowError } from "../../errors.ts";
import type { VerificationDomain } from "../interface.ts";
import { MAX_OUTPUTS, receiptDigest, ZERO_HASH } from "../messages.ts";
import { bytesOfWork, disputeIdOf, requireNamed } from "./evidence.ts";
import type {
  EvidenceKeeper,
  EvidenceRows,
  KeptBytes,
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

/** {bytes} Of what makes a file's name its own. */
const NAME_BYTES = 8;
/** What is written is on the disk when the write is over: one flush instead of a call of its own. */
const FLUSHED = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_DSYNC;
/** What a file system says that takes no more bytes. */
const FULL: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/**
 * Segments, renditions and parameters on disk: what is kept of a piece of work at a time is one file, written and flushed once, since its answer
 * waits for that. They are needed until what was signed about them cannot be challenged any more, and while a dispute is open; and there is a bound
 * to what they take. A file is there as a whole before its rows and goes after them, so whatever stops the process, or the machine, no row is without
 * its bytes, and a file without a row is swept when the store is opened.
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
      const digest = receiptDigest(work.receipt.receipt, this.#options.domain);
      const known = new Set(this.#modules.rows.rootsOf(digest));
      const missing = [...new Map(bytes.map((named) => [named.root, named])).values()].filter(
        ({ root }) => !known.has(root),
      );
      if (missing.length === 0) return;
      const size = missing.reduce((sum, named) => sum + named.bytes.length, 0);
      await this.#makeRoom(size, digest);
      // Unique: more may come of work that has a file already.
      const file = `${digest}-${randomBytes(NAME_BYTES).toString("hex")}`;
      try {
        await this.#write(
          file,
          missing.map((named) => named.bytes),
        );
        this.#modules.rows.add(digest, work, partsOf(file, missing));
      } catch (cause) {
        // What no row names would take room until the next start.
        await this.#erase(file);
        if (!FULL.has((cause as { code?: unknown }).code)) throw cause;
        const detail = `nothing more can be written: ${(cause as Error).message}`;
        throw new StreamflowError("SegmentStoreFull", detail, {}, { cause });
      }
      this.#held += size;
    });
  }

  /**
   * The bytes of a root, checked.
   * @param length {bytes} as signed; null for all that there is
   * Errors: `SegmentNotFound`, `EvidenceInvalid` when the file is damaged or cut off.
   */
  async read(root: string, length: number | null): Promise<Uint8Array> {
    const kept = this.#modules.rows.bytes(root);
    const bytes = kept === null ? null : await this.#read(kept).catch(() => null);
    if (kept === null || bytes === null) throw new StreamflowError("SegmentNotFound", `nothing is kept as ${root}`);
    return requireNamed({ root, region: kept.region, bytes }, length);
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

  /** @param digest of the work that the room is for, which is not dropped */
  async #makeRoom(need: number, digest: string): Promise<void> {
    const { maximumBytes } = this.#options;
    while (this.#held + need > maximumBytes) {
      const oldest = this.#modules.rows.oldest();
      if (oldest === null || oldest.digest === digest) {
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
    }
  }

  async #drop(digest: string): Promise<void> {
    for (const [file, size] of this.#modules.rows.drop(digest)) {
      await rm(this.#pathOf(file), { force: true });
      this.#held -= size;
    }
  }

  async #write(name: string, parts: readonly Uint8Array[]): Promise<void> {
    const file = await open(this.#pathOf(name), FLUSHED);
    try {
      const size = parts.reduce((sum, { length }) => sum + length, 0);
      const { bytesWritten } = await file.writev(parts);
      // A file system that is full takes a part, and says so with the next write.
      if (bytesWritten < size) await file.writeFile(Buffer.concat(parts).subarray(bytesWritten));
    } finally {
      await file.close();
    }
  }

  async #read({ file: name, offset, size }: KeptBytes): Promise<Uint8Array> {
    const file = await open(this.#pathOf(name));
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, offset);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }

  async #erase(file: string): Promise<void> {
    await rm(this.#pathOf(file), { force: true }).catch((error: unknown) =>
      this.#modules.log.warn({ err: error }, "a file of the store for segments stays"),
    );
  }

  async #sweep(): Promise<void> {
    const { directory } = this.#options;
    const known = this.#modules.rows.files();
    for (const name of await readdir(directory)) if (!known.has(name)) await rm(join(directory, name), { force: true });
    this.#held = [...known.values()].reduce((sum, size) => sum + size, 0);
  }

  #pathOf(file: string): string {
    return join(this.#options.directory, file);
  }
}

/** Bytes one after the other in a file. */
function partsOf(file: string, bytes: readonly NamedBytes[]): KeptBytes[] {
  let offset = 0;
  return bytes.map(({ root, region, bytes: { length: size } }) => {
    const part = { root, region, size, file, offset };
    offset += size;
    return part;
  });
}
