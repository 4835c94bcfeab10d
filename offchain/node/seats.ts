/** Places for work that takes a core, shared by all streams of a process. */
export class Seats {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Takes a place; who is not patient gets none when all are taken. */
  async enter(isPatient: boolean): Promise<boolean> {
    if (this.#taken < this.#most) {
      this.#taken++;
      return true;
    }
    if (!isPatient) return false;
    // The place is handed over as it is.
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return true;
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken--;
    else next();
  }
}
