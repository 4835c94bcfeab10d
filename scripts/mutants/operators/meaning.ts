// Operators on what a value is used for: arguments, conditions, results.
import { calleeName, child, list, spanOf, typeOf, word } from "../ast.ts";
import type { Node, Source } from "../ast.ts";
import type { Place } from "../places.ts";
import { infix, negated } from "./edit.ts";
import type { Edit } from "./edit.ts";

// --- Argument ---

/** Functions whose first two arguments mean the same in either order. */
const SYMMETRIC = /^(min|max|average|mul512|mulDiv|saturatingAdd|saturatingMul|tryAdd|tryMul)$/;

/** Two arguments of a call that could stand for each other, exchanged. */
export function* argument({ node, source }: Place): Iterable<Edit> {
  if (node.nodeType !== "FunctionCall") return;
  const args = list(node, "arguments");
  const symmetric = SYMMETRIC.test(calleeName(node));
  for (const [i, left] of args.entries()) {
    for (const [j, right] of args.entries()) {
      if (j <= i || (symmetric && i === 0 && j === 1)) continue;
      if (family(typeOf(left)) !== family(typeOf(right))) continue;
      const [a, b] = [source.textOf(left), source.textOf(right)];
      if (a === b) continue;
      const [from, to] = [spanOf(left), spanOf(right)];
      const between = source.slice({ start: from.end, end: to.start });
      const label = `${calleeName(node)}: ${a} <-> ${b}`;
      yield { span: { start: from.start, end: to.end }, text: b + between + a, phrase: spanOf(node), label };
    }
  }
}

/** Types that the compiler takes for each other more or less. */
function family(type: string): string {
  if (/^(uint|int)/.test(type)) return "number";
  if (/^(address|contract)/.test(type)) return "address";
  if (/^(bytes|string|literal_string)( |$)/.test(type)) return "text";
  return type;
}

// --- Condition ---

/** A condition that says the opposite, and another connection of two. */
export function* condition(place: Place): Iterable<Edit> {
  const { node, source, field, ancestors } = place;
  if (node.nodeType === "BinaryOperation") {
    const operator = word(node, "operator");
    if (operator === "&&" || operator === "||") yield infix(node, source, operator === "&&" ? "||" : "&&");
  }
  const parent = ancestors.at(-1);
  const asked =
    field === "condition" ||
    (field === "arguments" && /^(require|assert)$/.test(calleeName(parent!)) && list(parent, "arguments")[0] === node);
  if (asked) yield* negated(node, source);
}

// --- Return ---

/** A return value that is nothing, or the opposite. */
export function* returned({ node, source }: Place): Iterable<Edit> {
  if (node.nodeType !== "Return") return;
  const value = child(node, "expression");
  const parts = value?.nodeType === "TupleExpression" ? list(value, "components") : value === undefined ? [] : [value];
  for (const part of parts) {
    const span = spanOf(part);
    const phrase = source.withSemicolon(spanOf(node));
    const text = nothingOf(typeOf(part));
    if (typeOf(part) === "bool") for (const edit of opposite(part, source)) yield { ...edit, phrase };
    else if (text !== undefined && text !== source.textOf(part)) yield { span, text, phrase };
  }
}

function opposite(node: Node, source: Source): Iterable<Edit> {
  if (node.nodeType !== "Literal") return negated(node, source);
  const span = spanOf(node);
  return [{ span, text: word(node, "value") === "true" ? "false" : "true", phrase: span }];
}

/** The empty value of a type; not of literals, which `bound` changes. */
function nothingOf(type: string): string | undefined {
  if (/^u?int\d+$/.test(type)) return "0";
  if (/^address( payable)?$/.test(type)) return "payable(0)";
  if (/^bytes\d+$/.test(type)) return `${type}(0)`;
  if (/^(bytes|string) /.test(type)) return '""';
  return undefined;
}
