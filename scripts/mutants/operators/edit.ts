import { child, spanOf, word } from "../ast.ts";
import type { Node, Source, Span } from "../ast.ts";
import type { Place } from "../places.ts";

/** A change of the source. */
export interface Edit {
  readonly span: Span;
  readonly text: string;
  /** The phrase that a reader needs to understand the change. */
  readonly phrase: Span;
  /** Says what changes, where before and after would not be plain. */
  readonly label?: string;
}

/** The operator between two operands, exchanged. */
export function infix(
  node: Node,
  source: Source,
  other: string,
  left = "leftExpression",
  right = "rightExpression",
): Edit {
  const operator = word(node, "operator");
  const [from, to] = [spanOf(child(node, left)!).end, spanOf(child(node, right)!).start];
  // Comments may stand beside the operator, and may contain it.
  const between = source
    .slice({ start: from, end: to })
    .replace(/\/\*[^]*?\*\/|\/\/[^\n]*/g, (comment) => " ".repeat(Buffer.byteLength(comment)));
  const start = from + Buffer.byteLength(between.slice(0, between.indexOf(operator)));
  return { span: { start, end: start + operator.length }, text: other, phrase: spanOf(node) };
}

/** What surrounds a value closely: the calculation or statement that it is part of. */
export function phraseOf({ node, ancestors }: Place): Node {
  const parent = ancestors.at(-1);
  const wide = ["Block", "YulBlock", "FunctionDefinition", "ModifierDefinition", "ContractDefinition", "SourceUnit"];
  return parent === undefined || wide.includes(parent.nodeType) ? node : parent;
}

/** The opposite of a condition. */
export function* negated(node: Node, source: Source): Iterable<Edit> {
  const phrase = spanOf(node);
  const operator = word(node, "operator");
  if (node.nodeType === "BinaryOperation" && (operator === "==" || operator === "!=")) return; // `comparison` has it
  const inner = node.nodeType === "UnaryOperation" && operator === "!" ? child(node, "subExpression") : undefined;
  const text = inner === undefined ? `!(${source.textOf(node)})` : source.textOf(inner);
  yield { span: phrase, text, phrase };
}
