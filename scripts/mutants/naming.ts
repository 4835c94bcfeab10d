import type { Source, Span } from "./ast.ts";
import type { Edit } from "./operators/edit.ts";

/** Gives the mutants of a file identifiers that stay the same when other code changes. */
export class Naming {
  readonly #source: Source;
  readonly #times = new Map<string, number>();

  constructor(source: Source) {
    this.#source = source;
  }

  /** `where:before -> after`, with a number from the second of its name on. */
  name(where: string, edit: Edit): string {
    const name = `${where}:${describe(this.#source, edit)}`;
    const time = (this.#times.get(name) ?? 0) + 1;
    this.#times.set(name, time);
    return time === 1 ? name : `${name} #${time}`;
  }
}

/** Characters that are told on each side of a change, and of a change itself. */
const NEAR = 24;
const LONG = 60;

/** `before -> after`, on one line and not much longer than a line. */
function describe(source: Source, { span, text, phrase, label }: Edit): string {
  if (label !== undefined) return cut(onOneLine(label), 2 * LONG);
  const part = (from: Span): string => onOneLine(source.slice(from));
  const head = part({ start: phrase.start, end: span.start });
  const tail = part({ start: span.end, end: phrase.end });
  const before = head.length > NEAR ? `…${head.slice(-NEAR)}` : head;
  const after = tail.length > NEAR ? `${tail.slice(0, NEAR)}…` : tail;
  const show = (middle: string): string => (before + cut(onOneLine(middle), LONG) + after).trim();
  return `${show(source.slice(span))} -> ${show(text)}`;
}

const onOneLine = (text: string): string => text.replace(/\s+/g, " ");

const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length)}…` : text);
