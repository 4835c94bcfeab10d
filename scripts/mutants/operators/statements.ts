// Operators that leave something out: checks and writes.
import { calleeName, child, list, spanOf, word } from "../ast.ts";
import type { Node } from "../ast.ts";
import type { Place } from "../places.ts";
import type { Edit } from "./edit.ts";

/** A function that does nothing but refuse. */
const CHECKING = /^_*(require|assert|check|only|ensure|validate)/;

// --- Check ---

/** A check that is not made: a requirement, a modifier, a way out, a cast that refuses what does not fit. */
export function* check(place: Place): Iterable<Edit> {
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
  if (only === undefined || statements.length > 1) return false;
  if (isCallStatement(only)) return calleeName(child(only, "expression")!) === "revert";
  return only.nodeType === "RevertStatement" || only.nodeType === "Return";
}

// --- Write ---

/** A statement that changes something, left out. */
export function* write(place: Place): Iterable<Edit> {
  const { node } = place;
  if (node.nodeType === "EmitStatement") yield dropped(place);
  if (node.nodeType !== "ExpressionStatement") return;
  const expression = child(node, "expression")!;
  const steps = expression.nodeType === "UnaryOperation" && /^(delete|\+\+|--)$/.test(word(expression, "operator"));
  const call = isCallStatement(node) && !CHECKING.test(calleeName(expression)) && calleeName(expression) !== "revert";
  if (expression.nodeType === "Assignment" || steps || call) yield dropped(place);
}

// --- Helpers ---

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
