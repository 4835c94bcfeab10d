import { Source } from "./ast.ts";
import type { Node, Span } from "./ast.ts";
import { OPERATOR_NAMES, OPERATORS } from "./operators.ts";
import type { OperatorName } from "./operators.ts";
import type { Edit } from "./operators/edit.ts";
import { placesIn } from "./places.ts";
import type { Declared } from "./places.ts";

/** One file with one mistake in it. */
export interface Mutant {
  /** Contract, function, operator and text: the same whatever changes elsewhere in the file. */
  readonly id: string;
  readonly operator: OperatorName;
  readonly contract: string;
  readonly function: string;
  /** Below the root of the project, with slashes. */
  readonly file: string;
  /** {1} First line of the change. */
  readonly line: number;
  /** The whole file. */
  readonly text: string;
}

/** Every mutant of a file, in the order of the source. */
export function mutantsOf(file: string, text: string, ast: Node, declared: Declared): Mutant[] {
  const source = new Source(text);
  const name = file.slice(file.lastIndexOf("/") + 1).replace(/\.sol$/, "");
  const mutants: Mutant[] = [];
  const seen = new Set<string>();
  const times = new Map<string, number>();
  for (const place of placesIn(ast, source, name, declared)) {
    for (const operator of OPERATOR_NAMES) {
      for (const edit of OPERATORS[operator](place)) {
        const mutated = source.replace(edit.span, edit.text);
        if (mutated === text || seen.has(mutated)) continue;
        seen.add(mutated);

        const where = place.function === "" ? place.contract : `${place.contract}.${place.function}`;
        const what = `${where}:${operator}:${describe(source, edit)}`;
        const time = (times.get(what) ?? 0) + 1;
        times.set(what, time);
        mutants.push({
          id: time === 1 ? what : `${what} #${time}`,
          operator,
          contract: place.contract,
          function: place.function,
          file,
          line: source.lineOf(edit.span.start),
          text: mutated,
        });
      }
    }
  }
  return mutants;
}

// --- Text of an identifier ---

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
