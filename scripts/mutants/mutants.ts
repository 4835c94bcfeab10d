import { Source } from "./ast.ts";
import type { Node } from "./ast.ts";
import { Naming } from "./naming.ts";
import { OPERATOR_NAMES, OPERATORS } from "./operators.ts";
import type { OperatorName } from "./operators.ts";
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
  const naming = new Naming(source);
  for (const place of placesIn(ast, source, name, declared)) {
    for (const operator of OPERATOR_NAMES) {
      for (const edit of OPERATORS[operator](place)) {
        const mutated = source.replace(edit.span, edit.text);
        if (mutated === text || seen.has(mutated)) continue;
        seen.add(mutated);

        const where = place.function === "" ? place.contract : `${place.contract}.${place.function}`;
        mutants.push({
          id: naming.name(`${where}:${operator}`, edit),
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
