// Operators on what is calculated: comparisons, signs, numbers, roundings.
import { calleeName, child, list, spanOf, typeOf, word } from "../ast.ts";
import type { Node, Span } from "../ast.ts";
import type { Place } from "../places.ts";
import { infix, phraseOf } from "./edit.ts";
import type { Edit } from "./edit.ts";

// --- Comparison ---

const COMPARISONS: Readonly<Record<string, readonly string[]>> = {
  "==": ["!="],
  "!=": ["=="],
  "<": ["<=", ">"],
  "<=": ["<"],
  ">": [">=", "<"],
  ">=": [">"],
};

const ASSEMBLY_COMPARISONS: Readonly<Record<string, string>> = { lt: "gt", gt: "lt", slt: "sgt", sgt: "slt" };

/** Another comparison of the same two. */
export function* comparison({ node, source }: Place): Iterable<Edit> {
  if (node.nodeType === "BinaryOperation") {
    for (const other of COMPARISONS[word(node, "operator")] ?? []) yield infix(node, source, other);
  }
  const name = node.nodeType === "YulFunctionCall" ? child(node, "functionName") : undefined;
  const other = ASSEMBLY_COMPARISONS[word(name, "name")];
  if (name !== undefined && other !== undefined) yield { span: spanOf(name), text: other, phrase: spanOf(node) };
}

// --- Sign ---

const SIGNS: Readonly<Record<string, string>> = { "+": "-", "-": "+", "*": "/", "/": "*" };
const STEPS: Readonly<Record<string, string>> = { "++": "--", "--": "++" };
const ASSIGNMENTS: Readonly<Record<string, string>> = { "+=": "-=", "-=": "+=", "*=": "/=", "/=": "*=" };

/** The opposite calculation. */
export function* sign({ node, source }: Place): Iterable<Edit> {
  const operator = word(node, "operator");
  if (node.nodeType === "BinaryOperation") {
    const other = SIGNS[operator];
    if (other !== undefined) yield infix(node, source, other);
  } else if (node.nodeType === "Assignment") {
    const other = ASSIGNMENTS[operator];
    if (other !== undefined) yield infix(node, source, other, "leftHandSide", "rightHandSide");
  } else if (node.nodeType === "UnaryOperation") {
    const other = STEPS[operator];
    const whole = spanOf(node);
    if (other === undefined) return;
    const start = node["prefix"] === true ? whole.start : whole.end - operator.length;
    yield { span: { start, end: start + operator.length }, text: other, phrase: whole };
  }
}

// --- Bound ---

/** A number or a named constant, one more and one less. */
export function* bound(place: Place): Iterable<Edit> {
  const { node, source, declared } = place;
  const phrase = spanOf(phraseOf(place));
  const span = spanOf(node);
  const text = source.textOf(node);
  if (node.nodeType === "Literal" ? word(node, "kind") === "number" : node.nodeType === "YulLiteral") {
    if (node.nodeType === "YulLiteral" && word(node, "kind") !== "number") return;
    for (const by of [1n, -1n]) {
      const other = shifted(text, by);
      if (other !== undefined) yield { span, text: other, phrase };
    }
  } else if (node.nodeType === "Identifier" || node.nodeType === "MemberAccess") {
    const constant = declared.constants.has(Number(node["referencedDeclaration"]));
    if (!constant || !/^u?int\d+$/.test(typeOf(node))) return;
    yield { span, text: `(${text} + 1)`, phrase };
    yield { span, text: `(${text} - 1)`, phrase };
  }
}

/** A literal by one more or less, with as many digits if it is hexadecimal, because those have a size in Solidity. */
function shifted(literal: string, by: bigint): string | undefined {
  if (/^0x[\da-f_]{40}$/i.test(literal)) return undefined; // an address
  if (!/^(\d[\d_]*|0x[\da-f_]+)$/i.test(literal)) return `(${literal} ${by > 0n ? "+" : "-"} 1)`;
  const digits = literal.replaceAll("_", "");
  const value = BigInt(digits) + by;
  if (value < 0n) return undefined;
  return digits.startsWith("0x") ? `0x${value.toString(16).padStart(digits.length - 2, "0")}` : value.toString();
}

// --- Rounding ---

/** A division that rounds the other way. */
export function* rounding({ node, source, declared }: Place): Iterable<Edit> {
  const whole = spanOf(node);
  if (node.nodeType === "MemberAccess" && word(child(node, "expression"), "memberName") === "Rounding") {
    const other = { Floor: "Ceil", Ceil: "Floor", Trunc: "Expand", Expand: "Trunc" }[word(node, "memberName")];
    if (other !== undefined) yield { span: { ...whole, start: lastWord(node).start }, text: other, phrase: whole };
  }
  if (node.nodeType === "BinaryOperation" && word(node, "operator") === "/" && typeOf(node).startsWith("uint")) {
    const [a, b] = [source.textOf(child(node, "leftExpression")!), source.textOf(child(node, "rightExpression")!)];
    yield { span: whole, text: `(${a} / ${b} + (${a} % ${b} == 0 ? 0 : 1))`, phrase: whole };
  }
  if (node.nodeType !== "FunctionCall") return;
  const callee = child(node, "expression");
  const name = calleeName(node);
  const args = list(node, "arguments").map((argument) => source.textOf(argument));
  if (callee?.nodeType === "MemberAccess" && name === "ceilDiv" && args.length === 2) {
    yield { span: whole, text: `((${args[0]}) / (${args[1]}))`, phrase: whole };
  }
  if (callee?.nodeType === "MemberAccess" && name === "mulDiv" && args.length === 3) {
    const library = source.textOf(child(callee, "expression")!);
    const text = `${source.textOf(callee)}(${args.join(", ")}, ${library}.Rounding.Ceil)`;
    yield { span: whole, text, phrase: whole };
  }
  const other = name.replace(/(Down|Up)$/, (end) => (end === "Down" ? "Up" : "Down"));
  if (callee !== undefined && other !== name && declared.functions.has(other)) {
    yield { span: lastWord(callee), text: other, phrase: whole };
  }
}

/** Span of an identifier, or of what stands after the last dot. */
function lastWord(node: Node): Span {
  const { start, end } = spanOf(node);
  return node.nodeType === "MemberAccess" ? { start: end - word(node, "memberName").length, end } : { start, end };
}
