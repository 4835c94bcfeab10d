import { calleeName, child, list, spanOf, typeOf, word } from "./ast.ts";
import type { Node, Source, Span } from "./ast.ts";
import type { Place } from "./places.ts";

/** A change of the source. */
export interface Edit {
  readonly span: Span;
  readonly text: string;
  /** The phrase that a reader needs to understand the change. */
  readonly phrase: Span;
  /** Says what changes, where before and after would not be plain. */
  readonly label?: string;
}

type Operator = (place: Place) => Iterable<Edit>;

/** How code can be wrong, by the name that reports and identifiers use. */
export const OPERATORS = {
  comparison,
  sign,
  bound,
  rounding,
  check,
  write,
  argument,
  condition,
  return: returned,
} as const satisfies Record<string, Operator>;

export type OperatorName = keyof typeof OPERATORS;

export const OPERATOR_NAMES = Object.keys(OPERATORS) as OperatorName[];

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
function* comparison({ node, source }: Place): Iterable<Edit> {
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
function* sign({ node, source }: Place): Iterable<Edit> {
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
function* bound(place: Place): Iterable<Edit> {
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
function* rounding({ node, source, declared }: Place): Iterable<Edit> {
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

// --- Check ---

/** A function that does nothing but refuse. */
const CHECKING = /^_*(require|assert|check|only|ensure|validate)/;

/** A check that is not made: a requirement, a modifier, a way out, a cast that refuses what does not fit. */
function* check(place: Place): Iterable<Edit> {
  const { node, source } = place;
  const span = spanOf(node);
  if (node.nodeType === "ModifierInvocation" && word(node, "kind") === "modifierInvocation") {
    yield { span, text: "", phrase: span, label: `no ${source.textOf(node)}` };
  }
  if (isCallStatement(node) && CHECKING.test(calleeName(child(node, "expression")!))) yield dropped(place);
  if (node.nodeType === "IfStatement" && child(node, "falseBody") === undefined) {
    if (isWayOut(child(node, "trueBody")))
      yield { span, text: "{}", phrase: span, label: `no if (${source.textOf(child(node, "condition")!)})` };
  }
  if (node.nodeType === "FunctionCall") {
    const size = /^to(Uint\d+)$/.exec(calleeName(node))?.[1];
    const callee = child(node, "expression");
    if (size === undefined || callee?.nodeType !== "MemberAccess") return;
    const value = child(callee, "expression")!;
    const args = list(node, "arguments");
    if (args.length > 1) return;
    const text = source.textOf(args[0] ?? value);
    yield { span, text: `${size.toLowerCase()}(${text})`, phrase: span };
  }
}

function isWayOut(body: Node | undefined): boolean {
  const statements = body?.nodeType === "Block" ? list(body, "statements") : body === undefined ? [] : [body];
  const [only] = statements;
  return statements.length === 1 && (only?.nodeType === "RevertStatement" || only?.nodeType === "Return");
}

// --- Write ---

/** A statement that changes something, left out. */
function* write(place: Place): Iterable<Edit> {
  const { node } = place;
  if (node.nodeType === "EmitStatement") yield dropped(place);
  if (node.nodeType !== "ExpressionStatement") return;
  const expression = child(node, "expression")!;
  const steps = expression.nodeType === "UnaryOperation" && /^(delete|\+\+|--)$/.test(word(expression, "operator"));
  const call = isCallStatement(node) && !CHECKING.test(calleeName(expression)) && calleeName(expression) !== "revert";
  if (expression.nodeType === "Assignment" || steps || call) yield dropped(place);
}

const isCallStatement = (node: Node): boolean =>
  node.nodeType === "ExpressionStatement" && child(node, "expression")?.nodeType === "FunctionCall";

function dropped({ node, source, field }: Place): Edit {
  const span = spanOf(node);
  const label = `no ${source.textOf(node)}`;
  // A loop's own step has no semicolon; elsewhere something has to stand where a statement stood.
  if (field === "loopExpression" || field === "initializationExpression")
    return { span, text: "", phrase: span, label };
  const whole = source.withSemicolon(span);
  return { span: whole, text: "{}", phrase: whole, label };
}

// --- Argument ---

/** Functions whose first two arguments mean the same in either order. */
const SYMMETRIC = /^(min|max|average|mul512|mulDiv|saturatingAdd|saturatingMul|tryAdd|tryMul)$/;

/** Two arguments of a call that could stand for each other, exchanged. */
function* argument({ node, source }: Place): Iterable<Edit> {
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
function* condition(place: Place): Iterable<Edit> {
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

function* negated(node: Node, source: Source): Iterable<Edit> {
  const phrase = spanOf(node);
  const operator = word(node, "operator");
  if (node.nodeType === "BinaryOperation" && (operator === "==" || operator === "!=")) return; // `comparison` has it
  const inner = node.nodeType === "UnaryOperation" && operator === "!" ? child(node, "subExpression") : undefined;
  const text = inner === undefined ? `!(${source.textOf(node)})` : source.textOf(inner);
  yield { span: phrase, text, phrase };
}

// --- Return ---

/** A return value that is nothing, or the opposite. */
function* returned({ node, source }: Place): Iterable<Edit> {
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

// --- Helpers ---

/** The operator between two operands, exchanged. */
function infix(node: Node, source: Source, other: string, left = "leftExpression", right = "rightExpression"): Edit {
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
function phraseOf({ node, ancestors }: Place): Node {
  const parent = ancestors.at(-1);
  const wide = ["Block", "YulBlock", "FunctionDefinition", "ModifierDefinition", "ContractDefinition", "SourceUnit"];
  return parent === undefined || wide.includes(parent.nodeType) ? node : parent;
}
