import { isStreamflowError, StreamflowError } from "../../errors.ts";
import type { Case } from "../../vm/start.ts";
import { caseOf, requireNamed } from "../evidence/evidence.ts";
import type { NamedBytes, Region, SignedOutput } from "../evidence/interface.ts";
import type { SegmentStore } from "../evidence/segment-store.ts";
import type { Run } from "../game/interface.ts";

/** Where bytes are to be had that this node does not keep. Nobody's word is trusted. */
export interface SegmentSource {
  /**
   * @param isIt whether bytes are those that the root stands for
   * Errors: `SegmentNotFound`.
   */
  fetch(root: string, isIt: (bytes: Uint8Array) => boolean): Promise<Uint8Array>;
}

export interface OpenRun extends Run {
  close(): Promise<void>;
}

export interface RunsModules {
  readonly segments: SegmentStore;
  /** Null when this node keeps all that it could need. */
  readonly source: SegmentSource | null;
  /** The ROM whose root is a program's name; null for a program that this node does not have. */
  readonly programOf: (root: string) => Uint8Array | null;
  readonly start: (judged: Case) => OpenRun;
}

/** Runs of the programs of disputes. It holds the last one that it was asked for, since one takes hundreds of megabytes. */
export class Runs {
  readonly #modules: RunsModules;
  #held: { readonly id: string; readonly run: OpenRun } | null = null;

  constructor(modules: RunsModules) {
    this.#modules = modules;
  }

  /**
   * What this node knows of the run that a dispute is about.
   * Errors: `ProgramUnknown`, `SegmentNotFound`, `EvidenceInvalid`, `SegmentStoreFull`.
   */
  async of(id: string, evidence: SignedOutput): Promise<Run> {
    if (this.#held?.id === id) return this.#held.run;
    await this.close();
    const run = this.#modules.start(await this.#caseOf(evidence));
    this.#held = { id, run };
    return run;
  }

  async close(): Promise<void> {
    const held = this.#held;
    this.#held = null;
    await held?.run.close();
  }

  async #caseOf(evidence: SignedOutput): Promise<Case> {
    const { program, parametersRoot, sourceRoot, sourceLength, outputs } = evidence.receipt.receipt;
    const rom = this.#modules.programOf(program);
    if (rom === null) throw new StreamflowError("ProgramUnknown", `this node does not have the program ${program}`);
    const { root, length } = outputs[evidence.outputIndex]!;
    const parameters = await this.#bytesOf(evidence, parametersRoot, "parameters", null);
    const source = await this.#bytesOf(evidence, sourceRoot, "segment", sourceLength);
    const output = await this.#bytesOf(evidence, root, "segment", length);
    return caseOf(rom, { ...evidence, parameters }, { source, output });
  }

  async #bytesOf(evidence: SignedOutput, root: string, region: Region, length: number | null): Promise<Uint8Array> {
    const { segments, source } = this.#modules;
    try {
      return await segments.read(root, length);
    } catch (error) {
      if (source === null || !isStreamflowError(error, "SegmentNotFound")) throw error;
    }
    const named = (bytes: Uint8Array): NamedBytes => ({ root, region, bytes });
    const fetched = await source.fetch(root, (bytes) => {
      try {
        requireNamed(named(bytes), length);
        return true;
      } catch {
        return false;
      }
    });
    const bytes = requireNamed(named(fetched), length);
    await segments.add(evidence, [named(bytes)]);
    return bytes;
  }
}
