import { type Interpreter, startInterpreter } from "./interpreter.ts";
import type { Registers } from "./machine.ts";
import { PAGE_BYTES } from "./paged-memory.ts";
import type { Start } from "./start.ts";
import { type MachineState, stateHash, Status } from "./state.ts";

/** {bytes} What a checkpoint takes beside its pages, so that many that hold none are bounded, too. */
const CHECKPOINT_BYTES = 4_096;

/**
 * {1} Steps between checkpoints on the way: a power of 16, so that lists of a dispute (LIP-6) begin and end there, and a run whose end was
 * looked for need not be executed again for its states on the way.
 */
const SPACING = 16n ** 6n;

/** A state to which the machine can go back. */
interface Checkpoint {
  /** {1} after the start. */
  readonly step: bigint;
  readonly registers: Registers;
  /** At least the pages that were written since the checkpoint before, as they are at this one. */
  readonly pages: Map<number, Uint8Array>;
}

/** What the contract needs to execute one step. */
export interface Witness {
  readonly state: MachineState;
  readonly proof: Uint8Array;
}

/**
 * Answers what a run's states are at any steps, in any order. It keeps checkpoints at the steps that it was asked for, since a dispute goes
 * on between two of them, and at equal distances on the way to the furthest, and executes again what lies between. Works as long as the run takes and does not yield: call it in a worker.
 */
export class Trace {
  readonly #start: Start;
  readonly #maxBytes: number;
  readonly #spacing: bigint;
  readonly #machine: Interpreter;
  /** In the order of their steps. The first is the start. */
  readonly #checkpoints: Checkpoint[];
  /** {bytes} */
  #held = CHECKPOINT_BYTES;
  #executed = 0;
  /** {1} Steps from the start to where the machine is. */
  #at = 0n;
  /** {1} Steps after which nothing changes any more, once that is known. */
  #end: bigint | null = null;

  /**
   * @param start whose bytes must not change any more
   * @param maxBytes {bytes} for checkpoints, beside the memory itself
   * @param spacing  {1} steps between checkpoints on the way
   */
  constructor(start: Start, maxBytes = 2 ** 28, spacing = SPACING) {
    this.#start = start;
    this.#maxBytes = maxBytes;
    this.#spacing = spacing;
    this.#machine = startInterpreter(start);
    this.#machine.memory.takeUnsaved();
    this.#checkpoints = [{ step: 0n, registers: this.#machine.registers(), pages: new Map() }];
  }

  /** {bytes} that the checkpoints hold. */
  get checkpointBytes(): number {
    return this.#held;
  }

  /** {1} Steps that were executed, each as often as it was. */
  get executed(): number {
    return this.#executed;
  }

  /** Hashes of the states after these numbers of steps from the start, as hex. A machine that has stopped stays as it is. */
  hashesAt(steps: readonly bigint[]): string[] {
    const hashes = new Map<bigint, string>();
    for (const step of [...steps].sort((a, b) => (a < b ? -1 : Number(a > b)))) {
      if (hashes.has(step)) continue;
      this.#goTo(step);
      hashes.set(step, stateHash(this.#machine.state()));
      this.#save();
    }
    return steps.map((step) => hashes.get(step)!);
  }

  /** The state after this number of steps from the start, and the proof for the step that follows it. */
  witnessAt(step: bigint): Witness {
    this.#goTo(step);
    return { state: this.#machine.state(), proof: this.#machine.proof() };
  }

  #goTo(step: bigint): void {
    if (step < 0n) throw new RangeError(`there is no step ${step}`);
    const target = this.#end !== null && this.#end < step ? this.#end : step;
    const nearest = this.#checkpoints.findLastIndex((checkpoint) => checkpoint.step <= target);
    if (this.#at > target || this.#at < this.#checkpoints[nearest]!.step) this.#restore(nearest);
    while (this.#at < target) {
      const next = this.#at - (this.#at % this.#spacing) + this.#spacing;
      const done = this.#machine.run(Number((next < target ? next : target) - this.#at));
      this.#at += BigInt(done);
      this.#executed += done;
      if (this.#machine.status !== Status.running) {
        this.#end = this.#at;
        return;
      }
      if (this.#at === next) this.#save();
    }
  }

  #restore(index: number): void {
    const { memory } = this.#machine;
    // Any other page is, there as here, what it was at the start.
    const pages = new Set(memory.takeUnsaved());
    for (const checkpoint of this.#checkpoints) for (const page of checkpoint.pages.keys()) pages.add(page);
    for (const page of pages) memory.restore(page, this.#pageAt(index, page));
    const { registers, step } = this.#checkpoints[index]!;
    this.#machine.set(registers);
    this.#at = step;
  }

  #pageAt(index: number, page: number): Uint8Array {
    for (let i = index; i >= 0; i -= 1) {
      const bytes = this.#checkpoints[i]!.pages.get(page);
      if (bytes !== undefined) return bytes;
    }
    return this.#firstPage(page);
  }

  /** What a page was at the start. */
  #firstPage(page: number): Uint8Array {
    const [from, to] = [page * PAGE_BYTES, (page + 1) * PAGE_BYTES];
    const first = new Uint8Array(PAGE_BYTES);
    for (const { address, bytes } of this.#start.images) {
      if (address >= to || address + bytes.length <= from) continue;
      const part = bytes.subarray(Math.max(0, from - address), to - address);
      first.set(part, Math.max(0, address - from));
    }
    return first;
  }

  #save(): void {
    const after = this.#checkpoints.findLastIndex(({ step }) => step <= this.#at);
    if (this.#checkpoints[after]!.step === this.#at) return;
    const { memory } = this.#machine;
    const pages = new Map(memory.takeUnsaved().map((page) => [page, memory.page(page)]));
    this.#checkpoints.splice(after + 1, 0, { step: this.#at, registers: this.#machine.registers(), pages });
    this.#held += CHECKPOINT_BYTES + pages.size * PAGE_BYTES;
    while (this.#held > this.#maxBytes && this.#checkpoints.length > 1) this.#drop(this.#cheapest());
  }

  /** Index of the checkpoint without which the fewest steps have to be executed again. */
  #cheapest(): number {
    const gap = (i: number): bigint => this.#checkpoints[i]!.step - this.#checkpoints[i - 1]!.step;
    let cheapest = 1;
    for (let i = 2; i < this.#checkpoints.length; i += 1) if (gap(i) < gap(cheapest)) cheapest = i;
    return cheapest;
  }

  #drop(index: number): void {
    const [{ pages }] = this.#checkpoints.splice(index, 1) as [Checkpoint];
    this.#held -= CHECKPOINT_BYTES + pages.size * PAGE_BYTES;
    const next = this.#checkpoints[index]?.pages;
    for (const [page, bytes] of pages) {
      if (next === undefined || next.has(page)) continue;
      next.set(page, bytes);
      this.#held += PAGE_BYTES;
    }
    // Where the machine is, they may have been written since what is now the checkpoint before.
    this.#machine.memory.markUnsaved(pages.keys());
  }
}
