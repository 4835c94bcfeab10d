/** What all names together are called that came after the label was full. */
export const OTHER = "other";

/** Values of a label that others choose. The first so many keep their name, so that a process has a bounded number of series however many peers it meets. */
export class BoundedLabel {
  readonly #most: number;
  readonly #known = new Set<string>();

  /** @param most {1} values beside `other` */
  constructor(most: number) {
    this.#most = most;
  }

  of(value: string): string {
    if (this.#known.has(value)) return value;
    if (this.#known.size >= this.#most) return OTHER;
    this.#known.add(value);
    return value;
  }
}
