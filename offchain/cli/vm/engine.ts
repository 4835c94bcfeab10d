import { SingleBar } from "cli-progress";
import type { Interpreter } from "../../vm/interpreter.ts";
import { Status } from "../../vm/state.ts";
import { MAX_STEP } from "./arguments.ts";

/** {1} Steps between two looks at the progress: a fraction of a second. */
const AT_ONCE = 2 ** 24;

export const statusName = (status: number): keyof typeof Status =>
  status === Status.running ? "running" : status === Status.halted ? "halted" : "trapped";

/** How far a machine is, on standard error while that is a terminal. */
export class Progress {
  readonly #bar: SingleBar;
  readonly #started = performance.now();

  /** @param last {1} the step to which it will run; `MAX_STEP`: to its end, wherever that is */
  constructor(last: bigint) {
    const isKnown = last !== MAX_STEP;
    this.#bar = new SingleBar({
      format: `${isKnown ? "[{bar}] {percentage} % | " : ""}{millions} million steps | {speed} million/s`,
      barCompleteChar: "█",
      barIncompleteChar: "░",
      clearOnComplete: true,
      // The machine runs without a pause: a signal has to end the process by itself, and find the terminal as it was.
      gracefulExit: false,
      linewrap: true,
    });
    this.#bar.start(isKnown ? Number(last) : 1, 0, { millions: "0", speed: "0" });
  }

  /** {1} */
  show(step: bigint): void {
    const millions = Number(step) / 1e6;
    const speed = millions / ((performance.now() - this.#started) / 1_000);
    this.#bar.update(Number(step), { millions: millions.toFixed(0), speed: speed.toFixed(0) });
  }

  close(): void {
    this.#bar.stop();
  }
}

/** Runs on until so many steps were executed since the start, or the machine stops. Returns how many were. */
export function advance(machine: Interpreter, to: bigint, progress: Progress): bigint {
  let { step } = machine.registers();
  while (step < to && machine.status === Status.running) {
    const left = to - step;
    step += BigInt(machine.run(left < AT_ONCE ? Number(left) : AT_ONCE));
    progress.show(step);
  }
  return step;
}
