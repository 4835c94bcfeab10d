import type { SignedReceipt, SignedSegment } from "../interface.ts";

/** What both parties signed about a segment. */
export interface SignedWork {
  readonly order: SignedSegment;
  readonly receipt: SignedReceipt;
}

/** The same about one output: what a dispute is about. */
export interface SignedOutput extends SignedWork {
  /** {1} Number of the output, from 0. */
  readonly outputIndex: number;
}

/** What was signed and what is needed to judge it beside the bytes. */
export interface Work extends SignedWork {
  /** What the program is told: the bytes whose root is the receipt's `parametersRoot`. */
  readonly parameters: Uint8Array;
}

export interface Evidence extends Work {
  /** {1} Number of the output, from 0. */
  readonly outputIndex: number;
}

/** The bytes of a segment and of all of its renditions, in the receipt's order. */
export interface WorkBytes {
  readonly source: Uint8Array;
  readonly outputs: readonly Uint8Array[];
}

/** The bytes of a segment and of the output that evidence is about. */
export interface EvidenceBytes {
  readonly source: Uint8Array;
  readonly output: Uint8Array;
}

/** Part of the machine's memory that a root stands for: LIP-5. */
export type Region = "segment" | "parameters";

/** Bytes by their name. */
export interface NamedBytes {
  readonly root: string;
  readonly region: Region;
  readonly bytes: Uint8Array;
}

/** Keeps what a dispute would need, for as long as one can be opened. Who sells calls it before its answer leaves. */
export interface EvidenceKeeper {
  /**
   * Does nothing for a receipt that names no program: nobody can challenge it.
   * Errors: `SegmentStoreFull`.
   */
  keep(work: Work, bytes: WorkBytes): Promise<void>;
}

/** Takes a fault that was found to the contract. */
export interface Accuser {
  /**
   * Returns as soon as everything is kept that the dispute needs; it is opened and played in the background.
   * Errors: `SegmentStoreFull`.
   */
  accuse(evidence: Evidence, bytes: EvidenceBytes): Promise<void>;
}

/** Bytes that are kept: a part of a file of the store. */
export interface KeptBytes {
  readonly root: string;
  readonly region: Region;
  /** {bytes} */
  readonly size: number;
  readonly file: string;
  /** {bytes} Where they begin in it. */
  readonly offset: number;
}

/** What the store remembers of its files: what is where in them, whose it is, and since when. */
export interface EvidenceRows {
  /** Adds work, if it is not known, and bytes that belong to it. */
  add(digest: string, work: SignedWork, bytes: readonly KeptBytes[]): void;
  /** The same bytes may be kept for several pieces of work: then any of them. */
  bytes(root: string): KeptBytes | null;
  /** Names and sizes {bytes} of all files. */
  files(): ReadonlyMap<string, number>;
  /** Roots of what is kept for a piece of work. */
  rootsOf(digest: string): string[];
  /** Digests of the receipts of all work whose bytes are kept. */
  digests(): string[];
  work(digest: string): SignedWork | null;
  /** Digest of the receipt that is oldest of those that no open dispute is about. */
  oldest(): { readonly digest: string; readonly signedAt: number } | null;
  /** Forgets work. The answer is the names and sizes {bytes} of the files that nothing else is in. */
  drop(digest: string): ReadonlyMap<string, number>;
}
